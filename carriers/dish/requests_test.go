package dish

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

var wanted = map[string]*regexp.Regexp{"iccid": regexp.MustCompile(`^[0-9]{19,20}$`), "gpsi": regexp.MustCompile(`^[0-9]{11,15}$`), "newGpsi": regexp.MustCompile(`^[0-9]{11,15}$`)}

// accepted are the patterns that the schemas of all requests have for a field.
func accepted(t *testing.T, field string) *regexp.Regexp {
	t.Helper()
	var patterns []string
	for _, request := range []any{ActivateSubscription{}, UpdateSubscriptionStatus{}, UpdateBillCycle{}, ChangeNumber{}, GetSubscription{}, CheckSIM{}, CheckPortIn{}} {
		schema := (&jsonschema.Reflector{DoNotReference: true}).Reflect(request)
		if property, ok := schema.Properties.Get(field); ok {
			patterns = append(patterns, property.Pattern)
		}
	}
	require.NotEmpty(t, patterns)
	for _, pattern := range patterns {
		require.Equal(t, patterns[0], pattern, "one field, one pattern")
	}
	return regexp.MustCompile(patterns[0])
}

func TestTheSchemaAcceptsWhatPeoplePasteAndDigitsAreSent(t *testing.T) {
	const iccid19, iccid20, number = "8901000000000000005", "89010000000000000017", "15550100123"
	for _, test := range []struct {
		field, typed, sent string
		accepted           bool
	}{
		{"iccid", iccid19, iccid19, true},
		{"iccid", iccid20, iccid20, true},
		{"iccid", "8901 0000 0000 0000 0017", iccid20, true},
		{"iccid", "8901-0000-0000-0000-005", iccid19, true},
		{"iccid", "8901\u00a00000\u00a00000\u00a00000\u00a00017", iccid20, true},
		{"iccid", "8901\u20130000\u20130000\u20130000\u20130017", iccid20, true},
		{"iccid", " " + iccid19 + "\n", iccid19, true},
		{"iccid", iccid19 + "F", iccid19, true},
		{"iccid", "8901 0000 0000 0000 005f", iccid19, true},
		{"iccid", "0001000000000000005", "0001000000000000005", true},
		{"iccid", iccid20 + "F", iccid20 + "F", false},
		{"iccid", iccid19 + "FF", iccid19 + "FF", false},
		{"iccid", iccid19[:18], iccid19[:18], false},
		{"iccid", iccid20 + "1", iccid20 + "1", false},
		{"iccid", "F" + iccid19, "F" + iccid19, false},
		{"iccid", "890100000000000####", "890100000000000####", false},
		{"iccid", "", "", false},
		{"gpsi", number, number, true},
		{"gpsi", "+" + number, number, true},
		{"gpsi", "00" + number, number, true},
		{"gpsi", "msisdn-" + number, number, true},
		{"gpsi", "msisdn-+" + number, number, true},
		{"gpsi", "+1 555 010 0123", number, true},
		{"gpsi", "1-555-010-0123", number, true},
		{"gpsi", "+1 (555) 010\u20110123", number, true},
		{"gpsi", "001 555 010 0123", number, true},
		{"gpsi", " " + number + " ", number, true},
		{"gpsi", "+31612345678", "31612345678", true},
		{"gpsi", "123456789012345", "123456789012345", true},
		{"gpsi", "012345678901", "012345678901", true}, // as the page has it
		{"gpsi", "00123456789", "00123456789", true},   // as the page has it, for no number is so short behind 00
		{"gpsi", "5550100123", "15550100123", false},   // no country code: understood, but the page wants one
		{"gpsi", "+1555010012", "+1555010012", false},
		{"gpsi", "+1234567890123456", "+1234567890123456", false},
		{"gpsi", "extid-15550100123@example.com", "extid-15550100123@example.com", false},
		{"gpsi", "1555010####", "1555010####", false},
		{"gpsi", "", "", false},
	} {
		assert.Equal(t, test.accepted, accepted(t, test.field).MatchString(test.typed), "%s %q", test.field, test.typed)
		sent := map[string]func(string) string{"iccid": identifiers.SentICCID, "gpsi": sentGPSI}[test.field](test.typed)
		assert.Equal(t, test.sent, sent, "%s %q", test.field, test.typed)
	}
}

// Whatever the schema accepts is sent as the pages want it.
func TestWhatIsAcceptedIsSentAsThePagesWantIt(t *testing.T) {
	for field, send := range map[string]func(string) string{"iccid": identifiers.SentICCID, "gpsi": sentGPSI, "newGpsi": sentGPSI} {
		pattern := accepted(t, field)
		rapid.Check(t, func(t *rapid.T) {
			typed := rapid.StringMatching(pattern.String()).Draw(t, "typed")
			if sent := send(typed); !wanted[field].MatchString(sent) {
				t.Fatalf("%q is sent as %q", typed, sent)
			}
		})
	}
}

func TestEveryCallSendsDigits(t *testing.T) {
	const typedICCID, typedGPSI = "8901 0000 0000 0000 0017", "+1 (555) 010-0123"
	send := map[string]func(*client) error{
		"activate": func(c *client) error {
			a := activation
			a.ICCID, a.GPSI = typedICCID, typedGPSI
			_, err := c.activate(t.Context(), submitted(a))
			return err
		},
		"update status by iccid": func(c *client) error {
			_, err := c.updateStatus(t.Context(), submitted(UpdateSubscriptionStatus{ICCID: typedICCID, Action: Suspend}))
			return err
		},
		"update status by gpsi": func(c *client) error {
			_, err := c.updateStatus(t.Context(), submitted(UpdateSubscriptionStatus{GPSI: typedGPSI, Action: Suspend}))
			return err
		},
		"update bill cycle": func(c *client) error {
			_, err := c.updateBillCycle(t.Context(), submitted(UpdateBillCycle{GPSI: typedGPSI, BillCycleFrequency: "MONTHLY", BillCycleStartDay: 15}))
			return err
		},
		"change number": func(c *client) error {
			_, err := c.changeNumber(t.Context(), submitted(ChangeNumber{GPSI: typedGPSI, NewGPSI: "+1 (556) 010-0123", GPSIReservationID: "R"}))
			return err
		},
	}
	for name, call := range send {
		c, d, _ := ask(t, 200, `{"status":"Success"}`)
		require.NoError(t, call(c), name)
		var body map[string]any
		require.NoError(t, json.Unmarshal([]byte(d.body), &body))
		for field, digits := range map[string]string{"iccid": "89010000000000000017", "gpsi": "15550100123", "newGpsi": "15560100123"} {
			if sent, ok := body[field]; ok || name == "activate" && field != "newGpsi" || strings.HasSuffix(name, field) {
				assert.Equal(t, digits, sent, name)
			}
		}

		c, _, _ = ask(t, 400, `{"code":"E1","message":"89010000000000000017 or 15550100123"}`)
		err := call(c)
		require.ErrorContains(t, err, "code E1", name)
		assert.NotContains(t, err.Error(), "555")
	}
	for typed, want := range map[target]url.Values{
		{iccid: typedICCID, gpsi: typedGPSI}: {"iccid": {"89010000000000000017"}},
		{gpsi: "msisdn-15550100123"}:         {"gpsi": {"15550100123"}},
		{gpsi: "not a number"}:               {"gpsi": {"not a number"}},
	} {
		c, d, _ := ask(t, 200, sample)
		_, err := c.subscriber(t.Context(), "ref-1", brand, typed)
		require.NoError(t, err)
		_, query, _ := strings.Cut(d.path, "?")
		got, err := url.ParseQuery(query)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

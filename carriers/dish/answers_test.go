package dish

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// sample has the shape of the documented answer (SPS - Subscription Profile Management v5).
const sample = `{
  "wholesaleCustomerId": "100000000001", "subscriberId": "SUB-000042", "unknown": {"x": 1},
  "subscriptions": [{
    "subscriptionStatus": "Active", "wholesalePlanId": "PLAN", "billCycleFrequency": "MONTHLY", "billCycleStartDay": 15,
    "startDate": "2024-03-15T12:00:00.000Z",
    "products": [{"productId": "VM", "productStatus": "Active", "startDate": null,
      "characteristics": [{"key": "Voice Mail Type", "value": "Traditional VoiceMail"}]}],
    "resources": [{"gpsi": 15550100123, "supi": "999990000000017", "iccid": 89010000000000000017,
      "pei": "350000000000017", "eid": "89010000000000000000000000000017"}]
  }]
}`

func TestASubscriberKeepsEveryDigit(t *testing.T) {
	s, err := readSubscriber([]byte(sample))
	require.NoError(t, err)
	subscription, resource, clear := s.find(target{iccid: "89010000000000000017"})
	require.True(t, clear)
	require.NotNil(t, subscription)
	assert.Equal(t, carriers.Text("89010000000000000000000000000017"), resource.EID)
	assert.Equal(t, carriers.Line{
		SubscriberID: "SUB-000042", Status: "Active", Number: "15550100123", ICCID: "89010000000000000017",
		IMSI: "999990000000017", BillCycleStartDay: 15,
	}, lineOf(s, subscription, resource))
	assert.Equal(t, carriers.Line{SubscriberID: "SUB-000042"}, lineOf(s, nil, nil))
}

func TestWhatIsNoSubscriberIsUnreadable(t *testing.T) {
	for _, body := range []string{
		``, ` `, `null`, `[]`, `"Success"`, `{}`, `{"status":"Success"}`, `{"subscriptions":null}`, `{"subscriptions":[`,
		`{"subscriptions":{}}`, `<html></html>`, sample + "x",
	} {
		_, err := readSubscriber([]byte(body))
		assert.Error(t, err, "%q", body)
	}
	for _, body := range []string{`{"subscriptions":[]}`, `{"subscriberId":17}`, `{"SubscriberID":"S","subscriptions":null}`} {
		_, err := readSubscriber([]byte(body))
		assert.NoError(t, err, "%q", body)
	}
}

func TestFind(t *testing.T) {
	const (
		a = `{"subscriptionStatus":"A","startDate":"2024-01-01T00:00:00Z","resources":[{"gpsi":"15550100001","iccid":"8901000000000000001"}]}`
		b = `{"subscriptionStatus":"B","startDate":"2024-02-01T00:00:00Z","resources":[{"gpsi":"15550100009"},{"gpsi":"15550100002","iccid":"8901000000000000002"}]}`
		// c is a's number on another SIM, later; d is b's SIM with a date that cannot be read.
		c = `{"subscriptionStatus":"C","startDate":"2024-03-01T00:00:00Z","resources":[{"gpsi":"15550100001","iccid":"8901000000000000003"}]}`
		d = `{"subscriptionStatus":"D","startDate":"soon","resources":[{"gpsi":"15550100004","iccid":"8901000000000000002"}]}`
		// bare has no resources, half only the number, masked a number that is not shown.
		bare   = `{"subscriptionStatus":"Bare"}`
		half   = `{"subscriptionStatus":"Half","resources":[{"gpsi":"15550100001"}]}`
		masked = `{"subscriptionStatus":"Masked","resources":[{"gpsi":"1555010####"}]}`
		// torn has a SIM of its own beside one that is not shown.
		torn = `{"subscriptionStatus":"Torn","resources":[{"iccid":"8901000000000000009"},{"iccid":"890100000000000####"}]}`
	)
	first, second := target{gpsi: "15550100001"}, target{gpsi: "15550100002"}
	const missing, cannotTell = "missing", "cannot tell"
	for _, test := range []struct {
		name          string
		subscriptions string
		query         target
		status, gpsi  string
	}{
		{"by number", a + "," + b, first, "A", "15550100001"},
		{"by number, not the first resource", a + "," + b, second, "B", "15550100002"},
		{"by ICCID", a + "," + b, target{iccid: "8901000000000000002"}, "B", "15550100002"},
		{"by both", a + "," + c, target{gpsi: "15550100001", iccid: "8901000000000000001"}, "A", "15550100001"},
		{"both, but of two lines", a + "," + b, target{gpsi: "15550100001", iccid: "8901000000000000002"}, missing, ""},
		{"the later of two", a + "," + c, first, "C", "15550100001"},
		{"the later of two, listed first", c + "," + a, first, "C", "15550100001"},
		{"a date beside one that cannot be read", d + "," + b, target{iccid: "8901000000000000002"}, cannotTell, ""},
		{"another's only line", a, second, missing, ""},
		{"another's only line by ICCID", a, target{iccid: "8901000000000000002"}, missing, ""},
		{"other lines", a + "," + c, second, missing, ""},
		{"no lines", "", second, missing, ""},
		{"a part of a number is not the number", a, target{gpsi: "1555010000"}, missing, ""},
		{"a number that lost something", `{"resources":[{"gpsi":"100001"}]},` + b, first, cannotTell, ""},
		{"an ICCID that lost its last digit", `{"resources":[{"iccid":"890100000000000000"}]}`, target{iccid: "8901000000000000002"}, cannotTell, ""},
		{"an ICCID that was rounded", `{"resources":[{"iccid":"89010000000000000000"}]}`, target{iccid: "89010000000000000017"}, cannotTell, ""},
		{"one that resembles it beside it", a + `,{"resources":[{"gpsi":"100001"}]}`, first, "A", "15550100001"},
		{"the only one, silent", bare, first, "Bare", ""},
		{"the only one, silent about the ICCID", half, target{gpsi: "15550100001", iccid: "8901000000000000001"}, "Half", "15550100001"},
		{"the only one, with another SIM beside one that is not shown", torn, target{iccid: "8901000000000000001"}, cannotTell, ""},
		{"one of two, without identifiers", bare + "," + a, second, cannotTell, ""},
		{"one of two, masked", masked + "," + a, second, cannotTell, ""},
		{"one of two, silent about the ICCID", half + "," + a, target{iccid: "8901000000000000002"}, cannotTell, ""},
		{"one of two, silent, beside it", bare + "," + a, first, "A", "15550100001"},
		{"by subscriber, the only one", a, target{subscriberID: "S"}, "A", "15550100001"},
		{"by subscriber, one resource of two", b, target{subscriberID: "S"}, "B", ""},
		{"by subscriber, several", a + "," + b, target{subscriberID: "S"}, cannotTell, ""},
		{"by subscriber, none", "", target{subscriberID: "S"}, missing, ""},
		{"another subscriber", a, target{subscriberID: "T"}, missing, ""},
		{"another subscriber's number", a, target{subscriberID: "T", gpsi: "15550100001"}, missing, ""},
		{"a subscriber in another case", a, target{subscriberID: "s", gpsi: "15550100001"}, cannotTell, ""},
		{"nothing asked", a, target{}, cannotTell, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s Subscriber
			require.NoError(t, json.Unmarshal([]byte(`{"subscriberId":"S","subscriptions":[`+test.subscriptions+`]}`), &s))
			subscription, resource, clear := s.find(test.query)
			assert.Equal(t, test.status != cannotTell, clear)
			if test.status == missing || test.status == cannotTell {
				assert.Nil(t, subscription)
				assert.Nil(t, resource)
				return
			}
			require.NotNil(t, subscription)
			assert.Equal(t, test.status, subscription.SubscriptionStatus)
			if test.gpsi == "" {
				assert.Nil(t, resource)
			} else if assert.NotNil(t, resource) {
				assert.Equal(t, test.gpsi, resource.GPSI.String())
			}
		})
	}
}

func TestFindKnowsASubscriptionInEverySpelling(t *testing.T) {
	const other = `{"subscriptionStatus":"Other","resources":[{"iccid":"8901000000000000009","gpsi":"15550100999"}]}`
	iccid, gpsi := target{iccid: "8901000000000000005"}, target{gpsi: "15550100123"}
	for _, test := range []struct {
		name     string
		query    target
		resource string
	}{
		{"ICCID as it is", iccid, `{"iccid":"8901000000000000005"}`},
		{"ICCID as a number", iccid, `{"iccid":8901000000000000005}`},
		{"ICCID with its check digit", iccid, `{"iccid":"8901000000000000005` + string(identifiers.CheckDigit("8901000000000000005")) + `"}`},
		{"ICCID filled up", iccid, `{"iccid":"8901000000000000005F"}`},
		{"ICCID in groups", iccid, `{"iccid":"8901 0000 0000 0000 005"}`},
		{"ICCID with dashes", iccid, `{"iccid":"89-01-0000-00000000005"}`},
		{"ICCID without its check digit", target{iccid: "890100000000000000" + string(identifiers.CheckDigit("890100000000000000"))}, `{"iccid":"890100000000000000"}`},
		{"ICCID asked for in groups", target{iccid: "8901 0000 0000 0000 005f"}, `{"iccid":"8901000000000000005"}`},
		{"GPSI as it is", gpsi, `{"gpsi":"15550100123"}`},
		{"GPSI as a number", gpsi, `{"gpsi":15550100123}`},
		{"GPSI with a plus sign", gpsi, `{"gpsi":"+15550100123"}`},
		{"GPSI with 00", gpsi, `{"gpsi":"0015550100123"}`},
		{"GPSI of 3GPP", gpsi, `{"gpsi":"msisdn-15550100123"}`},
		{"GPSI in groups", gpsi, `{"gpsi":"+1 (555) 010-0123"}`},
		{"GPSI as North America writes it", gpsi, `{"gpsi":"5550100123"}`},
		{"GPSI asked for with a plus sign", target{gpsi: "+1 555 010 0123"}, `{"gpsi":15550100123}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, list := range []string{`%s`, `%s,` + other, other + `,%s`} {
				s, err := readSubscriber([]byte(`{"subscriptions":[` + strings.Replace(list, "%s", `{"subscriptionStatus":"Ours","resources":[`+test.resource+`]}`, 1) + `]}`))
				require.NoError(t, err)
				subscription, resource, clear := s.find(test.query)
				require.True(t, clear)
				require.NotNil(t, subscription)
				require.NotNil(t, resource)
				assert.Equal(t, "Ours", subscription.SubscriptionStatus)
			}
		})
	}
}

// A number is used again after a Cease, so a choice between two subscriptions rests on their dates.
func TestFindChoosesByTheMeaningOfDates(t *testing.T) {
	for _, test := range []struct {
		name         string
		older, newer string
		choice       bool
	}{
		{"UTC", `"2024-01-01T00:00:00Z"`, `"2024-03-01T00:00:00Z"`, true},
		{"+0000", `"2024-01-01T00:00:00.000+0000"`, `"2024-03-01T00:00:00.000+0000"`, true},
		{"two zones", `"2024-03-01T01:00:00+02:00"`, `"2024-03-01T00:00:00+0000"`, true},
		{"a blank before UTC", `"2024-01-01 00:00:00 UTC"`, `"2024-03-01T00:00:00Z"`, true},
		{"fractions", `"2024-03-01T00:00:00.1Z"`, `"2024-03-01T00:00:00.1234567Z"`, true},
		{"days", `"2024-01-01"`, `"2024-03-01"`, true},
		{"both without a zone", `"2024-01-01T00:00:00"`, `"2024-03-01T00:00:00"`, true}, // whatever it is, it is the same one
		{"one without a zone", `"2024-03-01T00:00:00"`, `"2024-03-01T01:00:00Z"`, false},
		{"not readable", `"soon"`, `"later"`, false},
		{"one not readable", `"2024-01-01T00:00:00Z"`, `"later"`, false},
		{"the same moment", `"2024-01-01T00:00:00Z"`, `"2024-01-01T00:00:00+0000"`, false},
		{"the same day", `"2024-01-01"`, `"2024-01-01"`, false},
		{"none", `null`, `null`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			one := `{"subscriptionStatus":"Ceased","startDate":` + test.older + `,"resources":[{"gpsi":"15550100001"}]}`
			two := `{"subscriptionStatus":"Active","startDate":` + test.newer + `,"resources":[{"gpsi":"15550100001"}]}`
			for _, list := range []string{one + "," + two, two + "," + one} {
				s, err := readSubscriber([]byte(`{"subscriptions":[` + list + `]}`))
				require.NoError(t, err)
				subscription, resource, clear := s.find(target{gpsi: "15550100001"})
				require.Equal(t, test.choice, clear)
				if !test.choice {
					assert.Nil(t, subscription, "the order of a list is no choice")
					assert.Nil(t, resource)
					continue
				}
				require.NotNil(t, subscription)
				assert.Equal(t, "Active", subscription.SubscriptionStatus)
			}
		})
	}
}

func TestNothingFollowsFromAListThatIsMissing(t *testing.T) {
	for _, body := range []string{`{"subscriberId":"S"}`, `{"subscriberId":"S","subscriptions":null}`} {
		s, err := readSubscriber([]byte(body))
		require.NoError(t, err)
		for _, query := range []target{{gpsi: "15550100001"}, {iccid: "8901000000000000001"}, {subscriberID: "S"}, {subscriberID: "T"}} {
			subscription, resource, clear := s.find(query)
			assert.Nil(t, subscription)
			assert.Nil(t, resource)
			assert.False(t, clear, body)
		}
	}
}

func TestBillCycleDay(t *testing.T) {
	for raw, want := range map[string]int{
		`15`: 15, `"15"`: 15, `15.0`: 15, `1`: 1, `28`: 28, `31`: 31, `0`: 0, `32`: 0, `-1`: 0, `1.5`: 0, `1e300`: 0, `"NaN"`: 0, `"x"`: 0, `null`: 0,
	} {
		var s Subscription
		require.NoError(t, json.Unmarshal([]byte(`{"billCycleStartDay":`+raw+`}`), &s), raw)
		assert.Equal(t, want, lineOf(Subscriber{}, &s, nil).BillCycleStartDay, raw)
	}
}

func TestAnswersAreReadHoweverTheyAreWritten(t *testing.T) {
	for name, body := range map[string]string{
		"as shown":               `{"subscriptions":[{"subscriptionStatus":"Active","resources":[{"iccid":"89010000000000000017"}]}]}`,
		"a byte order mark":      "\ufeff" + `{"subscriptions":[{"subscriptionStatus":"Active","resources":[{"iccid":"89010000000000000017"}]}]}`,
		"in a list of one":       `[{"subscriptions":[{"subscriptionStatus":"Active","resources":[{"iccid":89010000000000000017}]}]}]`,
		"lists of one as object": `{"subscriptions":{"subscriptionStatus":"Active","resources":{"iccid":89010000000000000017}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := ask(t, 200, body)
			subscriber, err := c.subscriber(t.Context(), "ref-1", brand, target{iccid: "89010000000000000017"})
			require.NoError(t, err)
			found, its, clear := subscriber.find(target{iccid: "89010000000000000017"})
			require.True(t, clear)
			require.NotNil(t, found)
			require.NotNil(t, its)
		})
	}
	c, _, _ := ask(t, 200, `[{"status":"Success"}]`)
	status, err := c.transactionStatus(t.Context(), "ref-1", brand, "ref-1")
	require.NoError(t, err)
	assert.Equal(t, carriers.Done, status.State)
}

func TestAnAnswerThatCannotBeReadIsNamedAsThat(t *testing.T) {
	for body, why := range map[string]string{
		`<html>15550100123</html>`:                   "not JSON (a web page)",
		`[{"status":"Success"},{"status":"Failed"}]`: "not a JSON object, but a list of 2",
		``: "not JSON (it is empty)",
	} {
		c, _, _ := ask(t, 200, body)
		_, err := c.transactionStatus(t.Context(), "ref-1", brand, "15550100123")
		unreadable(t, err, "the answer of GET /transaction/status/{partnerTransactionId} is not readable: "+why)
	}
	c, _, _ := ask(t, 200, `{"subscriptions":[{"subscriptionStatus":15550100123}]}`)
	_, err := c.subscriber(t.Context(), "ref-1", brand, target{gpsi: "15550100123"})
	unreadable(t, err, `the answer of GET /subscription is not readable: field "subscriptions.subscriptionStatus" is not a text`)
}

func unreadable(t *testing.T, err error, says string) {
	t.Helper()
	var failure *carriers.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, carriers.Uncertain, failure.Class)
	assert.True(t, failure.Unreadable)
	assert.Equal(t, says, failure.Message)
}

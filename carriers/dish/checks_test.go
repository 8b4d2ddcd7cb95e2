package dish

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	deviceSample = `{"manufacturer":{"name":"Example"},"equipmentType":"PHONE","networkCompatibilityList":[],"blockStatus":{}}`
	portInSample = `{"eligibilityStatus":"Reject","checkedDate":"2024-03-15T12:00:00Z","reasonCode":"8A","reasonDesc":"Numberalreadyactive"}`
)

func TestASIMIsUsableWhenDISHSaysTrue(t *testing.T) {
	for answer, usable := range map[string]bool{
		`{"validationStatus":true}`:  true,
		`{"validationStatus":false}`: false, `{"validationStatus":"true"}`: false, `{"validationStatus":null}`: false, `{}`: false,
		`{"validationStatus":false,"reasonCode":"8A","reasonDesc":"in use"}`: false,
	} {
		read, d, err := get(t, CheckSIM{ICCID: "8901 0000 0000 0000 0017"}, 200, answer)
		require.NoError(t, err, answer)
		check, ok := read.(SIMCheck)
		require.True(t, ok)
		assert.Equal(t, usable, check.Usable, answer)
		assert.JSONEq(t, answer, string(check.Answer))
		assert.Equal(t, "GET /dish/simCheck?iccid=89010000000000000017", d.method+" "+d.path)
	}
}

func TestADeviceIsHandedOverAsItCame(t *testing.T) {
	for query, request := range map[string]CheckDevice{
		"pei=350000000000017": {PEI: "350000000000017"}, "tac=35000000": {TAC: "35000000"},
	} {
		read, d, err := get(t, request, 200, deviceSample)
		require.NoError(t, err)
		check, ok := read.(DeviceCheck)
		require.True(t, ok)
		assert.Equal(t, "PHONE", check.EquipmentType)
		assert.JSONEq(t, deviceSample, string(check.Answer))
		assert.Equal(t, "GET /dish/compatibility?"+query, d.method+" "+d.path)
	}
	for _, answer := range []string{
		`{"manufacturer":"Example"}`, `{"blockStatus":{"code":"E1","reason":"stolen"}}`, `{"equipmentType":7}`, `{"networkCompatibilityList":[{}],"code":"0"}`,
		`{"blockStatus":{},"code":"X1","message":"see blockStatus"}`,
	} {
		read, _, err := get(t, CheckDevice{TAC: "35000000"}, 200, answer)
		require.NoError(t, err, answer)
		assert.JSONEq(t, answer, string(read.(DeviceCheck).Answer))
	}
	for answer, class := range map[string]carriers.Class{
		`{}`: carriers.Uncertain, `{"status":"Success"}`: carriers.Uncertain, `{"blockStatus":null}`: carriers.Uncertain, `<html>`: carriers.Uncertain,
		`{"code":"BAD_REQUEST"}`: carriers.Rejected,
	} {
		_, _, err := get(t, CheckDevice{PEI: "350000000000017"}, 200, answer)
		require.Error(t, err)
		assert.Equal(t, class, carriers.ClassOf(err), answer)
		assert.NotContains(t, err.Error(), "350000000000017")
	}
}

// A good HTTP status is no yes: a number that cannot be ported in is told so in a 200, with a code.
func TestANumberIsEligibleWhenDISHSaysAConfiguredWord(t *testing.T) {
	for answer, want := range map[string]PortInCheck{
		portInSample:                                           {EligibilityStatus: "Reject", ReasonCode: "8A", ReasonDesc: "Numberalreadyactive"},
		`{"eligibilityStatus":"Accept"}`:                       {Eligible: true, EligibilityStatus: "Accept"},
		`{"eligibilityStatus":" eligible"}`:                    {Eligible: true, EligibilityStatus: "eligible"},
		`{"eligibilityStatus":"Pending"}`:                      {EligibilityStatus: "Pending"},
		`{"eligibilityStatus":"NotEligible"}`:                  {EligibilityStatus: "NotEligible"},
		`{"eligibilityStatus":"Success","checkedDate":["x"]}`:  {EligibilityStatus: "Success"},
		`{"eligibilityStatus":"Accept","code":0,"message":""}`: {Eligible: true, EligibilityStatus: "Accept"},
		`{"eligibilityStatus":true}`:                           {},
	} {
		read, d, err := get(t, CheckPortIn{Customer: brand, GPSI: "+1 (555) 010-0123"}, 200, answer)
		assert.Equal(t, "POST /dish/portIn/eligibility", d.method+" "+d.path)
		assert.JSONEq(t, `{"gpsi":"15550100123"}`, d.body)
		assert.Equal(t, "920000108464", d.header.Get("wholesaleCustomerId"))
		if want.EligibilityStatus == "" {
			require.Error(t, err)
			assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err), answer)
			continue
		}
		require.NoError(t, err, answer)
		check, ok := read.(PortInCheck)
		require.True(t, ok)
		assert.JSONEq(t, answer, string(check.Answer))
		if answer == portInSample {
			assert.Equal(t, "2024-03-15T12:00:00Z", check.CheckedDate.Raw)
		}
		check.Answer, check.CheckedDate = nil, carriers.Timestamp{}
		assert.Equal(t, want, check, answer)
	}
	for _, answer := range []string{`{}`, `{"status":"Success"}`, `{"eligibilityStatus":" "}`, `{"eligibilityStatus":null}`, `<html>`} {
		_, _, err := get(t, CheckPortIn{GPSI: "15550100123"}, 200, answer)
		require.Error(t, err)
		assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err), "%s is neither a yes nor a no", answer)
	}

	other := func(c *Config) { c.PortInEligibleWords, c.CheckPortInPath = []string{"Green"}, "/v5/eligible" }
	for word, want := range map[string]bool{"GREEN": true, "Accept": false} {
		read, d, err := get(t, CheckPortIn{GPSI: "15550100123"}, 200, `{"eligibilityStatus":"`+word+`"}`, other)
		require.NoError(t, err)
		assert.Equal(t, want, read.(PortInCheck).Eligible, word)
		assert.Equal(t, "/dish/v5/eligible", d.path)
	}
}

func TestAFailedCheckSaysNothingPersonal(t *testing.T) {
	const iccid, pei, gpsi = "89010000000000000017", "350000000000017", "15550100123"
	for _, request := range []carriers.Request{CheckSIM{ICCID: iccid}, CheckDevice{PEI: pei}, CheckDevice{TAC: pei}, CheckPortIn{GPSI: gpsi}} {
		for status, class := range map[int]carriers.Class{
			http.StatusBadRequest: carriers.Rejected, http.StatusUnauthorized: carriers.Unauthorized, http.StatusInternalServerError: carriers.Uncertain,
			http.StatusConflict: carriers.Conflict, // declared also for the SIM check, and its meaning is not (SPS - Subscription SIM Management v5)
		} {
			_, _, err := get(t, request, status, `{"message":"`+iccid+" "+pei+" "+gpsi+`"}`)
			require.Error(t, err)
			assert.Equal(t, class, carriers.ClassOf(err), "%T %d", request, status)
			for _, personal := range []string{iccid, pei, gpsi} {
				assert.NotContains(t, err.Error(), personal)
			}
		}
	}
}

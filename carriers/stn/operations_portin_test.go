package stn

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// newDate is a wish date, and sameDate the same point in time written in another way.
const newDate, sameDate = "2026-06-01T00:00:00+02:00", "2026-05-31T22:00:00.000Z"

var (
	byDonor = ChangePortIn{EarlierRequest: ours, DonorCustomerNumber: "C-2"}
	byDate  = ChangePortIn{EarlierRequest: ours, PortingWishDate: newDate}
	byBoth  = ChangePortIn{EarlierRequest: ours, DonorCustomerNumber: "C-2", PortingWishDate: newDate}
)

// porting is the record of a port-in.
func porting(t *testing.T, status string, donor, date any) string {
	t.Helper()
	return recordOf(t, "activationType", "INPORT", "status", status, "info", map[string]any{
		"isdn": "06-12345678", "portingStatus": "ACCEPTED", "donorCustomerNumber": donor, "portingWishDate": date,
	})
}

func TestAPortInChangeSendsTheDocumentedRequest(t *testing.T) {
	for _, tc := range []struct {
		request ChangePortIn
		want    map[string]any
	}{
		{byDonor, map[string]any{"activationId": "A1", "donorCustomerNumber": "C-2"}},
		{byDate, map[string]any{"activationId": "A1", "portingWishDate": newDate}},
		{byBoth, map[string]any{"activationId": "A1", "donorCustomerNumber": "C-2", "portingWishDate": newDate}},
	} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "POST /stn/api/ChangeInPortSubscription", r.Method+" "+r.URL.Path)
			var body map[string]any
			assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
			assert.Equal(t, tc.want, body)
			answer(http.StatusOK, `{"id":"A1","status":"BUSY","activationType":"INPORT","info":{}}`)(w, r)
		})
		ack, err := bind(t, client, tc.request).Send(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []any{"A1", carriers.Outcome{State: carriers.Pending, Status: "BUSY"}}, []any{ack.TransactionID, ack.Outcome})
	}
}

func TestAPortInThatIsNotChanged(t *testing.T) {
	for name, tc := range map[string]struct {
		request ChangePortIn
		record  string
		refused string
	}{
		"other values":                       {byBoth, porting(t, "BUSY", "C-1", "2026-05-01T00:00:00+02:00"), ""},
		"one of them is another":             {byBoth, porting(t, "BUSY", "C-2", "2026-05-01T00:00:00+02:00"), ""},
		"these values":                       {byBoth, porting(t, "BUSY", "C-2", sameDate), "shows these values already"},
		"this number":                        {byDonor, porting(t, "BUSY", "C-2", nil), "shows these values already"},
		"no value to compare with":           {byDonor, porting(t, "BUSY", nil, nil), ""},
		"it has ended":                       {byDonor, porting(t, "DONE", "C-1", nil), "ended already"},
		"it is being cancelled":              {byDonor, recordOf(t, "activationType", "INPORT", "info", map[string]any{"portingStatus": "CANCELLING"}), "being cancelled already"},
		"no port-in":                         {byDonor, recordOf(t), "needs INPORT"},
		"no record":                          {byDonor, `[]`, "no record with this id"},
		"another number than the one named":  {ChangePortIn{EarlierRequest: EarlierRequest{ActivationID: "A1", PhoneNumber: "0687654321"}, DonorCustomerNumber: "C-2"}, porting(t, "BUSY", "C-1", nil), "another line"},
		"not begun, which is no reason here": {byDonor, recordOf(t, "activationType", "INPORT", "info", map[string]any{"portingStatus": "INIT"}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			bound := bind(t, serve(t, stn{t, map[string]string{"QueryActivation": tc.record}}.ServeHTTP), tc.request)
			before, err := bound.Before(t.Context())
			require.NoError(t, err)
			why := bound.Precheck(before)
			assert.Equal(t, tc.refused == "", why == "", why)
			assert.Contains(t, why, tc.refused)
		})
	}
}

func TestAPortInChangeIsFoundByItsValues(t *testing.T) {
	const present, absent, cannotTell = carriers.Present, carriers.Absent, carriers.CannotTell
	before := &carriers.Line{Record: map[string]string{"donorCustomerNumber": "C-1", "portingWishDate": "2026-05-01T00:00:00+02:00"}}
	for name, tc := range map[string]struct {
		before *carriers.Line
		record string
		want   carriers.Presence
	}{
		"both values":                       {before, porting(t, "BUSY", "C-2", sameDate), present},
		"as it was":                         {before, porting(t, "BUSY", "C-1", "2026-05-01T00:00:00+02:00"), absent},
		"one of them":                       {before, porting(t, "BUSY", "C-2", "2026-05-01T00:00:00+02:00"), absent},
		"in another case":                   {before, porting(t, "BUSY", "c-2", newDate), cannotTell},
		"a date without an offset":          {before, porting(t, "BUSY", "C-2", "2026-06-01T00:00:00"), cannotTell},
		"a value is missing":                {before, porting(t, "BUSY", "C-2", nil), cannotTell},
		"not read before":                   {nil, porting(t, "BUSY", "C-2", newDate), cannotTell},
		"not comparable before":             {&carriers.Line{Record: map[string]string{"status": "BUSY"}}, porting(t, "BUSY", "C-2", newDate), cannotTell},
		"shown before":                      {&carriers.Line{Record: map[string]string{"donorCustomerNumber": "C-2", "portingWishDate": newDate}}, porting(t, "BUSY", "C-2", newDate), cannotTell},
		"not shown any more":                {before, `[]`, cannotTell},
		"as it was, but it has ended":       {before, porting(t, "DONE", "C-1", "2026-05-01T00:00:00+02:00"), absent},
		"the values, although it has ended": {before, porting(t, "DONE", "C-2", newDate), present},
	} {
		t.Run(name, func(t *testing.T) {
			finding, err := bind(t, serve(t, answer(http.StatusOK, tc.record)), byBoth).Find(t.Context(), tc.before)
			require.NoError(t, err)
			assert.Equal(t, tc.want, finding.Presence)
			assert.Equal(t, tc.want == cannotTell, finding.Why != "")
		})
	}
}

func TestWhenAPortInIsChanged(t *testing.T) {
	const pending, done, failed, unknown = carriers.Pending, carriers.Done, carriers.Failed, carriers.Unknown
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	taken := carriers.Inquiry{Taken: true, Confirm: true}
	for name, tc := range map[string]struct {
		in      carriers.Inquiry
		request ChangePortIn
		record  string
		state   carriers.State
		effect  carriers.Effect
	}{
		"both values":                     {taken, byBoth, porting(t, "BUSY", "C-2", sameDate), done, shown},
		"a number for a text":             {taken, ChangePortIn{EarlierRequest: ours, DonorCustomerNumber: "1002"}, porting(t, "BUSY", 1002, nil), done, shown},
		"not yet":                         {taken, byBoth, porting(t, "BUSY", "C-2", "2026-05-01T00:00:00+02:00"), pending, missing},
		"not yet, without a confirmation": {carriers.Inquiry{Taken: true}, byBoth, porting(t, "BUSY", "C-1", nil), done, missing},
		"nothing to compare with":         {taken, byDonor, porting(t, "BUSY", nil, nil), done, incomparable},
		"a date alone":                    {taken, byDate, porting(t, "BUSY", nil, "2026-06-01"), done, incomparable},
		"ported with these values":        {taken, byBoth, porting(t, "DONE", "C-2", newDate), done, shown},
		"ported with other values":        {taken, byDonor, porting(t, "DONE", "C-1", nil), done, missing},
		"the port-in has failed":          {taken, byDonor, porting(t, "ERROR", "C-1", nil), failed, missing},
		"the port-in is cancelled":        {taken, byDonor, porting(t, "CANCELLED", "C-1", nil), failed, missing},
		"failed with these values":        {taken, byDonor, porting(t, "ERROR", "C-2", nil), done, shown},
		"failed, nothing to compare with": {taken, byDonor, porting(t, "ERROR", nil, nil), failed, incomparable},
		"a word that nobody knows":        {taken, byDonor, porting(t, "PARKED", "C-1", nil), unknown, missing},
		"it may not have been taken":      {carriers.Inquiry{Confirm: true}, byDonor, porting(t, "BUSY", "C-2", nil), pending, shown},
		"the record is not shown":         {taken, byDonor, `[]`, pending, carriers.NotRead},
	} {
		t.Run(name, func(t *testing.T) {
			tc.in.Acknowledgement.TransactionID = "A1"
			got, err := bind(t, serve(t, stn{t, map[string]string{"QueryActivation": tc.record}}.ServeHTTP), tc.request).Look(t.Context(), tc.in)
			require.NoError(t, err)
			assert.Equal(t, []any{tc.state, tc.effect}, []any{got.State, got.Effect})
		})
	}
}

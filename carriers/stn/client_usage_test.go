package stn

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// month is a row of QueryUsageSubscription.
func month(id, yearMonth string, changes ...any) map[string]any {
	row := map[string]any{"id": id, "yearMonth": yearMonth, "phoneNumber": "06-12345678", "usageHomeData": json.Number("2694.31"), "quantityInBundleHomeVoice": -1}
	for i := 0; i < len(changes); i += 2 {
		row[changes[i].(string)] = changes[i+1]
	}
	return row
}

// years are months from the newest one on.
func years(n int) (rows []map[string]any) {
	for i := range n {
		rows = append(rows, month(fmt.Sprint("u", i), fmt.Sprintf("%d_%02d", 2026-i/12, 12-i%12)))
	}
	return rows
}

// listed reads the usage of a line through the operation.
func listed(t *testing.T, c *client, r ListUsage) (Usage, error) {
	t.Helper()
	read, ok := operation(t, "stn.ListUsage").(carriers.ReadOperation)
	require.True(t, ok)
	got, err := read.Get(t.Context(), c, "WF-1", inJSON(t, r))
	if err != nil {
		return Usage{}, err
	}
	return got.(Usage), nil
}

func TestUsageIsReadByMonth(t *testing.T) {
	details := make([]map[string]any, mostDetails+5)
	for i := range details {
		details[i] = map[string]any{"invoiceLineCode": "INT_NAT", "volume": 2758969, "volumeStr": "2694 MB", "amount": json.Number("0.0002")}
	}
	line := ListUsage{PhoneNumber: "+31612345678"}
	for name, tc := range map[string]struct {
		ledger   ledger
		request  ListUsage
		months   int
		first    string
		complete bool
	}{
		"some":                                 {ledger{records: years(3)}, line, 3, "2026_12", true},
		"none":                                 {ledger{}, line, 0, "", true},
		"a short page is no end":               {ledger{records: years(7), cap: 3}, line, 7, "2026_12", true},
		"one month":                            {ledger{records: years(7)}, ListUsage{PhoneNumber: "0612345678", YearMonth: "2026_10"}, 1, "2026_10", true},
		"one month, written otherwise":         {ledger{records: []map[string]any{month("u", "2026-10")}}, ListUsage{PhoneNumber: "0612345678", YearMonth: "2026_10"}, 1, "2026-10", true},
		"a month without anything":             {ledger{records: years(7)}, ListUsage{PhoneNumber: "0612345678", YearMonth: "2020_01"}, 0, "", true},
		"as many as are read":                  {ledger{records: years(mostMonths)}, line, mostMonths, "2026_12", true},
		"more than are read":                   {ledger{records: years(mostMonths + 1)}, line, mostMonths, "2026_12", false},
		"more pages than are read":             {ledger{records: years(20), cap: 1}, line, mostPagesOfUsage, "2026_12", false},
		"a month beyond the pages":             {ledger{records: years(20), cap: 1}, ListUsage{PhoneNumber: "0612345678", YearMonth: "2025_06"}, 0, "", false},
		"those of others are left out":         {ledger{records: append(years(2), month("x", "2026_12", "phoneNumber", "06-99999999"))}, line, 2, "2026_12", true},
		"a masked number among them, left out": {ledger{records: append(years(2), month("x", "2026_12", "phoneNumber", "06-****5678"))}, line, 2, "2026_12", true},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "/stn/api/QueryUsageSubscription", r.URL.Path)
				tc.ledger.ServeHTTP(w, r)
			})
			got, err := listed(t, client, tc.request)
			require.NoError(t, err)
			assert.Len(t, got.Months, tc.months)
			assert.NotNil(t, got.Months)
			assert.Equal(t, tc.complete, got.Complete)
			if tc.months > 0 {
				assert.Equal(t, []any{tc.first, "2694.31", "-1"}, []any{got.Months[0].YearMonth.String(), got.Months[0].UsageHomeData.String(), got.Months[0].QuantityInBundleHomeVoice.String()})
			}
			first := tc.ledger.queries[0]
			assert.Equal(t, []string{"0612345678", "yearMonth", "12", "0"}, []string{first.Get("phoneNumber"), first.Get("orderByDesc"), first.Get("take"), first.Get("skip")})
			assert.False(t, first.Has("yearMonth"), "no page has that filter")
		})
	}
	got, err := listed(t, serve(t, (&ledger{records: []map[string]any{month("u", "2026_10", "usageDetails", details)}}).ServeHTTP), line)
	require.NoError(t, err)
	assert.Len(t, got.Months[0].UsageDetails, mostDetails)
	assert.Equal(t, 5, got.Months[0].DetailsLeftOut)
	assert.Equal(t, UsageDetail{InvoiceLineCode: "INT_NAT", Volume: "2758969", VolumeText: "2694 MB", Amount: "0.0002"}, got.Months[0].UsageDetails[0])
}

func TestUsageThatCannotBeRead(t *testing.T) {
	line := ListUsage{PhoneNumber: "0612345678"}
	for name, handle := range map[string]http.HandlerFunc{
		"the filter is ignored":   (&ledger{records: []map[string]any{month("x", "2026_12", "phoneNumber", "06-99999999")}}).ServeHTTP,
		"all numbers are masked":  (&ledger{records: []map[string]any{month("x", "2026_12", "phoneNumber", "06-****5678")}}).ServeHTTP,
		"no list":                 answer(http.StatusOK, `{"results":null}`),
		"a list without an end":   (&ledger{records: years(3), ignoreSkip: true}).ServeHTTP,
		"refused with the number": answer(http.StatusBadRequest, `{"responseStatus":{"errorCode":"BadRequest","message":"no 06-12345678 or 0612345678"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := listed(t, serve(t, handle), line)
			require.Error(t, err)
			assert.NotContains(t, strings.ReplaceAll(err.Error(), "-", ""), "12345678")
		})
	}
}

package stn

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// The limits of a read (ours): the answer has to fit into a result. Pages are small because a month may have many details.
const (
	mostMonths       = 36
	mostDetails      = 100
	usagePageSize    = 12
	mostPagesOfUsage = 10
)

// listUsage reads the months of a line (QueryUsageSubscription). The page has no filter for the month, so months are chosen here.
func (c *client) listUsage(ctx context.Context, reference string, r ListUsage) (Usage, error) {
	call := transport.Call{
		Name: "list usage", Reference: reference, Path: "/api/QueryUsageSubscription", Personal: []string{r.PhoneNumber, national(r.PhoneNumber)},
		Query: url.Values{"phoneNumber": {national(r.PhoneNumber)}, "orderByDesc": {"yearMonth"}, "take": {strconv.Itoa(usagePageSize)}},
	}
	usage, ours, others := Usage{Months: []UsageMonth{}, Complete: true}, 0, 0
	ended, err := eachOf(ctx, c, call, mostPagesOfUsage, func(m UsageMonth) carriers.Text { return cmp.Or(m.ID, m.YearMonth) }, func(m UsageMonth) (enough bool) {
		if identifiers.ComparePhone(r.PhoneNumber, m.PhoneNumber.String(), identifiers.Netherlands) != identifiers.Equal {
			others++
			return false
		}
		ours++
		if r.YearMonth != "" && digits(r.YearMonth) != digits(m.YearMonth.String()) {
			return false
		}
		if len(usage.Months) == mostMonths {
			usage.Complete = false
			return true
		}
		usage.Months = append(usage.Months, m.limited())
		return false
	})
	if err != nil {
		return Usage{}, err
	}
	if others > 0 && ours == 0 {
		return Usage{}, c.http.Unreadable(call, http.StatusOK, "it is about others than was asked for")
	}
	usage.Complete = usage.Complete && ended
	return usage, nil
}

func (m UsageMonth) limited() UsageMonth {
	if over := len(m.UsageDetails) - mostDetails; over > 0 {
		m.UsageDetails, m.DetailsLeftOut = m.UsageDetails[:mostDetails], over
	}
	return m
}

// digits leaves the digits of a month, which is written as 2026_03.
func digits(month string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, month)
}

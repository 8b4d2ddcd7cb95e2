package sandbox

import (
	"net/http"
	"strconv"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// queryUsage serves QueryUsageSubscription: the months of a line, of which there are a few.
func (c *carrier) queryUsage(r *http.Request, _ []byte) engine.Request {
	q := query{r.URL.Query()}
	number := withoutDash(q.get("phoneNumber"))
	return engine.Request{
		Line: number, Refusal: q.check(),
		Read: func() engine.Reply {
			if key := (lineKey{number: number}); numberPattern.MatchString(number) && !key.elsewhere() {
				c.world.line(key)
			}
			var found []any
			for _, line := range c.world.all {
				if number != "" && number != line.number {
					continue
				}
				for ago := monthsOfUsage - 1; ago >= 0; ago-- {
					found = append(found, line.usage(ago))
				}
			}
			return c.answer(q, found)
		},
	}
}

// usageView is a record of QueryUsageSubscription.
type usageView struct {
	ID                        string        `json:"id"`
	SubscriptionID            string        `json:"subscriptionId"`
	PhoneNumber               string        `json:"phoneNumber"`
	YearMonth                 string        `json:"yearMonth"`
	ProviderGroup             string        `json:"providerGroup"`
	QuantityInBundleHomeVoice int           `json:"quantityInBundleHomeVoice"`
	UsageHomeVoice            float64       `json:"usageHomeVoice"`
	QuantityInBundleHomeData  int           `json:"quantityInBundleHomeData"`
	UsageHomeData             float64       `json:"usageHomeData"`
	QuantityInBundleHomeSMS   int           `json:"quantityInBundleHomeSms"`
	UsageHomeSMS              int           `json:"usageHomeSms"`
	AmountPremium             float64       `json:"amountPremium"`
	IsGroupSIM                bool          `json:"isGroupSim"`
	AmountTotalUsage          float64       `json:"amountTotalUsage"`
	AmountInternationalTotal  float64       `json:"amountInternationalTotal"`
	UsageDetails              []usageDetail `json:"usageDetails"`
}

type usageDetail struct {
	InvoiceLineType string  `json:"invoiceLineType"`
	InvoiceLineCode string  `json:"invoiceLineCode"`
	Description     string  `json:"description"`
	SortOrder       int     `json:"sortOrder"`
	Quantity        int     `json:"quantity"`
	Volume          int     `json:"volume"`
	VolumeStr       string  `json:"volumeStr"`
	Amount          float64 `json:"amount"`
	RefID           int     `json:"refId"`
	RateClassID     string  `json:"rateClassId"`
}

// usage is what the line has used, some months ago.
func (l *subscription) usage(monthsAgo int) usageView {
	now := time.Now().In(zone)
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone).AddDate(0, -monthsAgo, 0).Format("2006_01")
	return usageView{
		ID: "usage-" + l.id + "-" + month, SubscriptionID: l.id, PhoneNumber: l.dashed(), YearMonth: month, ProviderGroup: "KPNMOBIEL",
		QuantityInBundleHomeVoice: -1, UsageHomeVoice: 218.25, QuantityInBundleHomeData: 12000, UsageHomeData: float64(monthsAgo) + 100.5,
		QuantityInBundleHomeSMS: -1,
		UsageDetails: []usageDetail{{
			InvoiceLineType: "7", InvoiceLineCode: "INT_NAT", Description: "Internet nationaal", SortOrder: 1033, Quantity: 1,
			Volume: 1024*monthsAgo + 102912, VolumeStr: strconv.Itoa(monthsAgo+100) + " MB", RefID: 24, RateClassID: "rate-1",
		}},
	}
}

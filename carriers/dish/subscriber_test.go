package dish

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
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
	subscription, resource := s.Find(SubscriptionQuery{ICCID: "89010000000000000017"})
	require.NotNil(t, subscription)
	assert.Equal(t, carriers.Text("89010000000000000000000000000017"), resource.EID)
	assert.Equal(t, carriers.Line{
		SubscriberID: "SUB-000042", Status: "Active", Number: "15550100123", ICCID: "89010000000000000017",
		IMSI: "999990000000017", BillCycleStartDay: 15,
	}, Line(s, subscription, resource))
	assert.Equal(t, carriers.Line{SubscriberID: "SUB-000042"}, Line(s, nil, nil))
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
		// bare has no resources, half only the number.
		bare = `{"subscriptionStatus":"Bare"}`
		half = `{"subscriptionStatus":"Half","resources":[{"gpsi":"15550100001"}]}`
	)
	first, second := SubscriptionQuery{GPSI: "15550100001"}, SubscriptionQuery{GPSI: "15550100002"}
	for _, test := range []struct {
		name          string
		subscriptions string
		query         SubscriptionQuery
		status, gpsi  string
	}{
		{"by number", a + "," + b, first, "A", "15550100001"},
		{"by number, not the first resource", a + "," + b, second, "B", "15550100002"},
		{"by ICCID", a + "," + b, SubscriptionQuery{ICCID: "8901000000000000002"}, "B", "15550100002"},
		{"by both", a + "," + c, SubscriptionQuery{GPSI: "15550100001", ICCID: "8901000000000000001"}, "A", "15550100001"},
		{"both, but of two lines", a + "," + b, SubscriptionQuery{GPSI: "15550100001", ICCID: "8901000000000000002"}, "", ""},
		{"the later of two", a + "," + c, first, "C", "15550100001"},
		{"the later of two, listed first", c + "," + a, first, "C", "15550100001"},
		{"a date beats none", d + "," + b, SubscriptionQuery{ICCID: "8901000000000000002"}, "B", "15550100002"},
		{"another's only line", a, second, "", ""},
		{"another's only line by ICCID", a, SubscriptionQuery{ICCID: "8901000000000000002"}, "", ""},
		{"other lines", a + "," + c, second, "", ""},
		{"a part of a number is not the number", a, SubscriptionQuery{GPSI: "1555010000"}, "", ""},
		{"the only one, silent", bare, first, "Bare", ""},
		{"the only one, silent about the ICCID", half, SubscriptionQuery{GPSI: "15550100001", ICCID: "8901000000000000001"}, "Half", "15550100001"},
		{"one of two, silent", bare + "," + a, second, "", ""},
		{"by subscriber, the only one", a, SubscriptionQuery{SubscriberID: "S"}, "A", "15550100001"},
		{"by subscriber, one resource of two", b, SubscriptionQuery{SubscriberID: "S"}, "B", ""},
		{"by subscriber, several", a + "," + b, SubscriptionQuery{SubscriberID: "S"}, "", ""},
		{"by subscriber, none", "", SubscriptionQuery{SubscriberID: "S"}, "", ""},
		{"another subscriber", a, SubscriptionQuery{SubscriberID: "T"}, "", ""},
		{"another subscriber's number", a, SubscriptionQuery{SubscriberID: "T", GPSI: "15550100001"}, "", ""},
		{"nothing asked", a, SubscriptionQuery{}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s Subscriber
			require.NoError(t, json.Unmarshal([]byte(`{"subscriberId":"S","subscriptions":[`+test.subscriptions+`]}`), &s))
			subscription, resource := s.Find(test.query)
			if test.status == "" {
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

func TestBillCycleDay(t *testing.T) {
	for raw, want := range map[string]int{
		`15`: 15, `"15"`: 15, `15.0`: 15, `1`: 1, `28`: 28, `31`: 31, `0`: 0, `32`: 0, `-1`: 0, `1.5`: 0, `1e300`: 0, `"NaN"`: 0, `"x"`: 0, `null`: 0,
	} {
		var s Subscription
		require.NoError(t, json.Unmarshal([]byte(`{"billCycleStartDay":`+raw+`}`), &s), raw)
		assert.Equal(t, want, Line(Subscriber{}, &s, nil).BillCycleStartDay, raw)
	}
}

package dish

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestAnswersAreReadHoweverTheyAreWritten(t *testing.T) {
	for name, body := range map[string]string{
		"as shown":               `{"subscriptions":[{"subscriptionStatus":"Active","resources":[{"iccid":"89010000000000000017"}]}]}`,
		"a byte order mark":      "\ufeff" + `{"subscriptions":[{"subscriptionStatus":"Active","resources":[{"iccid":"89010000000000000017"}]}]}`,
		"in a list of one":       `[{"subscriptions":[{"subscriptionStatus":"Active","resources":[{"iccid":89010000000000000017}]}]}]`,
		"lists of one as object": `{"subscriptions":{"subscriptionStatus":"Active","resources":{"iccid":89010000000000000017}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, _, _ := ask(t, 200, body)
			subscriber, err := client.Subscriber(t.Context(), "ref-1", brand, SubscriptionQuery{ICCID: "89010000000000000017"})
			require.NoError(t, err)
			found, its, clear := subscriber.Find(SubscriptionQuery{ICCID: "89010000000000000017"})
			require.True(t, clear)
			require.NotNil(t, found)
			require.NotNil(t, its)
		})
	}
	client, _, _ := ask(t, 200, `[{"status":"Success"}]`)
	status, err := client.TransactionStatus(t.Context(), "ref-1", brand, "ref-1")
	require.NoError(t, err)
	assert.Equal(t, carriers.Done, status.State)
}

func TestAnAnswerThatCannotBeReadIsNamedAsThat(t *testing.T) {
	for body, why := range map[string]string{
		`<html>15550100123</html>`:                   "not JSON (a web page)",
		`[{"status":"Success"},{"status":"Failed"}]`: "not a JSON object, but a list of 2",
		``: "not JSON (it is empty)",
	} {
		client, _, _ := ask(t, 200, body)
		_, err := client.TransactionStatus(t.Context(), "ref-1", brand, "15550100123")
		unreadable(t, err, "the answer of GET /transaction/status/{partnerTransactionId} is not readable: "+why)
	}
	client, _, _ := ask(t, 200, `{"subscriptions":[{"subscriptionStatus":15550100123}]}`)
	_, err := client.Subscriber(t.Context(), "ref-1", brand, SubscriptionQuery{GPSI: "15550100123"})
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

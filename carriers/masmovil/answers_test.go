package masmovil

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestAnswersAreReadHoweverTheyAreWritten(t *testing.T) {
	for name, body := range map[string]string{
		"as shown":          `{"id":70011223,"iccid":8934030000000000017}`,
		"a byte order mark": "\ufeff" + `{"id":70011223,"iccid":8934030000000000017}`,
		"in a list of one":  `[{"id":70011223,"iccid":8934030000000000017}]`,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := serve(t, answer(http.StatusOK, body)).subscription(t.Context(), "r-1", GetSubscription{Line: line})
			require.NoError(t, err)
			assert.Equal(t, "8934030000000000017", s.ICCID.String())
		})
	}
}

func TestAnAnswerThatCannotBeReadIsNamedAsThat(t *testing.T) {
	for body, why := range map[string]string{
		`<html>70011223</html>`:         "not JSON (a web page)",
		`{"id":70011223`:                "not JSON (it ends early)",
		`{"id":{"value":70011223}}`:     `field "id" is not a text`,
		`[{"id":70011223},{"id":"x"}]`:  "not a JSON object, but a list of 2",
		`{"id":70011223} {"id":"more"}`: "not JSON (something follows the first value)",
	} {
		_, err := serve(t, answer(http.StatusOK, body)).subscription(t.Context(), "r-1", GetSubscription{Line: line})
		var failure *carriers.Error
		require.ErrorAs(t, err, &failure, body)
		assert.Equal(t, carriers.Uncertain, failure.Class)
		assert.True(t, failure.Unreadable)
		assert.Equal(t, "the answer of GET /orgs/{orgId}/subscriptions/{subscriptionId} is not readable: "+why, failure.Message)
	}
}

func TestTheNewestRiskRequestHasTheHighestNumber(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"13", "12", true}, {"12", "13", false}, {"9", "12", false}, {"009", "12", false}, {"013", "12", true}, {"12", "12", false}} {
		assert.Equal(t, c.want, higher(carriers.Text(c.a), carriers.Text(c.b)), "%s %s", c.a, c.b)
	}
}

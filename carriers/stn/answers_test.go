package stn

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestAnswersAreReadHoweverTheyAreWritten(t *testing.T) {
	const record = `{"id":"A1","status":"DONE","activationType":"SETSERVICES"}`
	for name, body := range map[string]string{
		"as shown":                 `{"results":[` + record + `]}`,
		"a byte order mark":        "\ufeff[" + record + `]`,
		"a list of one as object":  `{"results":` + record + `}`,
		"bare, with blanks":        ` [` + record + `] `,
		"fields nobody documented": `{"results":[` + record + `],"more":{"x":[1]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, found, err := serve(t, answer(http.StatusOK, body)).activation(t.Context(), "WF-1", "A1")
			require.NoError(t, err)
			assert.True(t, found)
		})
	}
	ack, err := serve(t, answer(http.StatusCreated, `[`+record+`]`)).send(t.Context(), asked("WF-1", SetServices{PhoneNumber: "+31612345678", Services: map[string]any{"voiceMail": true}}, time.Time{}))
	require.NoError(t, err)
	assert.Equal(t, "A1", ack.TransactionID)
}

func TestAnAnswerThatCannotBeReadIsNamedAsThat(t *testing.T) {
	for body, why := range map[string]string{
		`<html>0612345678</html>`:              "not JSON (a web page)",
		`{"results":[{"status":0612345678}]}`:  "not JSON",
		`{"results":[{"status":612345678}]}`:   `field "results.status" is not a text`,
		`[{"status":["0612345678"]}]`:          `field "status" is not a text`,
		`{"results":{"message":"0612345678"}}`: `field "results" is not a list`,
		`{"results":null}`:                     "a list without results",
		`[] []`:                                "not JSON (something follows the first value)",
	} {
		_, _, err := serve(t, answer(http.StatusOK, body)).activation(t.Context(), "WF-1", "A1")
		var failure *carriers.Error
		require.ErrorAs(t, err, &failure, body)
		assert.Equal(t, carriers.Uncertain, failure.Class)
		assert.True(t, failure.Unreadable)
		assert.Equal(t, "the answer of GET /api/QueryActivation is not readable: "+why, failure.Message)
	}
}

func TestAListThatDoesNotAdvanceIsNamedAsUnreadable(t *testing.T) {
	client := serve(t, answer(http.StatusOK, `{"results":[{"id":"A9","status":"DONE","activationType":"SETSERVICES"}]}`))
	_, err := client.find(t.Context(), asked("WF-1", SetServices{PhoneNumber: "+31612345678"}, time.Now()))
	assert.ErrorContains(t, err, "the answer of GET /api/QueryActivation is not readable: the list does not advance with skip")
}

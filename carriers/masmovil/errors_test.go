package masmovil

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/carriers"
)

// What MásMóvil itself says of a 404 is an ErrorMessage, whole. All else comes from something in front of it.
func TestA404CountsInTheCarriersOwnWordsAlone(t *testing.T) {
	cfg := defaults(t)
	for body, want := range map[string]carriers.Class{
		`{"code":"0007","status":"NOT_FOUND","message":"no such line"}`:                                                               carriers.NotFound,
		`{"code":7,"status":"BAD_REQUEST","message":"no such line"}`:                                                                  carriers.NotFound,
		`{"code":"SUBSCRIPTION_NOT_FOUND"}`:                                                                                           carriers.NotFound,
		`{"code":"subscription_not_found","message":"no such line"}`:                                                                  carriers.NotFound,
		`{"code":5,"message":"Not Found","details":[]}`:                                                                               carriers.Misrouted,
		`{"code":404,"message":"HTTP 404 Not Found"}`:                                                                                 carriers.Misrouted,
		`{"timestamp":"2024-03-15T12:00:00.000+0000","status":404,"error":"Not Found","message":"No message available","path":"/v2"}`: carriers.Misrouted,
		`{"error":{"code":404,"message":"Not found.","status":"NOT_FOUND"}}`:                                                          carriers.Misrouted,
		`{"status":"NOT_FOUND","message":"no such line"}`:                                                                             carriers.Misrouted,
		`{"message":"no Route matched with those Values"}`:                                                                            carriers.Misrouted,
		`{"statusCode":404,"message":"Resource not found"}`:                                                                           carriers.Misrouted,
		`{"code":"0007","status":"","message":"no such line"}`:                                                                        carriers.Misrouted,
		`{"code":"0007","status":"NOT_FOUND"}`:                                                                                        carriers.Misrouted,
		`[{"code":"0007","status":"NOT_FOUND","message":"no such line"}]`:                                                             carriers.Misrouted,
		`{}`: carriers.Misrouted, `null`: carriers.Misrouted, ``: carriers.Misrouted,
		`default backend - 404`: carriers.Misrouted, `<html><title>404</title></html>`: carriers.Misrouted,
	} {
		class, _, _ := cfg.classify(404, []byte(body))
		assert.Equal(t, want, class, body)
	}
}

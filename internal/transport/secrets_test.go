package transport

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A credential that a carrier repeats is masked, in a refusal and in a success.
func TestARepeatedCredentialIsMasked(t *testing.T) {
	const key = "key-that-opens-the-door"
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusServiceUnavailable} {
		for _, sent := range []string{key, "Bearer " + key} {
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte("you sent " + r.Header.Get("X-Key") + ", that is " + key))
			})
			c, logs := client(t, base, StaticHeader{"X-Key", sent}, 0)
			answer, err := c.Do(t.Context(), exchange())
			if status == http.StatusOK {
				require.NoError(t, err)
				assert.Equal(t, "you sent …, that is …", string(answer.Body))
				continue
			}
			assert.NotContains(t, failed(t, err, logs).Error(), key)
		}
	}
	assert.Equal(t, "a 1 stays", string(withoutSecrets([]byte("a 1 stays"), map[string]string{"X-Key": "1"})), "too short to tell from chance")
}

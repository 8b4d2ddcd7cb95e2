package sandbox

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRetryAfterReadsBothForms(t *testing.T) {
	assert.Equal(t, 7*time.Second, askedToWait("7"))
	assert.Zero(t, askedToWait(""))
	assert.Zero(t, askedToWait("soon"))
	in := askedToWait(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
	assert.InDelta(t, time.Hour, in, float64(2*time.Second))
}

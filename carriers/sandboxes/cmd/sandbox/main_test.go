package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestItSaysWhatItServesAndStopsWhenTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, cli{Program: sandboxes.Program{Address: "127.0.0.1:0"}}, write) }()

	lines := bufio.NewScanner(read)
	for range 2 { // the heading and the first route
		require.True(t, lines.Scan())
	}
	base := regexp.MustCompile(`http://[0-9.:]+`).FindString(lines.Text())
	require.NotEmpty(t, base, lines.Text())
	go func() { _, _ = io.Copy(io.Discard, read) }()

	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(base + "/dish/subscription?gpsi=15550100123")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)

	stop()
	require.NoError(t, <-ended)
	require.NoError(t, write.Close())
	_, err = client.Get(base + "/_sandbox/health")
	assert.Error(t, err, "nothing listens any more")
}

func TestAnAddressThatCannotBeHadIsAnError(t *testing.T) {
	assert.Error(t, run(t.Context(), cli{Program: sandboxes.Program{Address: "127.0.0.1:99999"}}, io.Discard))
}

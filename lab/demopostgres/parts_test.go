package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The commands are those of the compose file, as the container gets them.
func TestTheJobOfTheComposeFile(t *testing.T) {
	j, err := readJob(composeFile, tablesJob)
	require.NoError(t, err)
	require.Equal(t, []string{"/bin/sh", "-euc"}, j.Entrypoint)
	require.Len(t, j.Command, 1)
	require.Contains(t, j.Command[0], `temporal-sql-tool --database "$1" create-database`)
	require.Equal(t, "postgres12", j.Environment["SQL_PLUGIN"])

	_, err = readJob(composeFile, "nothing")
	require.ErrorContains(t, err, "has no service nothing")
	file := filepath.Join(t.TempDir(), "compose.yml")
	require.NoError(t, os.WriteFile(file, []byte(`services: {job: {entrypoint: [sh], command: ["echo ${NAME}"]}}`), 0o600))
	_, err = readJob(file, "job")
	require.ErrorContains(t, err, "a variable of Compose")
}

// A callback reaches a receiver that is there, whoever's turn it is.
func TestTheBalancerPassesOverAReceiverThatIsGone(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	var got []string
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.URL.Path+" "+r.Header.Get("Webhook-Id")+" "+string(body))
		w.WriteHeader(http.StatusAccepted)
	}))
	defer there.Close()
	front := httptest.NewServer(balancer([]string{gone.Listener.Addr().String(), there.Listener.Addr().String()}))
	defer front.Close()
	for range 4 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL+"/callbacks/x", strings.NewReader("text"))
		require.NoError(t, err)
		request.Header.Set("Webhook-Id", "1")
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusAccepted, answer.StatusCode)
	}
	require.Equal(t, []string{"/callbacks/x 1 text", "/callbacks/x 1 text", "/callbacks/x 1 text", "/callbacks/x 1 text"}, got)

	there.Close()
	answer, err := http.Post(front.URL, "", nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusBadGateway, answer.StatusCode)
}

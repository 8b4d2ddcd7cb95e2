package service

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/workflows/encryption"
)

func TestAKeysetThatCannotBeUsedIsAFault(t *testing.T) {
	served := []string{"--stn-base-url=http://127.0.0.1:1", "--stn-api-key=k", "--line-key=secret"}
	err := parsed(t, append(served, "--encryption-keys=secret-nonsense")...).Check()
	require.ErrorContains(t, err, "CARRIERFLOW_ENCRYPTION_KEYS: this is no keyset")
	require.NotContains(t, err.Error(), "nonsense")
}

func TestTheCodecEndpointIsServed(t *testing.T) {
	err := ServeCodec(t.Context(), parsed(t, "--codec-address=0.0.0.0:0"), zap.NewNop())
	require.ErrorContains(t, err, "CARRIERFLOW_ENCRYPTION_KEYS must be set")
	require.ErrorContains(t, err, "CARRIERFLOW_CODEC_TOKEN must be set")

	keyset, err := encryption.NewKeyset()
	require.NoError(t, err)
	core, logs := observer.New(zap.InfoLevel)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- ServeCodec(ctx, parsed(t, "--codec-address=127.0.0.1:0", "--encryption-keys="+string(keyset)), zap.New(core))
	}()
	ready := awaitLog(t, logs, "codec endpoint is ready")
	alive, err := http.Get("http://" + ready["address"].(string) + "/healthz")
	require.NoError(t, err)
	require.NoError(t, alive.Body.Close())
	require.Equal(t, http.StatusOK, alive.StatusCode)
	http.DefaultClient.CloseIdleConnections()
	stop()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(patience):
		t.Fatal("it does not stop")
	}
}

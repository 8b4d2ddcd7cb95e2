package embedded

import (
	"context"
	"fmt"
	"net/http"
	"time"

	webui "github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// startUI serves the Temporal Web UI and returns when it answers.
func startUI(ctx context.Context, place place, options Options) (*webui.Server, error) {
	host := place.host.String()
	if place.host.Is6() {
		host = "[" + host + "]"
	}
	ui := webui.NewServer(server_options.WithConfigProvider(&config.Config{
		Host:                host,
		Port:                place.ui,
		TemporalGRPCAddress: place.address(),
		DefaultNamespace:    options.Namespace,
		EnableUI:            true,
		Codec:               config.Codec{Endpoint: options.CodecEndpoint},
		HideLogs:            true,
		DisableNewsFetch:    true,                              // a dev server makes no calls to the internet
		CORS:                config.CORS{CookieInsecure: true}, // plain HTTP
	}))
	ended := make(chan error, 1)
	go func() { ended <- ui.Start() }()
	if err := awaitUI(ctx, place.uiURL(), ended); err != nil {
		ui.Stop()
		return nil, fmt.Errorf("start the Temporal Web UI at %s: %w", place.uiURL(), err)
	}
	return ui, nil
}

func awaitUI(ctx context.Context, url string, ended <-chan error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", nil)
	if err != nil {
		return err
	}
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		if response, err := http.DefaultClient.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return fmt.Errorf("it ended at once: %v", err)
		case <-again.C:
		}
	}
}

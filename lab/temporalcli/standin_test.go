package temporalcli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.temporal.io/api/enums/v1"

	"github.com/carrierflow/carrierflow/lab/embedded"
)

// standInFor is set in the environment of this test program when it is to be the CLI.
const standInFor = "TEMPORALCLI_TEST_STAND_IN"

func TestMain(m *testing.M) {
	if os.Getenv(standInFor) == "" {
		os.Exit(m.Run())
	}
	if err := cli(); err != nil {
		fmt.Fprintln(os.Stderr, "stand-in:", err)
		os.Exit(1)
	}
}

// cli stands for the Temporal CLI: it takes the flags that its documentation has, and no others.
func cli() error {
	var flags struct {
		Server struct {
			StartDev struct {
				IP                 string            `default:"localhost"`
				Port               int               `default:"7233"`
				UIPort             int               `name:"ui-port"`
				Headless           bool              ``
				DBFilename         string            `name:"db-filename"`
				Namespace          []string          `sep:"none"`
				LogLevel           string            `enum:"debug,info,warn,error,never" default:"info"`
				SearchAttribute    map[string]string `mapsep:"none"`
				DynamicConfigValue map[string]string `mapsep:"none"`
			} `cmd:"start-dev"`
		} `cmd:""`
	}
	kong.Parse(&flags)
	f := flags.Server.StartDev
	options := embedded.Options{Host: f.IP, Port: f.Port, UIPort: f.UIPort, DB: f.DBFilename, Namespace: strings.Join(f.Namespace, ","), SearchAttributes: map[string]enums.IndexedValueType{}}
	if f.Headless {
		options.UIPort = 0
	}
	for name, kind := range f.SearchAttribute {
		value, err := enums.IndexedValueTypeFromString(kind)
		if err != nil {
			return err
		}
		options.SearchAttributes[name] = value
	}
	settings := map[string]any{}
	for key, text := range f.DynamicConfigValue {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		settings[key] = value
	}
	server, err := embedded.Start(context.Background(), options)
	if err != nil {
		return err
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt)
	if err := say("started", fmt.Sprint(settings)); err != nil {
		return err
	}
	<-asked
	if err := server.Stop(); err != nil {
		return err
	}
	return say("stopped")
}

// say adds a line to the file of the test.
func say(words ...string) error {
	file, err := os.OpenFile(os.Getenv("SAID"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = fmt.Fprintln(file, strings.Join(words, " "))
	return err
}

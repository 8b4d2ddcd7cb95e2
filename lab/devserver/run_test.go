package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/testing/freeport"
	"go.uber.org/zap"
)

func TestRunSaysWhereThingsAreAndStopsWhenTold(t *testing.T) {
	opts := options{
		Host: "127.0.0.1", Port: freeport.MustGetFreePort(), UIPort: freeport.MustGetFreePort(),
		Namespace: "default", LogLevel: zap.ErrorLevel, NoSandbox: true, NoWorker: true, Demo: noDemo,
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, opts, stdout)
		stdout.CloseWithError(errors.Join(io.EOF, err))
		ended <- err
	}()

	var lines []string
	for scanner := bufio.NewScanner(reader); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if scanner.Text() == "Ready. Ctrl-C stops." {
			cancel()
		}
	}
	require.NoError(t, <-ended)
	require.Equal(t, []string{
		"Temporal   127.0.0.1:" + strconv.Itoa(opts.Port) + " (namespace default)",
		"Web UI     http://127.0.0.1:" + strconv.Itoa(opts.UIPort),
		"Database   in memory, gone at the end; keep it with --db FILE",
		"Ready. Ctrl-C stops.",
		"Stopping.",
	}, lines)
}

func TestPartsStopInReverseAlthoughOneFails(t *testing.T) {
	var stopped []string
	var running parts
	for _, name := range []string{"first", "second", "third"} {
		running.add(name, func() error {
			stopped = append(stopped, name)
			if name == "second" {
				return errors.New("stuck")
			}
			return nil
		})
	}
	require.EqualError(t, running.stop(), "stop second: stuck")
	require.Equal(t, []string{"third", "second", "first"}, stopped)
}

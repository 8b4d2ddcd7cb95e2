package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/worker/service"
)

func TestLinesOfTheLogHaveISOTimes(t *testing.T) {
	stderr := os.Stderr
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	os.Stderr = file
	defer func() { os.Stderr = stderr }()
	for _, format := range []string{"json", "console"} {
		log, _, err := newLogger(service.Config{LogFormat: format, LogLevel: "info"})
		require.NoError(t, err)
		log.Info("a line")
	}
	written, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	const iso = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)`
	require.Regexp(t, `(?m)^`+iso+`\s+INFO`, string(written), "console")
	var line struct{ TS string }
	require.NoError(t, json.NewDecoder(bytes.NewReader(written)).Decode(&line))
	require.Regexp(t, regexp.MustCompile(`^`+iso+`$`), line.TS)
}

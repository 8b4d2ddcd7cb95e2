package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The alert rules are kept once, as a Prometheus reads them. The Prometheus operator of a cluster wants them as an object of its own,
// and kustomize reads no file outside of its folder: so that object is generated.
const (
	alertsFile = "docs/prometheus/alerts.yml"
	rulesFile  = "docs/kubernetes/components/prometheus/rules.yaml"
)

const rulesHead = `# Generated from ` + alertsFile + ` by "make generate"; do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: carrierflow
spec:
`

// alertRules is the object with the alert rules of the repository at root.
func alertRules(root string) ([]byte, error) {
	alerts, err := os.ReadFile(filepath.Join(root, alertsFile))
	if errors.Is(err, fs.ErrNotExist) {
		alerts, err = []byte("groups: []\n"), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the alert rules: %w", err)
	}
	var b strings.Builder
	b.WriteString(rulesHead)
	begun := false
	for line := range strings.Lines(string(alerts)) {
		// What stands above the first key is about the file.
		begun = begun || line != "\n" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "---")
		switch {
		case !begun:
		case line == "\n":
			b.WriteString(line)
		default:
			b.WriteString("  " + line)
		}
	}
	return []byte(b.String()), nil
}

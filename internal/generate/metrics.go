package main

import (
	"strings"

	"github.com/carrierflow/carrierflow/internal/worker/metrics"
)

// metricsTable is the table of the worker's own metrics.
func metricsTable() string {
	var rows [][]string
	for _, m := range metrics.Catalogue() {
		labels := make([]string, len(m.Labels))
		for i, label := range m.Labels {
			labels[i] = code(label)
		}
		rows = append(rows, []string{code(m.Name), string(m.Kind), strings.Join(labels, ", "), code(m.Over), m.Help})
	}
	return table([]string{"metric", "type", "labels", "over workers", "what it says"}, rows)
}

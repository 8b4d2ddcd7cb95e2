package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// document is the file of all figures: the latest run of each measure.
type document struct {
	Measures map[string]*measured `json:"measures"`
}

// measured is one measure as it was run.
type measured struct {
	Date    time.Time `json:"date"`
	Commit  string    `json:"commit"`
	Took    string    `json:"took"`
	Rounds  int       `json:"rounds"`
	Machine machine   `json:"machine"`
	// Notes say in a sentence each what the reader has to know about this run.
	Notes   []string `json:"notes,omitempty"`
	Figures []figure `json:"figures"`
}

// figure is one thing that was measured of one contestant, once for each round.
type figure struct {
	// Metric is what was measured, and Unit in what.
	Metric string `json:"metric"`
	Unit   string `json:"unit"`
	// Case are the circumstances, for example "50 in flight".
	Case       string    `json:"case,omitempty"`
	Contestant string    `json:"contestant"`
	Values     []float64 `json:"values"`
}

// add records one round of a figure. What could not be measured, NaN, is left out.
func (m *measured) add(metric, unit, circumstances, contestant string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	for i := range m.Figures {
		f := &m.Figures[i]
		if f.Metric == metric && f.Case == circumstances && f.Contestant == contestant {
			f.Values = append(f.Values, value)
			return
		}
	}
	m.Figures = append(m.Figures, figure{metric, unit, circumstances, contestant, []float64{value}})
}

func (m *measured) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(m.Notes, text) {
		m.Notes = append(m.Notes, text)
	}
}

// keep takes over what an earlier run measured under circumstances that this one did not have, for example with more in flight: such
// a run takes hours.
func (m *measured) keep(earlier *measured) {
	if earlier == nil {
		return
	}
	now := map[string]bool{}
	for _, f := range m.Figures {
		now[f.Case] = true
	}
	var kept []string
	for _, f := range earlier.Figures {
		if now[f.Case] || inFlightOf(f.Case) == 0 {
			continue
		}
		m.Figures = append(m.Figures, f)
		if about, _, _ := strings.Cut(f.Case, " in flight"); !slices.Contains(kept, about) {
			kept = append(kept, about)
		}
	}
	if len(kept) > 0 {
		m.note("With %s in flight: measured %s, at commit %s.", strings.Join(kept, " and "), earlier.Date.Format("2006-01-02"), earlier.Commit)
	}
}

// values are the rounds of a figure, nil if it was not measured.
func (m *measured) values(metric, circumstances, contestant string) []float64 {
	if m == nil {
		return nil
	}
	for _, f := range m.Figures {
		if f.Metric == metric && f.Case == circumstances && f.Contestant == contestant {
			return f.Values
		}
	}
	return nil
}

// value is the median of a figure; NaN if it was not measured.
func (m *measured) value(metric, circumstances, contestant string) float64 {
	return median(m.values(metric, circumstances, contestant))
}

// ratio is a figure divided by another contestant's, round by round.
func (m *measured) ratio(metric, circumstances, contestant, baseline string) spread {
	return spreadOf(ratios(m.values(metric, circumstances, contestant), m.values(metric, circumstances, baseline)))
}

// cases are the circumstances under which a metric was measured, in the order of the run.
func (m *measured) cases(metric string) (found []string) {
	if m == nil {
		return nil
	}
	for _, f := range m.Figures {
		if f.Metric == metric && !slices.Contains(found, f.Case) {
			found = append(found, f.Case)
		}
	}
	return found
}

// contestants are who was measured under some circumstances, in the order of the run.
func (m *measured) contestants(metric, circumstances string) (found []string) {
	if m == nil {
		return nil
	}
	for _, f := range m.Figures {
		if f.Metric == metric && f.Case == circumstances && !slices.Contains(found, f.Contestant) {
			found = append(found, f.Contestant)
		}
	}
	return found
}

// readDocument reads the figures of earlier runs. A file that does not exist has none.
func readDocument(file string) (*document, error) {
	d := &document{Measures: map[string]*measured{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err == nil {
		err = json.Unmarshal(text, d)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the figures of earlier runs: %w; remove %s to begin anew", err, file)
	}
	return d, nil
}

func (d *document) write(file string) error {
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

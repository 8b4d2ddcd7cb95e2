package main

import (
	"fmt"
	"math"
	"strings"
)

// number writes a figure with three digits that count, and with commas between thousands.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case v == math.Trunc(v) || a >= 100:
		return thousands(int64(math.Round(v)))
	case a >= 10:
		return trimmed(fmt.Sprintf("%.1f", v))
	case a >= 1:
		return trimmed(fmt.Sprintf("%.2f", v))
	default:
		return trimmed(fmt.Sprintf("%.3f", v))
	}
}

func trimmed(text string) string { return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") }

func thousands(n int64) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// ratioText writes a ratio with its spread.
func ratioText(s spread) string {
	switch {
	case math.IsNaN(s.Median):
		return "–"
	case s.Least == s.Most:
		return fmt.Sprintf("%.2f", s.Median)
	}
	return fmt.Sprintf("**%.2f** (%.2f–%.2f)", s.Median, s.Least, s.Most)
}

// spreadText writes a figure with its spread.
func spreadText(values []float64) string {
	s := spreadOf(values)
	if len(values) < 2 || s.Least == s.Most {
		return number(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.Median), number(s.Least), number(s.Most))
}

// table writes a table of Markdown. A row without any figure is left out.
func table(head []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---"
	}
	line(rule)
	kept := 0
	for _, row := range rows {
		if !onlyDashes(row[1:]) {
			line(row)
			kept++
		}
	}
	if kept == 0 {
		return "Not measured yet.\n"
	}
	return b.String()
}

func onlyDashes(cells []string) bool {
	for _, cell := range cells {
		if cell != "–" && cell != "" {
			return false
		}
	}
	return true
}

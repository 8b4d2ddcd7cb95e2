package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// Colours, as terminals understand them.
const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	bold   = "\x1b[1m"
	reset  = "\x1b[0m"
	// again goes back to the start of the line and clears it.
	again = "\r\x1b[K"
)

// printer writes what the commands have to say. Results go to the standard output; with JSON that is one document, and
// progress goes to the standard error.
type printer struct {
	out, progress io.Writer
	json          bool
	colours       bool
	// width is that of the terminal that progress goes to; 0 when it is none.
	width int
	zone  *time.Location
	self  self
	// unnamed tells that nobody knows the name of the operator who sits here.
	unnamed bool
}

func newPrinter(s surroundings, asJSON bool) printer {
	p := printer{out: s.stdout, progress: s.stdout, json: asJSON, zone: s.now().Location(), self: s.program, unnamed: s.operator("") == ""}
	if asJSON {
		p.progress = s.stderr
	}
	p.colours = !asJSON && s.get("NO_COLOR") == "" && widthOf(s.stdout) > 0
	p.width = widthOf(p.progress)
	return p
}

// widthOf is the width of a terminal, 0 for anything else.
func widthOf(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width == 0 {
		return 80
	}
	return width
}

// document writes a value as JSON.
func (p printer) document(value any) {
	encoder := json.NewEncoder(p.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fmt.Fprintln(p.progress, "starter: writing JSON:", err)
	}
}

// heading writes a state and what it is the state of.
func (p printer) heading(s state, id string) {
	fmt.Fprintf(p.out, "%s  %s\n", p.paint(colourOf(s)+bold, string(s)), id)
}

// row writes one line of a table of names and values; nothing when there is no value.
func (p printer) row(name, value string) {
	if value == "" {
		return
	}
	value = strings.ReplaceAll(strings.TrimSpace(value), "\n", "\n"+strings.Repeat(" ", 15))
	fmt.Fprintf(p.out, "  %-12s %s\n", name, value)
}

func (p printer) paint(colour, text string) string {
	if !p.colours || colour == "" {
		return text
	}
	return colour + text + reset
}

func colourOf(s state) string {
	switch s {
	case completed:
		return green
	case failed, canceled, terminated, timedOut:
		return red
	}
	return yellow
}

// at writes a point in time; "" for none.
func (p printer) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format("2006-01-02 15:04:05 MST")
}

// span writes how long something took or takes, in at most two units: "25s", "3m 5s", "2h", "3d 4h".
func span(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.size {
			continue
		}
		text := fmt.Sprintf("%d%s", d/u.size, u.name)
		if i+1 < len(units) {
			if rest := d % u.size / units[i+1].size; rest > 0 {
				text += fmt.Sprintf(" %d%s", rest, units[i+1].name)
			}
		}
		return text
	}
	return "0s"
}

// shortSpan is span without its smaller unit.
func shortSpan(d time.Duration) string {
	text, _, _ := strings.Cut(span(d), " ")
	return text
}

// ago writes a point in time with its distance from now.
func (p printer) ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.at(t) + " (" + span(now.Sub(t)) + " ago)"
}

// ahead writes a point in time with its distance from now.
func (p printer) ahead(t, now time.Time) string {
	return p.at(t) + in(t.Sub(now))
}

// in is " (in 20s)", and nothing for what is about to happen.
func in(d time.Duration) string {
	if text := span(d); text != "0s" {
		return " (in " + text + ")"
	}
	return ""
}

// cut shortens a text to a number of characters.
func cut(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(width-1, 0)]) + "…"
}

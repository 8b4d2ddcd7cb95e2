// Package terminal writes what the commands have to say: as text for people, with colours where a terminal takes them, or as
// JSON.
package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// Width is the width that texts are broken to fit in.
const Width = 100

// Colours, as terminals understand them.
const (
	Red    = "\x1b[31m"
	Green  = "\x1b[32m"
	Yellow = "\x1b[33m"
	Bold   = "\x1b[1m"
	reset  = "\x1b[0m"
)

// Printer writes results to Out, with JSON as one document, and progress to Progress.
type Printer struct {
	Out, Progress io.Writer
	JSON, Colours bool
	// Zone is the one that times are shown in.
	Zone *time.Location
}

// New makes a printer. With JSON, progress goes to stderr.
func New(stdout, stderr io.Writer, asJSON, colours bool, zone *time.Location) Printer {
	p := Printer{Out: stdout, Progress: stdout, JSON: asJSON, Colours: !asJSON && colours && widthOf(stdout) > 0, Zone: zone}
	if asJSON {
		p.Progress = stderr
	}
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

// Document writes a value as JSON.
func (p Printer) Document(value any) {
	encoder := json.NewEncoder(p.Out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fmt.Fprintln(p.Progress, "starter: writing JSON:", err)
	}
}

// Row writes a name and its value; nothing when there is no value.
func (p Printer) Row(name, value string) {
	if value != "" {
		fmt.Fprintf(p.Out, "  %-12s %s\n", name, strings.ReplaceAll(strings.TrimSpace(value), "\n", "\n"+strings.Repeat(" ", 15)))
	}
}

// Table writes rows in columns. Nothing is cut.
func (p Printer) Table(rows [][]string) {
	var all bytes.Buffer
	columns := tabwriter.NewWriter(&all, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(columns, strings.Join(row, "\t"))
	}
	_ = columns.Flush() // into memory
	for line := range strings.Lines(all.String()) {
		fmt.Fprintln(p.Out, strings.TrimRight(line, " \n"))
	}
}

// Paint colours a text, where colours are wanted.
func (p Printer) Paint(colour, text string) string {
	if !p.Colours || colour == "" {
		return text
	}
	return colour + text + reset
}

// Wrapped breaks a text between words so that its lines fit; a longer word has a line of its own.
func Wrapped(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// At writes a point in time; "" for none.
func (p Printer) At(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.Zone).Format("2006-01-02 15:04:05 MST")
}

// Ago writes a point in time with its distance from now; "" for none.
func (p Printer) Ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.At(t) + " (" + Span(now.Sub(t)) + " ago)"
}

// Ahead writes a point in time with its distance from now; "" for none.
func (p Printer) Ahead(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.At(t) + In(t.Sub(now))
}

// In is " (in 20s)", and nothing for what is about to happen.
func In(d time.Duration) string {
	if text := Span(d); text != "0s" {
		return " (in " + text + ")"
	}
	return ""
}

// Span writes how long something took or takes, in at most two units: "25s", "3m 5s", "2h", "3d 4h".
func Span(d time.Duration) string {
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

// ShortSpan is [Span] without its smaller unit.
func ShortSpan(d time.Duration) string {
	text, _, _ := strings.Cut(Span(d), " ")
	return text
}

// again goes back to the start of the line and clears it.
const again = "\r\x1b[K"

// Line tells how far something is. On a terminal it is written over as long as only the time of the next call changes;
// elsewhere every change is a line of its own.
type Line struct {
	printer Printer
	width   int
	state   string
	next    time.Time
	open    bool
}

// NewLine makes a line for progress.
func (p Printer) NewLine() *Line { return &Line{printer: p, width: widthOf(p.Progress)} }

// Show writes a state, and the call that comes next, if there is news. It reports whether there was. call is "" and next zero
// when no call is announced.
func (l *Line) Show(state, call string, next, now time.Time) bool {
	sameState := state == l.state
	if sameState && (next.IsZero() || next.Equal(l.next)) {
		return false
	}
	l.state, l.next = state, next
	text := now.In(l.printer.Zone).Format("15:04:05") + "  " + strings.TrimRight(state, " ") + call
	switch {
	case l.width == 0:
		fmt.Fprintln(l.printer.Progress, text)
	case sameState:
		fmt.Fprint(l.printer.Progress, again+cut(text, l.width-1))
	default:
		l.End()
		fmt.Fprint(l.printer.Progress, cut(text, l.width-1))
		l.open = true
	}
	return true
}

// End ends a line that was left open.
func (l *Line) End() {
	if l.open {
		fmt.Fprintln(l.printer.Progress)
		l.open = false
	}
}

// cut shortens a text to a number of characters.
func cut(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(width-1, 0)]) + "…"
}

// Capitalised is a text that begins with a capital letter.
func Capitalised(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Program is how this program was called, so that a command that it prints runs where it is printed: "bin/starter".
type Program string

// Command writes a command line of this program for a shell.
func (p Program) Command(words ...string) string {
	line := quoted(string(p))
	for _, word := range words {
		line += " " + quoted(word)
	}
	return line
}

// Beside is another program in the folder of this one.
func (p Program) Beside(program string) Program {
	folder, _ := filepath.Split(string(p))
	return Program(folder + program)
}

var needsNoQuotes = regexp.MustCompile(`^[\w.,:=/@%+-]+$`)

// NeedsNoQuotes reports whether a word has no characters that mean something in a shell or in a query.
func NeedsNoQuotes(word string) bool { return needsNoQuotes.MatchString(word) }

// quoted is a word as a shell reads it.
func quoted(word string) string {
	if NeedsNoQuotes(word) {
		return word
	}
	if flag, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(flag, "--") && NeedsNoQuotes(flag) {
		return flag + "=" + quoted(value)
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

package settings

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Print writes settings as a table, with their faults below. The value comes last, because some are long.
func Print(w io.Writer, all []Setting, faults []error) error {
	var b strings.Builder
	name, from := len("SETTING"), len("FROM")
	for _, s := range all {
		name, from = max(name, len(s.Name)), max(from, utf8.RuneCountInString(s.From))
	}
	row := func(cells ...string) { fmt.Fprintf(&b, "%-*s  %-*s  %s\n", name, cells[0], from, cells[1], cells[2]) }
	row("SETTING", "FROM", "VALUE")
	group := ""
	for _, s := range all {
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n%s\n", group)
		}
		row(s.Name, s.From, cmp.Or(oneLine(s.Value), `""`))
	}
	if err := Incomplete(faults); err != nil {
		fmt.Fprintf(&b, "\n%s\n", err)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// oneLine keeps a value from breaking the table.
func oneLine(value string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(value)
}

// PrintJSON writes the same as an object with the lists "settings" and "faults".
func PrintJSON(w io.Writer, all []Setting, faults []error) error {
	printed := struct {
		Settings []Setting `json:"settings"`
		Faults   []string  `json:"faults"`
	}{all, []string{}}
	for _, fault := range faults {
		printed.Faults = append(printed.Faults, strings.Split(fault.Error(), "\n")...)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(printed)
}

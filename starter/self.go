package main

import (
	"regexp"
	"strings"
)

// self is how this program was called, so that a command that it prints runs where it is printed: "bin/starter".
type self string

// command writes a command line of this program for a shell.
func (s self) command(words ...string) string {
	line := quoted(string(s))
	for _, word := range words {
		line += " " + quoted(word)
	}
	return line
}

// harmless has no characters that mean something in a shell.
var harmless = regexp.MustCompile(`^[\w.,:=/@%+-]+$`)

// quoted is a word as a shell reads it.
func quoted(word string) string {
	if harmless.MatchString(word) {
		return word
	}
	if flag, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(flag, "--") && harmless.MatchString(flag) {
		return flag + "=" + quoted(value)
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// anyReason stands in printed commands for what the operator has to write.
const anyReason = "--reason=ticket NUMBER"

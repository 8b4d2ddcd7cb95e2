package carriers

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

const (
	// longestText bounds a carrier's text, in characters.
	longestText = 300
	mask        = "…"
)

// personal matches what looks like a number, an ICCID, an e-mail address or a token.
var personal = regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.-]+` + // e-mail
	`|\+?[0-9](?:[\p{Z}.\-‐‑–/()]{0,3}[0-9]){6,}` + // seven or more digits, however grouped
	`|(?:(?i:bearer|basic)\s+)+\S+` + // credentials
	`|eyJ[\w-]+(?:\.[\w-]*)+`) // JWT

// Redact makes a carrier's text safe for logs, failure messages and metrics. It masks the given values, then everything
// that looks like a phone number, an identifier of a SIM or device, an e-mail address or a token. Control characters become
// spaces, and long texts are cut. Redacting twice changes nothing.
func Redact(text string, values ...string) string {
	// The longest first: a value may be part of another one, whose other part would remain.
	for _, v := range slices.SortedFunc(slices.Values(values), func(a, b string) int { return len(b) - len(a) }) {
		if len(v) >= 3 {
			text = strings.ReplaceAll(text, v, mask)
		}
	}
	// Before the search, because a number may be broken across lines.
	if strings.ContainsFunc(text, isControl) {
		text = strings.Join(strings.FieldsFunc(text, isControl), " ")
	}
	if mayBePersonal(text) {
		text = personal.ReplaceAllString(text, mask)
	}
	if runes := []rune(text); len(runes) > longestText {
		text = strings.TrimSpace(string(runes[:longestText])) + mask
	}
	return text
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// mayBePersonal reports whether a text without control characters has what every match of personal has at least one of: the @ of
// an address, a digit, the blank before credentials, or the beginning of a JWT. Most texts of carriers are one word, and have none.
func mayBePersonal(text string) bool {
	return strings.ContainsAny(text, "@0123456789 ") || strings.Contains(text, "eyJ")
}

// Leaves lists every string and number in a JSON object. In an object with undocumented fields, each of them may be
// personal.
func Leaves(o Object) []string {
	if len(o) == 0 {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(o)))
	dec.UseNumber()
	var root any
	if dec.Decode(&root) != nil {
		return nil
	}
	var leaves []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		case string:
			leaves = append(leaves, v)
		case json.Number:
			leaves = append(leaves, v.String())
		}
	}
	walk(root)
	return leaves
}

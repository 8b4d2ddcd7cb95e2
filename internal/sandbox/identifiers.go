package sandbox

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// lastTwo returns the number in the last two characters, if they are digits.
func lastTwo(id string) (int, bool) {
	if len(id) < 2 || !isDigit(id[len(id)-2]) || !isDigit(id[len(id)-1]) {
		return 0, false
	}
	return int(id[len(id)-2]-'0')*10 + int(id[len(id)-1]-'0'), true
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// Tail returns the n digits that stand for an identifier in the other identifiers of its line: its own last digits,
// filled up on the left from its hash. So all identifiers of a made-up line end alike and choose the same scenario; one
// that does not end in two digits chooses none.
func Tail(id string, n int) string {
	own := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, id)
	if _, ok := lastTwo(id); !ok {
		own = hashed(id, n-2) + "00"
	}
	if len(own) < n {
		own = hashed(id, n-len(own)) + own
	}
	return own[len(own)-n:]
}

// hashed returns n digits that are always the same for a text; n is 18 at most.
func hashed(text string, n int) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	digits := fmt.Sprintf("%020d", h.Sum64())
	return digits[len(digits)-n:]
}

// Unused returns prefix and digits, or other digits with the same last two when that identifier is taken.
func Unused(taken func(string) bool, prefix, digits string) string {
	id := prefix + digits
	for n := 1; taken(id); n++ {
		last := len(digits) - 2
		id = prefix + hashed(fmt.Sprint(digits, n), last) + digits[last:]
	}
	return id
}

package carriers_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/carriers"
)

// A word whose meaning is not configured is neither success nor failure; case and blanks around it do not matter.
func TestUnknownWordsAreUnknown(t *testing.T) {
	words := carriers.Vocabulary{
		{State: carriers.Done, Words: []string{"Success", " done "}},
		{State: carriers.Failed, Words: []string{"Failed", "ERROR", "D"}},
		{State: carriers.Pending, Words: []string{"InProgress", "R"}},
	}
	meaning := map[string]carriers.State{
		"success": carriers.Done, "done": carriers.Done, "failed": carriers.Failed, "error": carriers.Failed, "d": carriers.Failed,
		"inprogress": carriers.Pending, "r": carriers.Pending,
	}
	folded := func(word string) string { return strings.ToLower(strings.TrimSpace(word)) }
	rapid.Check(t, func(t *rapid.T) {
		word := nearly(meaning).Draw(t, "word")
		want, known := meaning[folded(word)]
		if !known {
			want = carriers.Unknown
		}
		if got := words.StateOf(word); got != want {
			t.Fatalf("%q is %s, want %s", word, got, want)
		}
	})
}

// nearly draws known words, words that look like them, and any other.
func nearly(known map[string]carriers.State) *rapid.Generator[string] {
	var all []string
	for word := range known {
		all = append(all, word)
	}
	slices.Sort(all)
	return rapid.Custom(func(t *rapid.T) string {
		word := rapid.SampledFrom(all).Draw(t, "known")
		return rapid.SampledFrom([]func() string{
			func() string { return word },
			func() string { return strings.ToUpper(word) },
			func() string { return strings.ToLower(word) },
			func() string { return " " + word + "\n" },
			func() string { return word[:len(word)-1] },
			func() string { return word + rapid.String().Draw(t, "more") },
			func() string {
				return rapid.SampledFrom([]string{"un", "not ", "UN", "partial"}).Draw(t, "before") + word
			},
			func() string { return rapid.String().Draw(t, "any") },
			func() string { return rapid.StringMatching(`[A-Z]{1,12}`).Draw(t, "upper") },
		}).Draw(t, "shape")()
	})
}

func TestIdentifiersSurviveDigitByDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[0-9]{1,40}`).Draw(t, "digits")
		forms := []string{`"` + digits + `"`}
		if digits[0] != '0' || len(digits) == 1 {
			forms = append(forms, digits)
		}
		for _, form := range forms {
			var text carriers.Text
			if err := json.Unmarshal([]byte(form), &text); err != nil || text.String() != digits {
				t.Fatalf("%s became %q, %v", form, text, err)
			}
			written, err := json.Marshal(text)
			if err != nil || string(written) != `"`+digits+`"` {
				t.Fatalf("%s was written as %s, %v", form, written, err)
			}
			var o carriers.Object
			if err := json.Unmarshal([]byte(`{"a":[{"b":`+form+`}]}`), &o); err != nil {
				t.Fatal(err)
			}
			written, err = json.Marshal(o)
			if err != nil || string(written) != `{"a":[{"b":`+form+`}]}` {
				t.Fatalf("%s was written as %s, %v", form, written, err)
			}
			if leaves := carriers.Leaves(o); !slices.Equal(leaves, []string{digits}) {
				t.Fatalf("%s has the leaves %q", form, leaves)
			}
		}
	})
}

// number draws a phone number, ICCID, EID or IMEI as people and machines write them, with its last digits.
func number() *rapid.Generator[[2]string] {
	return rapid.Custom(func(t *rapid.T) [2]string {
		digits := rapid.StringMatching(`[0-9]{9,32}`).Draw(t, "digits")
		between := rapid.SampledFrom([]string{"", " ", "-", ".", "/", " - ", "\u00a0", "\u202f", "\n"}).Draw(t, "between")
		size := rapid.IntRange(1, 4).Draw(t, "group")
		var groups []string
		for group := range slices.Chunk([]byte(digits), size) {
			groups = append(groups, string(group))
		}
		written := rapid.SampledFrom([]string{"", "+", "00"}).Draw(t, "prefix") + strings.Join(groups, between)
		return [2]string{written, groups[len(groups)-2] + between + groups[len(groups)-1]}
	})
}

func TestRedactMasksWhatIsPlanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := number().Draw(t, "number")
		email := rapid.StringMatching(`[a-z0-9._+-]{0,8}[a-z]@[a-z-]{1,10}\.[a-z]{2,6}`).Draw(t, "e-mail")
		token := rapid.StringMatching(`[A-Za-z0-9._~+/-]{8,40}=?`).Draw(t, "token")
		jwt := rapid.StringMatching(`eyJ[A-Za-z0-9_-]{5,20}\.[A-Za-z0-9_-]{5,20}\.[A-Za-z0-9_-]{5,20}`).Draw(t, "JWT")
		name := rapid.StringMatching(`Q[a-z]{3,10} X[a-z]{3,10}`).Draw(t, "name")
		filler := rapid.SampledFrom([]string{"sorry", "(", ": ", "=\"", "\t", "é", ""})
		text := fmt.Sprintf("%s%s%s, %s%s; Bearer %s, %s%s. %s!", filler.Draw(t, "a"), line[0], filler.Draw(t, "b"), filler.Draw(t, "c"), email,
			token, filler.Draw(t, "d"), jwt, name)
		got := carriers.Redact(text, name)
		for _, planted := range []string{line[0], line[1], email, token, jwt, name} {
			if strings.Contains(got, planted) && len(planted) > 4 {
				t.Fatalf("%q is left of %q: %q", planted, text, got)
			}
		}
		for _, ordinary := range []string{"plan", "HTTP 404"} {
			if got := carriers.Redact(ordinary, name); got != ordinary {
				t.Fatalf("%q became %q", ordinary, got)
			}
		}
	})
}

func TestRedactTwiceChangesNothing(t *testing.T) {
	piece := rapid.OneOf(
		rapid.String(), rapid.StringMatching(`[0-9 .+-]{1,12}`), rapid.StringMatching(`[a-z.@-]{1,12}`), rapid.StringMatching(`\s{1,4}`), rapid.StringMatching(`x{100,200} {0,3}`),
		rapid.SampledFrom([]string{"bearer ", "Basic", "eyJ", "…", "\n", "@", "+"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), "")
		once := carriers.Redact(text)
		if twice := carriers.Redact(once); twice != once {
			t.Fatalf("%q became %q, then %q", text, once, twice)
		}
		if len([]rune(once)) > 301 {
			t.Fatalf("%d characters are left", len([]rune(once)))
		}
	})
}

func TestShortReferenceIsStable(t *testing.T) {
	const longest = 15 // the limit of one carrier
	rapid.Check(t, func(t *rapid.T) {
		ref := rapid.StringMatching(`[A-Za-z0-9._-]{1,36}`).Draw(t, "reference")
		short := carriers.ShortReference(ref, longest)
		switch {
		case short != carriers.ShortReference(ref, longest):
			t.Fatalf("%q has two short forms", ref)
		case len(short) > longest, !carriers.ValidReference(short):
			t.Fatalf("%q became %q", ref, short)
		case len(ref) <= longest && short != ref:
			t.Fatalf("%q fits and became %q", ref, short)
		}
	})
}

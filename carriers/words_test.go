package carriers_test

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// codes are the default lists.
func codes(t *testing.T) (c carriers.Codes) {
	t.Helper()
	require.NoError(t, kong.ApplyDefaults(&c))
	return c
}

func TestWordsAreComparedWithoutCaseAndBlanks(t *testing.T) {
	for _, row := range []struct {
		words []string
		word  string
		want  bool
	}{
		{[]string{"DONE", "ERROR"}, "DONE", true},
		{[]string{"DONE", "ERROR"}, "error", true},
		{[]string{"Done"}, " dONE\n", true},
		{[]string{" done "}, "DONE", true},
		{[]string{"D"}, "d", true},
		{[]string{"0"}, "0", true},
		{[]string{"0"}, "00", false},
		{[]string{"DONE"}, "DONE!", false},
		{[]string{"DONE"}, "UNDONE", false},
		{[]string{"IN PROGRESS"}, "INPROGRESS", false},
		{[]string{""}, "", false},
		{[]string{" ", "DONE"}, "  ", false},
		{nil, "DONE", false},
		{nil, "", false},
	} {
		assert.Equal(t, row.want, carriers.Among(row.words, row.word), "%q among %q", row.word, row.words)
	}
}

func TestAVocabularySaysWhatAWordMeans(t *testing.T) {
	words := carriers.Vocabulary{
		{State: carriers.Pending, Setting: "X_PENDING", Words: []string{"INIT", "BUSY"}},
		{State: carriers.Done, Setting: "X_DONE", Words: []string{"DONE", " "}},
		{State: carriers.Failed, Setting: "X_FAILED", Words: []string{"ERROR"}},
	}
	for word, want := range map[string]carriers.State{
		"INIT": carriers.Pending, "busy": carriers.Pending, " Done\n": carriers.Done, "error": carriers.Failed,
		"": carriers.Unknown, " ": carriers.Unknown, "UNDONE": carriers.Unknown, "DONE!": carriers.Unknown, "null": carriers.Unknown,
	} {
		assert.Equal(t, want, words.StateOf(word), "%q", word)
		assert.Equal(t, carriers.Unknown, carriers.Vocabulary(nil).StateOf(word), "%q without words", word)
	}
	assert.EqualError(t, words.Faults(), "a word is empty: set X_DONE")
	words[1].Words = []string{"DONE", "init"}
	assert.EqualError(t, words.Faults(), `the word "INIT" has two meanings: set X_PENDING or X_DONE`)
	assert.Equal(t, carriers.Pending, words.StateOf("init"), "the first meaning, until the setting is corrected")
	words[1].Words = []string{"DONE"}
	assert.NoError(t, words.Faults())
}

func TestFaultsOfWordsNameTheSettings(t *testing.T) {
	list := func(setting string, words ...string) carriers.WordList {
		return carriers.WordList{Setting: setting, Words: words}
	}
	for name, tc := range map[string]struct {
		lists []carriers.WordList
		want  []string
	}{
		"none":                     {nil, nil},
		"empty lists":              {[]carriers.WordList{list("X_A"), list("X_B")}, nil},
		"words of their own":       {[]carriers.WordList{list("X_A", "a", "b"), list("X_B", "c"), list("X_C", "d")}, nil},
		"an empty word":            {[]carriers.WordList{list("X_A", "a", "")}, []string{"a word is empty: set X_A"}},
		"a blank word":             {[]carriers.WordList{list("X_A", " ")}, []string{"a word is empty: set X_A"}},
		"empty words in two lists": {[]carriers.WordList{list("X_A", ""), list("X_B", "")}, []string{"a word is empty: set X_A", "a word is empty: set X_B"}},
		"two meanings":             {[]carriers.WordList{list("X_A", "a"), list("X_B", "a")}, []string{`the word "a" has two meanings: set X_A or X_B`}},
		"two meanings by case":     {[]carriers.WordList{list("X_A", "a"), list("X_B", "b"), list("X_C", " A ")}, []string{`the word "a" has two meanings: set X_A or X_C`}},
		"twice in one list":        {[]carriers.WordList{list("X_A", "a", "A")}, []string{`the word "A" is listed twice: set X_A`}},
		"every fault at once": {
			[]carriers.WordList{list("X_A", "a", ""), list("X_B", "A", "b"), list("X_C", "B")},
			[]string{"a word is empty: set X_A", `the word "a" has two meanings: set X_A or X_B`, `the word "b" has two meanings: set X_B or X_C`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := carriers.FaultsOfWords(tc.lists...)
			if tc.want == nil {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.ElementsMatch(t, tc.want, strings.Split(err.Error(), "\n"))
		})
	}
}

func TestFaultsOfCodes(t *testing.T) {
	require.NoError(t, codes(t).Faults("X_"), "the defaults have none; NOT_FOUND is a refusal in a 2xx and the carrier's own word in a 404")
	require.NoError(t, carriers.Codes{}.Faults("X_"))
	for want, c := range map[string]carriers.Codes{
		`the word "ok" has two meanings: set X_SUCCESS_CODES or X_REFUSAL_CODES`:     {Success: []string{"ok"}, Refusal: []string{"OK"}},
		`the word "ok" has two meanings: set X_SUCCESS_CODES or X_DUPLICATE_CODES`:   {Success: []string{"ok"}, Duplicate: []string{"OK"}},
		`the word "dup" has two meanings: set X_REFUSAL_CODES or X_DUPLICATE_CODES`:  {Refusal: []string{"dup"}, Duplicate: []string{"DUP"}},
		`the word "gone" has two meanings: set X_SUCCESS_CODES or X_UNKNOWN_CODES`:   {Success: []string{"gone"}, Unknown: []string{"GONE"}},
		`the word "gone" has two meanings: set X_DUPLICATE_CODES or X_UNKNOWN_CODES`: {Duplicate: []string{"gone"}, Unknown: []string{"GONE"}},
		`a word is empty: set X_SUCCESS_CODES`:                                       {Success: []string{""}},
		`a word is empty: set X_REFUSAL_CODES`:                                       {Refusal: []string{""}},
		`a word is empty: set X_DUPLICATE_CODES`:                                     {Duplicate: []string{""}},
		`a word is empty: set X_UNKNOWN_CODES`:                                       {Unknown: []string{""}},
		`the word "TWICE" is listed twice: set X_UNKNOWN_CODES`:                      {Unknown: []string{"twice", "TWICE"}},
	} {
		err := c.Faults("X_")
		if assert.Error(t, err, want) {
			assert.Equal(t, want, err.Error(), "each fault once")
		}
	}
}

// A 2xx is a refusal only with a documented or configured code, and after an unknown code the request is looked up.
func TestABodyDoesNotOutrankASuccess(t *testing.T) {
	c := codes(t)
	for _, row := range []struct {
		failed bool
		code   string
		want   carriers.Class
	}{
		{false, "", ""},
		{false, "E1", ""},  // a code beside an answer is not an error
		{false, "400", ""}, // with any value
		{true, "0", ""},    // {"code":0,"message":"OK"}
		{true, "200", ""},  // {"code":200}
		{true, "OK", ""},   // {"code":"OK"}
		{true, " ok ", ""}, //
		{true, "Success", ""},
		{true, "NULL", ""},
		{true, "BAD_REQUEST", carriers.Rejected},
		{true, "bad_request", carriers.Rejected},
		{true, "400", carriers.Rejected},
		{true, "BadRequest", carriers.Rejected},    // as sTN shows it
		{true, "MaximumLength", carriers.Rejected}, // as sTN shows it
		{true, "DUPLICATE_TRANSACTION", carriers.Conflict},
		{true, "duplicate_transaction", carriers.Conflict},
		{true, "409", carriers.Conflict},
		{true, "E1", carriers.Conflict},
		{true, "17", carriers.Conflict},
		{true, "", carriers.Conflict}, // an error without a code
	} {
		for _, status := range []int{200, 201, 202, 204} {
			assert.Equal(t, row.want, c.ClassOfAnswer(status, row.failed, row.code), "%d, failed: %t, code %q", status, row.failed, row.code)
		}
	}
	assert.Equal(t, carriers.Conflict, carriers.Codes{}.ClassOfAnswer(200, true, "BAD_REQUEST"), "a word that nobody has configured")
	assert.Equal(t, carriers.Rejected, carriers.Codes{Refusal: []string{"E1"}}.ClassOfAnswer(200, true, "e1"), "a word that somebody has")
}

// A success code does not turn an error status into a success.
func TestASuccessWordDoesNotOutrankARefusal(t *testing.T) {
	c := codes(t)
	for status, want := range map[int]carriers.Class{
		400: carriers.Rejected, 405: carriers.Rejected, 422: carriers.Rejected, 401: carriers.Unauthorized, 403: carriers.Unauthorized,
		404: carriers.Misrouted, 408: carriers.Uncertain, 409: carriers.Conflict, 429: carriers.Throttled, 500: carriers.Uncertain, 503: carriers.Uncertain,
	} {
		for _, code := range []string{"", "0", "OK", "200", "E1", "BAD_REQUEST"} {
			for _, failed := range []bool{false, true} {
				assert.Equal(t, want, c.ClassOfAnswer(status, failed, code), "%d, code %q", status, code)
			}
		}
	}
}

// A refusal with a code that means "the carrier has it already", for example when a gateway repeats a POST, is looked up.
func TestADuplicateIsLookedUpWhateverTheStatus(t *testing.T) {
	c := codes(t)
	for _, code := range c.Duplicate {
		for _, spelled := range []string{code, strings.ToLower(code), " " + code + " "} {
			for _, status := range []int{200, 202, 400, 401, 403, 404, 405, 408, 409, 422} {
				assert.Equal(t, carriers.Conflict, c.ClassOfAnswer(status, true, spelled), "%d, code %q", status, spelled)
			}
			assert.Equal(t, carriers.Throttled, c.ClassOfAnswer(429, true, spelled), "to stay away comes first")
			assert.Equal(t, carriers.Uncertain, c.ClassOfAnswer(500, true, spelled), "nobody knows what a 5xx has done")
		}
	}
	assert.Equal(t, carriers.Rejected, carriers.Codes{}.ClassOfAnswer(400, true, "DUPLICATE_TRANSACTION"), "a word that nobody has configured")
}

// Only a 404 with one of the carrier's own codes proves that something does not exist.
func TestA404CountsInTheCarriersOwnWords(t *testing.T) {
	c := codes(t)
	for code, want := range map[string]carriers.Class{
		"NOT_FOUND": carriers.NotFound, "not_found": carriers.NotFound, " NotFound ": carriers.NotFound, "TRANSACTION_NOT_FOUND": carriers.NotFound,
		"SUBSCRIPTION_NOT_FOUND": carriers.NotFound, "UNKNOWN_TRANSACTION": carriers.NotFound, "UNKNOWN_SUBSCRIPTION": carriers.NotFound,
		"": carriers.Misrouted, "404": carriers.Misrouted, "5": carriers.Misrouted, "E4": carriers.Misrouted, "UNKNOWN": carriers.Misrouted,
		"NOT FOUND": carriers.Misrouted, "0": carriers.Misrouted, "BAD_REQUEST": carriers.Misrouted,
	} {
		for _, failed := range []bool{false, true} {
			assert.Equal(t, want, c.ClassOfAnswer(404, failed, code), "code %q", code)
		}
	}
	assert.Equal(t, carriers.Misrouted, carriers.Codes{}.ClassOfAnswer(404, true, "NOT_FOUND"), "a word that nobody has configured")
	assert.Equal(t, carriers.NotFound, carriers.Codes{Unknown: []string{"E4"}}.ClassOfAnswer(404, true, "e4"), "a word that somebody has")
}

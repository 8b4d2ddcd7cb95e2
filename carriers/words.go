package carriers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Among reports whether a carrier's word is in a list. Case and blanks around it do not matter: "done" and "DONE" are the
// same at every carrier. An empty word is in no list.
func Among(words []string, word string) bool {
	word = strings.TrimSpace(word)
	return word != "" && slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(strings.TrimSpace(w), word) })
}

// WordList is a list of words with one meaning, and the setting it comes from.
type WordList struct {
	// State is what the words mean.
	State   State
	Setting string
	Words   []string
}

// Vocabulary says what a carrier's words mean, for example its statuses.
type Vocabulary []WordList

// StateOf returns the meaning of a word. A word in none of the lists, or an empty one, is Unknown.
func (v Vocabulary) StateOf(word string) State {
	for _, list := range v {
		if Among(list.Words, word) {
			return list.State
		}
	}
	return Unknown
}

// Faults names every word that is empty or has two meanings, with the settings to correct.
func (v Vocabulary) Faults() error { return FaultsOfWords(v...) }

// FaultsOfWords names every word that is empty or in two lists, with the settings to correct.
func FaultsOfWords(lists ...WordList) error {
	var faults []error
	for i, list := range lists {
		faults = append(faults, list.faults()...)
		for _, other := range lists[i+1:] {
			faults = append(faults, list.sharedWith(other)...)
		}
	}
	return errors.Join(faults...)
}

func (l WordList) faults() (faults []error) {
	for i, word := range l.Words {
		if strings.TrimSpace(word) == "" {
			faults = append(faults, fmt.Errorf("a word is empty: set %s", l.Setting))
		}
		if Among(l.Words[:i], word) {
			faults = append(faults, fmt.Errorf("the word %q is listed twice: set %s", word, l.Setting))
		}
	}
	return faults
}

func (l WordList) sharedWith(other WordList) (faults []error) {
	for _, word := range l.Words {
		if Among(other.Words, word) {
			faults = append(faults, fmt.Errorf("the word %q has two meanings: set %s or %s", word, l.Setting, other.Setting))
		}
	}
	return faults
}

// Codes say what a code in the body of an answer means for the request. No carrier documents all its codes, so the defaults
// are ours, with those that a carrier's page shows. Case and blanks around a code do not matter.
type Codes struct {
	Success   []string `name:"success-codes" env:"SUCCESS_CODES" default:"0,00,000,0000,200,201,202,OK,SUCCESS,NONE,NULL" help:"Codes in a 2xx that mean: no error (default ours)."`
	Refusal   []string `name:"refusal-codes" env:"REFUSAL_CODES" default:"400,401,403,404,405,422,BAD_REQUEST,BADREQUEST,INVALID_REQUEST,VALIDATION_ERROR,VALIDATIONEXCEPTION,UNAUTHORIZED,FORBIDDEN,NOT_FOUND,NOTFOUND,METHOD_NOT_ALLOWED,UNPROCESSABLE_ENTITY,MAXIMUMLENGTH,SERIALIZATIONEXCEPTION" help:"Codes in a 2xx that mean: refused (default ours). A code in none of the lists is looked up before it is believed."`
	Duplicate []string `name:"duplicate-codes" env:"DUPLICATE_CODES" default:"409,CONFLICT,DUPLICATE,DUPLICATE_TRANSACTION,DUPLICATE_REQUEST,DUPLICATE_REFERENCE,ALREADY_EXISTS,ALREADY_PROCESSED,ALREADY_SUBMITTED" help:"Codes that mean: the carrier has this request already (default ours)."`
	Unknown   []string `name:"unknown-codes" env:"UNKNOWN_CODES" default:"NOT_FOUND,NOTFOUND,TRANSACTION_NOT_FOUND,SUBSCRIPTION_NOT_FOUND,UNKNOWN_TRANSACTION,UNKNOWN_SUBSCRIPTION" help:"Codes in a 404 that mean: the carrier itself does not know what was asked for (default ours). Any other 404 may come from something in front of the carrier, and proves nothing."`
}

// Faults names every code with two meanings that exclude each other; envPrefix is the carrier's, its short name and
// an underscore. A code may be in both Refusal and Unknown, because one applies to a 2xx and the other to a 404.
func (c Codes) Faults(envPrefix string) error {
	success, refusal := WordList{Setting: envPrefix + "SUCCESS_CODES", Words: c.Success}, WordList{Setting: envPrefix + "REFUSAL_CODES", Words: c.Refusal}
	duplicate, unknown := WordList{Setting: envPrefix + "DUPLICATE_CODES", Words: c.Duplicate}, WordList{Setting: envPrefix + "UNKNOWN_CODES", Words: c.Unknown}
	faults := append(unknown.faults(), success.sharedWith(unknown)...)
	return errors.Join(append(faults, FaultsOfWords(success, refusal, duplicate), errors.Join(duplicate.sharedWith(unknown)...))...)
}

// ClassOfAnswer is the class of an answer, by the rules that all carriers share. The HTTP status decides, and a code in the
// body changes the class only where a list says so:
//
//   - A 2xx without an error code, or with one that means success, contains no error. A 2xx with a code that means refusal
//     is Rejected. Any other error in a 2xx is a Conflict: a look-up has to show whether the request was recorded.
//   - A refusal with a code that means "the carrier has it already" is a Conflict.
//   - A 404 is NotFound only when its code says that the carrier itself does not know the object; else it is Misrouted.
//
// failed tells that the body contains an error in the carrier's own shape, also one without a code.
func (c Codes) ClassOfAnswer(status int, failed bool, code string) Class {
	switch {
	case status >= 200 && status < 300:
		switch {
		case !failed, Among(c.Success, code):
			return ""
		case Among(c.Duplicate, code):
			return Conflict
		case Among(c.Refusal, code):
			return Rejected
		}
		return Conflict
	case status >= 400 && status < 500 && status != 429 && Among(c.Duplicate, code):
		return Conflict
	case status == 404 && !Among(c.Unknown, code):
		return Misrouted
	}
	return ClassOfStatus(status)
}

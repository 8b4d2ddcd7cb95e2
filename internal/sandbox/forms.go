package sandbox

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// otherICCID spells an ICCID: 19 digits with the filler F of the card's own memory, with or without the check digit of
// ITU-T E.118, which is the last of 20, or in groups.
func otherICCID(id string, random *rand.Rand) string {
	forms := []string{inGroups(id), id + " "}
	if !allDigits(id) {
		return id
	}
	switch len(id) {
	case 19:
		forms = append(forms, id+"F", id+"f")
		if !checked(id) {
			forms = append(forms, id+checkDigit(id))
		}
	case 20:
		if checked(id) {
			forms = append(forms, id[:19], id[:19]+"F")
		}
	}
	return forms[random.IntN(len(forms))]
}

func inGroups(digits string) string {
	var groups []string
	for group := range slices.Chunk([]byte(digits), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

// checked reports whether the last digit is the check digit of those before it.
func checked(digits string) bool {
	return len(digits) > 1 && checkDigit(digits[:len(digits)-1]) == digits[len(digits)-1:]
}

// checkDigit is Luhn's for these digits.
func checkDigit(digits string) string {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return string(rune('0' + (10-sum%10)%10))
}

// otherGPSI spells a GPSI: as dialled from abroad, or with the prefix of 3GPP TS 29.571.
func otherGPSI(gpsi string, random *rand.Rand) string {
	if !allDigits(gpsi) {
		return gpsi
	}
	return []string{"+", "00", "msisdn-"}[random.IntN(3)] + gpsi
}

// otherNumber spells a national number: without its dash, or in groups.
func otherNumber(number string, random *rand.Rand) string {
	plain := withoutDash(number)
	return []string{plain, plain + " ", strings.ReplaceAll(number, "-", " ")}[random.IntN(3)]
}

// otherReference spells a reference as systems do that pad their columns or fold their case. It is a near match then: no
// client can know whether it is its own.
func otherReference(reference string, random *rand.Rand) string {
	if reference == "" {
		return reference
	}
	return another(reference, random, reference+" ", " "+reference, strings.ToUpper(reference), strings.ToLower(reference))
}

func padded(text string, random *rand.Rand) string {
	return []string{text + " ", " " + text}[random.IntN(2)]
}

// otherCase writes a word in another case.
func otherCase(word string, random *rand.Rand) string {
	return another(word, random, strings.ToLower(word), strings.ToUpper(word), title(word))
}

// another returns one of the forms that is not the text itself, if there is one.
func another(text string, random *rand.Rand, forms ...string) string {
	forms = slices.DeleteFunc(forms, func(form string) bool { return form == text })
	if len(forms) == 0 {
		return text
	}
	return forms[random.IntN(len(forms))]
}

func title(word string) string {
	if word == "" {
		return word
	}
	return strings.ToUpper(word[:1]) + strings.ToLower(word[1:])
}

// dateForms are other ways to write a moment: the second is without a zone, which the reader has to know.
var dateForms = []string{
	"2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05 UTC", "2006-01-02T15:04:05.000000Z07:00", "2006-01-02T15:04:05.0Z07:00",
}

// otherTime spells a moment. A day without a time stays as it is.
func otherTime(text string, random *rand.Rand) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	form := dateForms[random.IntN(len(dateForms))]
	if strings.HasSuffix(form, " UTC") {
		at = at.UTC()
	}
	return at.Format(form)
}

// withoutDash drops the dash that some carriers write into a phone number.
func withoutDash(number string) string { return strings.ReplaceAll(number, "-", "") }

func allDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

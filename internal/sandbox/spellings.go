package sandbox

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// each visits every field of a body, always in the same order, and replaces its value by what the visitor returns. What is
// inside a service or a fee has names of its own and is left alone.
func (l *letter) each(visit func(name string, value any) any) { walk(l.body, visit) }

func walk(node any, visit func(string, any) any) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			walk(item, visit)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(node)) {
			if name == "services" || name == "info" || name == "fees" {
				continue
			}
			walk(node[name], visit) // first: a visitor may replace a list by its only item
			node[name] = visit(name, node[name])
		}
	}
}

// spelling writes a text in another way that means the same.
type spelling func(text string, dice *rand.Rand) string

// spellings are the fields that other implementations are known to spell otherwise. The same name stands for the same
// thing at all carriers, except for "id".
var spellings = map[string]spelling{
	"iccid": otherCard, "simCardNumber": otherCard,
	"gpsi": otherGPSI, "phoneNumber": otherNumber, "referenceNumber": otherReference,
	"status": otherCase, "subscriptionStatus": otherCase, "productStatus": otherCase, "state": otherCase, "risk_decision": otherCase,
	"startDate": otherDate, "createdAt": otherDate, "modifiedAt": otherDate, "eventTime": otherDate,
	"start_date": otherDate, "sell_date": otherDate, "activated_date": otherDate, "date": otherDate,
}

// spelledOtherwise spells what a good answer says in other ways.
func spelledOtherwise(l *letter, dice *rand.Rand) {
	if !good(l.status) {
		return
	}
	l.each(func(name string, value any) any {
		text, isText := value.(string)
		spell := spellings[name]
		if name == "id" && l.carrier == carriers.STN {
			spell = padded
		}
		if number, isNumber := value.(json.Number); isNumber && name == "iccid" {
			text, isText = number.String(), true // MásMóvil's samples show both
		}
		if !isText || spell == nil {
			return value
		}
		return spell(text, dice)
	})
}

// otherCard spells an ICCID: 19 digits with the filler F of the card's own memory, with or without the check digit of
// ITU-T E.118, which is the last of 20, or in groups.
func otherCard(id string, dice *rand.Rand) string {
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
	return forms[dice.IntN(len(forms))]
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
func otherGPSI(gpsi string, dice *rand.Rand) string {
	if !allDigits(gpsi) {
		return gpsi
	}
	return []string{"+", "00", "msisdn-"}[dice.IntN(3)] + gpsi
}

// otherNumber spells a national number: without its dash, or in groups.
func otherNumber(number string, dice *rand.Rand) string {
	plain := plainNumber(number)
	return []string{plain, plain + " ", strings.ReplaceAll(number, "-", " ")}[dice.IntN(3)]
}

// otherReference spells a reference as systems do that pad their columns or fold their case. It is a near match then: no
// client can know whether it is its own.
func otherReference(reference string, dice *rand.Rand) string {
	if reference == "" {
		return reference
	}
	return another(reference, dice, reference+" ", " "+reference, strings.ToUpper(reference), strings.ToLower(reference))
}

func padded(text string, dice *rand.Rand) string {
	return []string{text + " ", " " + text}[dice.IntN(2)]
}

// otherCase writes a word in another case.
func otherCase(word string, dice *rand.Rand) string {
	return another(word, dice, strings.ToLower(word), strings.ToUpper(word), title(word))
}

// another returns one of the forms that is not the text itself, if there is one.
func another(text string, dice *rand.Rand, forms ...string) string {
	forms = slices.DeleteFunc(forms, func(form string) bool { return form == text })
	if len(forms) == 0 {
		return text
	}
	return forms[dice.IntN(len(forms))]
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

// otherDate spells a moment. A day without a time stays as it is.
func otherDate(text string, dice *rand.Rand) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	form := dateForms[dice.IntN(len(dateForms))]
	if strings.HasSuffix(form, " UTC") {
		at = at.UTC()
	}
	return at.Format(form)
}

// digitTexts are the texts that look like numbers to an implementation that does not declare its columns; numbers are the
// numbers that come as text from one that does.
var (
	digitTexts = map[string]bool{"iccid": true, "simCardNumber": true, "gpsi": true, "phoneNumber": true, "referenceNumber": true, "subscriptionId": true}
	numbers    = map[string]bool{
		"billCycleStartDay": true, "offset": true, "total": true, "id": true, "sell_id": true, "subscription_id": true,
		"subscription_terminal_id": true, "identification_nr": true, "imsi": true, "iccid": true,
	}
)

// numbersForText turns digits into numbers, and numbers into text or into numbers with a fraction of zero.
func numbersForText(l *letter, dice *rand.Rand) {
	if !good(l.status) {
		return
	}
	l.each(func(name string, value any) any {
		switch value := value.(type) {
		case string:
			digits := value
			if name == "phoneNumber" {
				digits = plainNumber(value)
			}
			if !digitTexts[name] || !allDigits(digits) {
				return value
			}
			return json.Number(first(strings.TrimLeft(digits, "0"), "0"))
		case json.Number:
			if !numbers[name] || !allDigits(value.String()) {
				return value
			}
			return []any{value.String(), json.Number(value.String() + ".0")}[dice.IntN(2)]
		}
		return value
	})
}

func allDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

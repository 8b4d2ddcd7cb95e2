package identifiers

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The ICCIDs are made up. 8931440400000000016 follows ITU-T E.118: its last digit is the check digit of the others.
func TestCompareICCID(t *testing.T) {
	const card, without, twenty = "8931440400000000016", "893144040000000001", "89314404000000000167"
	compared(t, CompareICCID, []comparison{
		{"the same digits", card, card, Equal},
		{"grouped with blanks", card, "8931 4404 0000 0000 016", Equal},
		{"grouped with dashes", card, "8931-4404-0000-0000-016", Equal},
		{"no-break space and long dash", card, "8931\u00a04404–0000\u202f0000 016", Equal},
		{"blanks around", card, "\t8931440400000000016 ", Equal},
		{"filler of the card's file", card, "8931440400000000016F", Equal},
		{"filler in lower case", card, "8931440400000000016f", Equal},
		{"filler behind a blank", card, "8931 4404 0000 0000 016 F", Equal},
		{"without the check digit", card, without, Equal},
		{"without the check digit, with fillers", card, without + "FF", Equal},
		{"19 digits without the check digit of 20", card, twenty, Equal},
		{"a number with a fraction", card, card + ".0", Equal},
		{"a number with an exponent", card, "8.931440400000000016e18", Equal},
		{"20 digits without a valid check digit", "89010000000000000017", "8901 0000 0000 0000 0017", Equal},
		{"the digit more is no check digit", card, card + "9", Near},
		{"two digits less", twenty, without, Near},
		{"a number that lost its last digits", card, "8931440400000000000", Near},
		{"a spreadsheet's 15 digits", "89314404000000012345", "89314404000000000000", Near},
		{"another card", card, "8931440400000000025", Different},
		{"another last digit", card, "8931440400000000018", Different},
		{"20 digits, neighbours", "89010000000000000017", "89010000000000000025", Different},
		{"other cards of other lengths", card, "89010000000000000017", Different},
		{"empty", card, "", Incomparable},
		{"both empty", "", " ", Incomparable},
		{"masked with #", card, "893144040000000####", Incomparable},
		{"masked with *", card, "***************0017", Incomparable},
		{"masked with x", card, "xxxxxxxxxxxxxxx0017", Incomparable},
		{"masked alike", "893144040000000####", "893144040000000####", Incomparable},
		{"too short", card, "89314404", Incomparable},
		{"too long", card, card + "00", Incomparable},
		{"no digits", card, "unknown", Incomparable},
		{"a filler inside", card, "89314404F0000000017", Incomparable},
	})
}

func TestICCID(t *testing.T) {
	for in, want := range map[string]string{
		"8931440400000000016": "8931440400000000016", " 8931 4404 0000 0000 016F": "8931440400000000016",
		"89010000000000000017": "89010000000000000017", "1101-0000-0000-0000-0017": "11010000000000000017",
	} {
		got, ok := ICCID(in)
		assert.True(t, ok, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "F", "893144040000000001", "8931440400000000016FF", "89314404000000000161F", "893144040000000001#", "89010000000000000017 or another"} {
		_, ok := ICCID(in)
		assert.False(t, ok, in)
	}
	digits, ok := ParseICCID("8931 4404 0000 0000 01")
	assert.True(t, ok, "without its check digit it can be compared, but not sent")
	assert.Equal(t, "893144040000000001", digits)
}

func TestCheckDigit(t *testing.T) {
	// ITU-T E.118 and ISO/IEC 7812-1; the first is the usual sample of the Luhn formula.
	for digits, want := range map[string]byte{"7992739871": '3', "893144040000000001": '6', "0": '0', "": '0', "18": '2'} {
		assert.Equal(t, string(want), string(CheckDigit(digits)), digits)
	}
}

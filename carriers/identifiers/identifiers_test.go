package identifiers

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// comparison is one row: two identifiers and the result of their comparison, in either order.
type comparison struct {
	rule, a, b string
	want       Match
}

func compared(t *testing.T, compare func(a, b string) Match, rows []comparison) {
	t.Helper()
	for _, row := range rows {
		assert.Equal(t, row.want, compare(row.a, row.b), "%s: %q, %q", row.rule, row.a, row.b)
		assert.Equal(t, row.want, compare(row.b, row.a), "%s: %q, %q", row.rule, row.b, row.a)
	}
}

func TestCompareReference(t *testing.T) {
	compared(t, CompareReference, []comparison{
		{"identical", "order-17", "order-17", Equal},
		{"identical digits", "000123456789012", "000123456789012", Equal},
		{"another one", "order-17", "order-18", Different},
		{"the beginning of another", "order-1", "order-17", Different},
		{"zeros inside", "order-007", "order-7", Different},
		{"leading zeros", "000123456789012", "123456789012", Near},
		{"case", "Order-17", "ORDER-17", Near},
		{"blanks around", "order-17", " order-17 ", Near},
		{"a blank inside", "order-17", "order -17", Near},
		{"invisible blank", "order-17", "\ufefforder-17", Near},
		{"a fraction", "123456789012345", "123456789012345.0", Near},
		{"an exponent", "123450000000000", "1.2345e+14", Near},
		{"an exponent in upper case", "123450000000000", "1.2345E14", Near},
		{"leading zeros and an exponent", "000123456789012", "1.23456789012e+11", Near},
		{"more digits than a number holds", "12345678901234567890", "12345678901234567000", Near},
		{"and with an exponent", "12345678901234567890", "1.2345678901234567e+19", Near},
		{"a spreadsheet's 15 digits", "12345678901234567890", "1.23456789012346E+19", Near},
		{"cut off after 15 digits", "12345678901234567890", "12345678901234500000", Near},
		{"neighbours of many digits", "12345678901234567891", "12345678901234567892", Different},
		{"only zeros", "0", "000", Near},
		{"empty", "order-17", "", Incomparable},
		{"blank", "order-17", " \t", Incomparable},
		{"both empty", "", "", Incomparable},
		{"masked", "order-17", "order-##", Incomparable},
		{"masked alike", "***17", "***17", Incomparable},
	})
}

func TestCompareID(t *testing.T) {
	compared(t, CompareID, []comparison{
		{"identical", "55001", "55001", Equal},
		{"a fraction of zero", "55001", "55001.0", Equal},
		{"an exponent", "55001", "5.5001e4", Equal},
		{"blanks around", "55001", " 55001\n", Equal},
		{"beyond 2^53", "90071992547409931234", "90071992547409931234", Equal},
		{"text", "p4Rz", "p4Rz", Equal},
		{"another number", "55001", "55002", Different},
		{"not whole", "55001", "55001.5", Different},
		{"beyond 2^53, another", "9007199254740993", "9007199254740991", Different},
		{"beyond 2^53, what a number makes of it", "9007199254740993", "9007199254740992", Near},
		{"beyond 2^53, rounded", "90071992547409931234", "90071992547409940000", Near},
		{"leading zeros", "55001", "055001", Near},
		{"case", "p4Rz", "P4RZ", Near},
		{"empty", "55001", "", Incomparable},
		{"masked", "55001", "#####", Incomparable},
	})
}

func TestWhole(t *testing.T) {
	for in, want := range map[string]string{
		"55001": "55001", "55001.0": "55001", "55001.000": "55001", "5.5001e4": "55001", "5.5001E+4": "55001", "550010e-1": "55001",
		"8.934030000000000017e18": "8934030000000000017", "89010000000000000017": "89010000000000000017", "00123": "00123",
		"007.0": "7", "0": "0", "0.0": "0", "-0.0": "0", "0e5": "0", "0e999": "0", "-5.0": "-5", "-5": "-5", "1e3": "1000", "1e63": "1" + zeros(63),
	} {
		got, ok := Whole(in)
		assert.True(t, ok, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "1.5", "-1.50", "0.5", "5e-1", "5.5001e3", "1e64", "1e999", "1e1000", "1e400000000", "abc", "1.", ".5", "+5", " 5", "0x10", "1_000", "NaN", "१"} {
		_, ok := Whole(in)
		assert.False(t, ok, in)
	}
}

func zeros(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = '0'
	}
	return string(text)
}

func TestTrim(t *testing.T) {
	for in, want := range map[string]string{" abc ": "abc", "\ufeffa b\u00a0": "a b", "\t\n": "", "a": "a", "\u200b7\u2060": "7"} {
		assert.Equal(t, want, Trim(in), "%q", in)
	}
}

func TestOnlyTwoAnswersDecide(t *testing.T) {
	assert.True(t, Equal.Sure())
	assert.True(t, Different.Sure())
	assert.False(t, Near.Sure())
	assert.False(t, Incomparable.Sure())
}

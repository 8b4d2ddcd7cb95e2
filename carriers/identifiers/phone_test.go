package identifiers

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestComparePhone(t *testing.T) {
	for _, country := range []struct {
		code string
		rows []comparison
	}{
		{Netherlands, []comparison{
			{"E.164", "+31612345678", "+31 6 1234 5678", Equal},
			{"00 for +", "+31612345678", "0031612345678", Equal},
			{"no prefix", "+31612345678", "31612345678", Equal},
			{"national", "+31612345678", "0612345678", Equal},
			{"national as sTN writes it", "+31612345678", "06-12345678", Equal},
			{"dots and parentheses", "+31612345678", "(06) 12.34.56.78", Equal},
			{"dots alone", "0612345678", "06.12345670", Different},
			{"national zero behind the country code", "+31612345678", "+31(0)612345678", Equal},
			{"and without a plus sign", "+31612345678", "31 (0)6-12345678", Equal},
			{"TS 29.571", "+31612345678", "msisdn-31612345678", Equal},
			{"RFC 3966", "+31612345678", "tel:+31-6-12345678", Equal},
			{"a data-only line", "+3197012345678", "097012345678", Equal},
			{"a short number", "0800-1234", "08001234", Equal},
			{"lost its zero", "0612345678", "612345678", Near},
			{"lost its zero, a number with an exponent", "0612345678", "6.12345678e8", Near},
			{"lost its zero, a number with a fraction", "0612345678", "612345678.0", Near},
			{"lost its zero, international", "+31612345678", "612345678", Near},
			{"lost its zero, looks like the country code", "0318123456", "318123456", Near},
			{"lost its zero, a data-only line", "097012345678", "97012345678", Near},
			{"lost its zero, looks like a national zero behind the country code", "0310100000000", "310100000000", Near},
			{"lost its zero, twice", "612345678", "612345678", Equal},
			{"lost its zero, another number", "0612345678", "612345679", Different},
			{"another number", "0612345678", "0612345679", Different},
			{"another country", "+31612345678", "+32612345678", Different},
			{"masked as on sTN's page", "0612345678", "06-#####678", Incomparable},
			{"masked with *", "0612345678", "06*****678", Incomparable},
			{"masked with x", "0612345678", "06-xxxxx678", Incomparable},
			{"masked alike", "06-#####678", "06-#####678", Incomparable},
			{"empty", "0612345678", "", Incomparable},
			{"both empty", "", "", Incomparable},
			{"no number", "0612345678", "unknown", Incomparable},
			{"another kind of GPSI", "0612345678", "extid-0612345678@example.com", Incomparable},
			{"zeros", "0612345678", "0000000000", Incomparable},
			{"too long", "0612345678", "+31612345678901234", Incomparable},
		}},
		{NorthAmerica, []comparison{
			{"DISH's form", "15550100123", "+1 (555) 010-0123", Equal},
			{"TS 29.571", "15550100123", "msisdn-15550100123", Equal},
			{"upper case", "15550100123", "MSISDN-15550100123", Equal},
			{"00 for +", "15550100123", "0015550100123", Equal},
			{"national: ten digits", "15550100123", "5550100123", Equal},
			{"national with dots", "15550100123", "555.010.0123", Equal},
			{"a number with a fraction", "15550100123", "15550100123.0", Equal},
			{"another country without a prefix", "+31612345678", "31612345678", Equal},
			{"marked is never national", "15550100123", "+5550100123", Different},
			{"the last seven digits", "15550100123", "0100123", Near},
			{"another number", "15550100123", "15550100124", Different},
		}},
		{Spain, []comparison{
			{"national: nine digits", "+34600111222", "600 111 222", Equal},
			{"no prefix", "+34600111222", "34600111222", Equal},
			{"00 for +", "+34600111222", "0034 600 11 12 22", Equal},
			{"a machine's", "+345900000000001", "5900000000001", Equal},
			{"another number", "600111222", "600111223", Different},
			{"with a zero that Spain does not use", "600111222", "0600111222", Near},
		}},
		{"", []comparison{
			{"E.164", "+31612345678", "0031612345678", Equal},
			{"alike", "0612345678", "06 12345678", Equal},
			{"a country that is not known", "+31612345678", "0612345678", Near},
			{"no prefix, a country that is not known", "+31612345678", "31612345678", Near},
			{"another number", "+31612345678", "0612345679", Different},
		}},
	} {
		t.Run("country code "+country.code, func(t *testing.T) {
			compared(t, func(a, b string) Match { return ComparePhone(a, b, country.code) }, country.rows)
		})
	}
}

func TestPhone(t *testing.T) {
	for _, row := range []struct{ in, country, international, national string }{
		{"06-12345678", Netherlands, "31612345678", "0612345678"},
		{"+31 (0)6 12345678", Netherlands, "31612345678", "0612345678"},
		{"31612345678", Netherlands, "31612345678", "0612345678"},
		{"+3197012345678", Netherlands, "3197012345678", "097012345678"},
		{"+4915112345678", Netherlands, "4915112345678", ""},
		{"0800-1234", Netherlands, "", ""},
		{"612345678", Netherlands, "", ""},
		{"97012345678", Netherlands, "", ""},
		{"06-#####678", Netherlands, "", ""},
		{"", Netherlands, "", ""},
		{"(555) 010-0123", NorthAmerica, "15550100123", "5550100123"},
		{"+1 555 010 0123", NorthAmerica, "15550100123", "5550100123"},
		{"msisdn-15550100123", NorthAmerica, "15550100123", "5550100123"},
		{"31612345678", NorthAmerica, "31612345678", ""},
		{"5550100", NorthAmerica, "", ""},
		{"msisdn-0612345678", NorthAmerica, "", ""},
		{"600 111 222", Spain, "34600111222", "600111222"},
		{"+31612345678", "", "31612345678", ""},
		{"31612345678", "", "", ""},
		{"+1234", "", "", ""},
		{"+1234567890123456", "", "", ""},
	} {
		digits, ok := Phone(row.in, row.country)
		assert.Equal(t, row.international != "", ok, "%s in %s", row.in, row.country)
		if ok {
			assert.Equal(t, row.international, digits, "%s in %s", row.in, row.country)
		}
		national, ok := NationalPhone(row.in, row.country)
		assert.Equal(t, row.national != "", ok, "%s in %s", row.in, row.country)
		assert.Equal(t, row.national, national, "%s in %s", row.in, row.country)
	}
}

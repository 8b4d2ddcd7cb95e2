package stn

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNational(t *testing.T) {
	for number, want := range map[string]string{
		"0612345678": "0612345678", "06-12345678": "0612345678", "06 1234 5678": "0612345678",
		"+31612345678": "0612345678", "0031612345678": "0612345678", "31612345678": "0612345678",
		"+31 (0)6-12345678": "0612345678", "+31 6 12345678": "0612345678",
		"+3197012345678": "097012345678", "0970-12345678": "097012345678", // data-only lines are longer
		"0311234567": "0311234567", "06-######969": "06-######969", "+4915112345678": "+4915112345678", "31": "31", "": "",
	} {
		assert.Equal(t, want, national(number), number)
	}
	for number, want := range map[string]bool{"06-12345678": true, "06-######969": false, "06-12345***": false, "": false} {
		assert.Equal(t, want, usable(number), number)
	}
}

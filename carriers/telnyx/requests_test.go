package telnyx

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestACardIsNamedByItsUUID(t *testing.T) {
	form := regexp.MustCompile(uuidPattern)
	for id, fine := range map[string]bool{
		ourCard: true, strings.ToUpper(ourCard): true, "": false, "8931000000000000017": false, "{" + ourCard + "}": false, ourCard + "/actions": false,
		strings.ReplaceAll(ourCard, "-", ""): false, "../" + ourCard: false,
	} {
		assert.Equal(t, fine, form.MatchString(id), id)
	}
	for _, o := range Adapter().Operations {
		schema := jsonschema.Reflect(o.NewRequest())
		text, err := json.Marshal(schema)
		require.NoError(t, err)
		assert.Contains(t, string(text), `[0-9a-fA-F]{12}$`, "%s has the form in its schema", o.Info().Type)
	}
}

func TestLineForm(t *testing.T) {
	for typed, want := range map[string]string{
		ourCard: ourCard, strings.ToUpper(ourCard): ourCard, "\u00a0" + ourCard + "\u200b ": ourCard, "": "",
	} {
		assert.Equal(t, want, lineForm(typed), "%q", typed)
	}
}

package subject

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two requests of one operation share no identifier of the line's kind.
func TestEveryRequestHasIdentifiersOfItsOwn(t *testing.T) {
	for _, s := range Changes() {
		first, second := s.Line(1, 0), s.Line(2, 0)
		require.NotEqual(t, first, second, s.Type)
		for name, value := range s.alike {
			values := map[string]bool{first: true, second: true, value: true}
			for _, line := range []string{first, second} {
				var fields map[string]any
				require.NoError(t, json.Unmarshal(s.Request("r-1", line, nil), &fields))
				made, isText := fields[name].(string)
				require.True(t, isText, "%s %s", s.Type, name)
				require.Len(t, made, len(value))
				require.False(t, values[made], "%s: %s of two requests is the same", s.Type, name)
				values[made] = true
			}
		}
	}
	require.False(t, Subject{line: "15550100123"}.hasAlike("15550100124"), "it would be the line of another request")
	require.True(t, Subject{line: "15550100123"}.hasAlike("15560100123"))
	for _, other := range []string{"", "1556010012", "SUB-0000001", "1556010012x"} {
		require.False(t, Subject{line: "15550100123"}.hasAlike(other), other)
	}
}

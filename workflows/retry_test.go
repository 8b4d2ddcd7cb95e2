package workflows

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestRetryReferences(t *testing.T) {
	long := strings.Repeat("r", 36)
	for reference, want := range map[string]string{
		"order-17":    "order-17-r1",
		"order-17-r1": "order-17-r2",
		"order-17-r9": "order-17-r10",
		"order-17-r0": "order-17-r0-r1", // not one of ours
		"-r1":         "-r1-r1",
		"r1":          "r1-r1",
		long[:33]:     long[:33] + "-r1",
		long[:34]:     long[:24] + "-25dec7aa-r1",
		long:          long[:24] + "-a0578a46-r1",
	} {
		require.Equal(t, want, RetryReferences(reference)[0], reference)
	}
}

// Every reference has references for its retry, always the same, that are no other's.
func TestRetryReferencesAreReferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference := rapid.StringMatching(`[A-Za-z0-9._-]{1,32}(-r[0-9]{1,3})?`).Draw(t, "reference")
		made := RetryReferences(reference)
		require.Equal(t, made, RetryReferences(reference))
		for _, one := range made {
			require.True(t, carriers.ValidReference(one), one)
			require.NotEqual(t, reference, one)
		}
		other := rapid.StringMatching(`[A-Za-z0-9._-]{1,36}`).Draw(t, "other")
		if other != reference {
			require.NotEqual(t, made[len(made)-1], RetryReferences(other)[len(RetryReferences(other))-1])
		}
	})
}

package dish

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkAnswers is the reading of the two answers that a check gets: that of the transaction, and that of the subscription.
func BenchmarkAnswers(b *testing.B) {
	cfg := defaults(b, "")
	for name, read := range map[string]func() error{
		"transaction": func() error {
			body := []byte(`{"status": "Success"}`)
			class, _, _ := cfg.classify(200, body)
			require.Empty(b, class)
			_, err := cfg.readTransactionStatus("order-42", body)
			return err
		},
		"subscription": func() error {
			body := []byte(sample)
			class, _, _ := cfg.classify(200, body)
			require.Empty(b, class)
			_, err := readSubscriber(body)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, read())
			}
		})
	}
}

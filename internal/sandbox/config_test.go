package sandbox

import (
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheCommandLineHasTheSameDefaultsAsNew(t *testing.T) {
	var flags struct {
		Config `embed:"" envprefix:"SANDBOX_"`
	}
	parser, err := kong.New(&flags)
	require.NoError(t, err)
	_, err = parser.Parse(nil)
	require.NoError(t, err)
	assert.Equal(t, Config{}.withDefaults(), flags.Config)

	kept := Config{DecideAfter: time.Millisecond, Callback: CallbackConfig{GiveUpAfter: time.Second}}.withDefaults()
	assert.Equal(t, []time.Duration{time.Millisecond, time.Second}, []time.Duration{kept.DecideAfter, kept.Callback.GiveUpAfter})
}

func TestConfigNamesWhatCannotWork(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		says string
	}{
		{"callback without a host", Config{Callback: CallbackConfig{URL: "localhost:8090"}}, "callback URL"},
		{"secret that is no base64", Config{Callback: CallbackConfig{Secret: "whsec_!"}}, "callback secret"},
		{"two credentials", Config{Callback: CallbackConfig{Bearer: "a", Basic: "b:c"}}, "not both"},
		{"half a credential", Config{Callback: CallbackConfig{Basic: "user"}}, "USER:PASSWORD"},
		{"manners nobody has", Config{Manners: "bad"}, "own or other"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) { assert.ErrorContains(t, tc.cfg.Validate(), tc.says) })
	}
	assert.NoError(t, Config{}.Validate())
	assert.NoError(t, Config{Callback: CallbackConfig{URL: "http://127.0.0.1:8090/callbacks", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Bearer: "a"}}.Validate())
}

package sandboxes

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parse reads a command line as the command and the development server do.
func parse(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	var flags struct {
		Config `embed:"" envprefix:"SANDBOX_"`
	}
	parser, err := kong.New(&flags)
	require.NoError(t, err)
	_, err = parser.Parse(args)
	return flags.Config, err
}

func TestEveryCarrierHasItsOwnSettings(t *testing.T) {
	t.Setenv("SANDBOX_STN_API_KEY", "key")
	t.Setenv("SANDBOX_DISH_CLIENT_ID", "me")
	cfg, err := parse(t, "--dish-client-secret=secret", "--dish-refuses-duplicates", "--decide-after=1s")
	require.NoError(t, err)
	assert.Equal(t, "key", cfg.Stn.APIKey)
	assert.Equal(t, "me", cfg.Dish.ClientID)
	assert.Equal(t, "secret", cfg.Dish.ClientSecret)
	assert.True(t, cfg.Dish.RefusesDuplicates)
	assert.False(t, cfg.Dish.ReactivateQueryable)
	assert.Equal(t, "1s", cfg.DecideAfter.String())
}

func TestTheSettingsOfACarrierAreChecked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(file, []byte("key"), 0o600))
	_, err := parse(t, "--masmovil-public-key="+file)
	assert.ErrorContains(t, err, "PEM")
}

func TestEveryCarrierIsServed(t *testing.T) {
	s := New(Config{})
	t.Cleanup(s.Close)
	for _, c := range (Settings{}).All() {
		assert.NotEmpty(t, c.Operations, c.Name)
		assert.Contains(t, s.Routes(""), string(c.Name)+"\n")
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/dish/subscription?gpsi=15550100123", nil))
	assert.Equal(t, http.StatusOK, w.Code)
}

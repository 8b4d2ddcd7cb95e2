package registry_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/carriers/sandboxes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings are those of a carrier that is at a URL: what a worker needs for the carrier's sandbox, with every address at the URL.
func settings(t testing.TB, a carriers.Adapter, url string, more ...string) carriers.Settings {
	t.Helper()
	var args []string
	for _, c := range (sandboxes.Settings{}).All() {
		if c.Name != a.Carrier {
			continue
		}
		for name, value := range c.WorkerEnv(url) {
			if strings.HasPrefix(value, url) {
				value = url
			}
			flag := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, a.EnvPrefix())), "_", "-")
			args = append(args, "--"+flag+"="+value)
		}
	}
	require.NotEmpty(t, args, "%s has no sandbox", a.Carrier)
	s := a.NewSettings()
	parser, err := kong.New(s)
	require.NoError(t, err)
	_, err = parser.Parse(append(args, more...))
	require.NoError(t, err)
	return s
}

// connect is a connection to a carrier that is at a URL.
func connect(t testing.TB, a carriers.Adapter, url string, more ...string) carriers.Connection {
	t.Helper()
	connection, err := settings(t, a, url, more...).Connect(nil, nil)
	require.NoError(t, err)
	t.Cleanup(connection.Close)
	return connection
}

func inJSON(t testing.TB, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

func TestEveryCarrierIsFoundByItsName(t *testing.T) {
	names := map[carriers.Carrier]bool{}
	for _, a := range registry.Carriers() {
		assert.Regexp(t, `^[a-z]+$`, a.Carrier, "it is a part of workflow ids, queues, types and environment variables")
		assert.NotEmpty(t, a.Name)
		assert.False(t, names[a.Carrier], a.Carrier)
		names[a.Carrier] = true
		found, ok := registry.Carrier(a.Carrier)
		assert.True(t, ok)
		assert.Equal(t, a.Name, found.Name)
		assert.NotEmpty(t, a.Operations)
	}
	none, ok := registry.Carrier("acme")
	assert.False(t, ok)
	assert.Equal(t, carriers.Adapter{Carrier: "acme", Name: "acme"}, none)

	all := registry.Carriers()
	all[0] = carriers.Adapter{}
	assert.NotEmpty(t, registry.Carriers()[0].Carrier, "callers cannot change the list")
}

func TestEveryOperationIsFoundByItsType(t *testing.T) {
	types := map[string]bool{}
	for _, a := range registry.Carriers() {
		for _, o := range a.Operations {
			info := o.Info()
			assert.False(t, types[info.Type], info.Type)
			types[info.Type] = true
			assert.Equal(t, a.Carrier, info.Carrier())
			found, ok := registry.Operation(info.Type)
			assert.True(t, ok)
			assert.Equal(t, info.Type, found.Info().Type)
		}
	}
	assert.Len(t, registry.Operations(), len(types))
	_, ok := registry.Operation("acme.Rename")
	assert.False(t, ok)
}

func TestEveryOperationSaysWhatItIs(t *testing.T) {
	for _, o := range registry.Operations() {
		info := o.Info()
		t.Run(info.Type, func(t *testing.T) {
			for _, text := range []string{info.Title, info.Source, info.DecidedBy, info.Summary} {
				assert.NotEmpty(t, text)
			}
			assert.Equal(t, info.Type, o.NewRequest().Operation())
			timings, err := json.Marshal(map[string]any{"timings": info.Timings})
			require.NoError(t, err)
			assert.Empty(t, carriers.TimingFaults(timings), "the usual timings are within the bounds")
			_, changes := o.(carriers.ChangeOperation)
			_, reads := o.(carriers.ReadOperation)
			assert.Equal(t, []bool{info.Kind == carriers.KindChange, info.Kind == carriers.KindRead, info.Kind == carriers.KindRead}, []bool{changes, reads, o.Answer() != nil})

			require.NotEmpty(t, info.Examples)
			for _, example := range info.Examples {
				assert.NotEmpty(t, example.Title)
				assert.Equal(t, info.Type, example.Request.Operation())
				request := inJSON(t, example.Request)
				assert.True(t, carriers.ValidReference(carriers.CommonOf(request).Reference), example.Title)
				now := time.Date(2024, 3, 15, 23, 0, 0, 0, time.UTC)
				described, err := o.Describe(request, now)
				require.NoError(t, err)
				require.NotEmpty(t, described.Summary)
				if described.Line != "" {
					assert.NotContains(t, described.Summary, described.Line, "a summary is shown to everybody")
				}
				again, err := o.Describe(described.Request, now.AddDate(0, 0, 1))
				require.NoError(t, err)
				assert.Equal(t, described, again, "once complete, it is the same on every attempt")
			}
		})
	}
}

// The settings of a carrier that is not served are not checked; one with a base URL names what is missing.
func TestWithoutABaseURLNothingIsServed(t *testing.T) {
	for _, a := range registry.Carriers() {
		s := a.NewSettings()
		require.NoError(t, kong.ApplyDefaults(s))
		assert.False(t, s.Served(), a.Carrier)
		assert.ErrorContains(t, s.Check(), "set "+a.EnvPrefix()+"BASE_URL")
		connection, err := s.Connect(nil, nil)
		assert.ErrorContains(t, err, "set "+a.EnvPrefix()+"BASE_URL")
		assert.True(t, connection == nil, "and not a client that is nil")
	}
}

func TestEveryCarrierCanBeServed(t *testing.T) {
	for _, a := range registry.Carriers() {
		s := settings(t, a, "http://127.0.0.1:1", "--timeout=3s", "--max-connections=7")
		assert.True(t, s.Served())
		require.NoError(t, s.Check())
		assert.Equal(t, 3*time.Second, s.CallTimeout())
		connection, err := s.Connect(nil, nil)
		require.NoError(t, err)
		assert.Equal(t, []any{3 * time.Second, 7}, []any{connection.ExchangeTimeout(), connection.Slots()})
		connection.Close()
		_, reads := connection.(carriers.CallbackReader)
		settings, without := a.NewSettings().(carriers.CallbackSettings)
		assert.Equal(t, reads, without, "%s: callbacks are read with a connection and without one", a.Name)
		if without {
			_, err := settings.Callbacks()
			assert.Error(t, err, "%s: the settings are checked, and have no defaults here", a.Name)
		}
		assert.Equal(t, a.CallsBack(), reads, "%s: whose callbacks are documented can be read", a.Carrier)
	}
}

// One carrier's request is not made with another's client.
func TestNoCarrierTakesAnothersClient(t *testing.T) {
	for _, a := range registry.Carriers() {
		connection := connect(t, a, "http://127.0.0.1:1")
		for _, o := range registry.Operations() {
			request := inJSON(t, o.Info().Examples[0].Request)
			var err error
			switch o := o.(type) {
			case carriers.ChangeOperation:
				_, err = o.Bind(connection, "r-1", time.Now(), request)
			case carriers.ReadOperation:
				if o.Info().Carrier() == a.Carrier {
					continue
				}
				_, err = o.Get(t.Context(), connection, "r-1", request)
			}
			if o.Info().Carrier() == a.Carrier {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, o.Info().Type+" cannot be made with a ")
			}
		}
	}
}

// Every spelling of a line that a request takes has one key: that of the spelling on the carrier's pages.
func TestEverySpellingOfALineHasOneKey(t *testing.T) {
	for _, c := range []struct {
		carrier carriers.Carrier
		sent    string
		typed   []string
	}{
		{"dish", "89010000000000000017", []string{"8901 0000 0000 0000 0017", "89-01-0000-0000-0000-0017", "\u00a089010000000000000017 "}},
		{"dish", "12125550123", []string{"+12125550123", "0012125550123", "msisdn-12125550123", "+1 (212) 555-0123"}},
		{"stn", "0612345678", []string{"+31612345678", "0031612345678", "06-12345678", "+31(0)612345678", "31612345678"}},
		{"stn", "SUB-000017", []string{"SUB-000017 "}},
		{"masmovil", "55001", []string{"55001 "}},
	} {
		a, ok := registry.Carrier(c.carrier)
		require.True(t, ok)
		for _, typed := range c.typed {
			assert.Equal(t, a.LineKey("secret", c.sent), a.LineKey("secret", typed), "%s: %q", c.carrier, typed)
		}
	}
	stn, _ := registry.Carrier("stn")
	assert.NotEqual(t, stn.LineKey("secret", "612345678"), stn.LineKey("secret", "0612345678"), "it may have lost its zero, or not")
}

// The keys of plain spellings are part of the contract: callers in other languages make them too.
func TestTheKeyOfAPlainSpellingIsItsHash(t *testing.T) {
	for key, c := range map[string]struct {
		carrier    carriers.Carrier
		identifier string
	}{
		"6e8a52bb07c7e7c39e1f93503834c7b4": {"dish", "89010000000000000066"},
		"715b620dcef15bd0572e7efafb80b926": {"dish", "12125550123"},
		"54083296ef05c3d05aa8797de68a1920": {"dish", "2125550123"},
		"369f77939c3aafa354fba94dbcf90b52": {"stn", "0612345678"},
		"7e9e11dd5e61028b179274dac635f5ae": {"stn", "SUB-000017"},
		"0cc86acbfa4c441a0624131f1e12896d": {"masmovil", "55001"},
	} {
		a, ok := registry.Carrier(c.carrier)
		require.True(t, ok)
		assert.Equal(t, key, a.LineKey("secret", c.identifier))
	}
}

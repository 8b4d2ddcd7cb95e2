package settings

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/transport"
)

// program has a setting of every kind.
type program struct {
	ConfigFile string             `name:"config" env:"P_CONFIG"`
	Name       string             `env:"P_NAME" default:"nobody" help:"A name."`
	Wait       time.Duration      `env:"P_WAIT" default:"5s"`
	Count      int                `env:"P_COUNT" default:"3"`
	Rate       float64            `env:"P_RATE" default:"2.5"`
	On         *bool              `env:"P_ON" negatable:""`
	Level      string             `env:"P_LEVEL" enum:"low,high" default:"low"`
	Words      []string           `env:"P_WORDS" default:"a,b"`
	URL        string             `name:"url" env:"P_URL"`
	Key        transport.Secret   `env:"P_KEY" help:"A key."`
	Tokens     []transport.Secret `env:"P_TOKENS"`
	Plain      string             `env:"P_PLAIN" secret:""`
}

// environment is one for a test.
type environment map[string]string

func (e environment) LookupEnv(name string) (string, bool) { value, ok := e[name]; return value, ok }

func (e environment) Environ() (all []string) {
	for name, value := range e {
		all = append(all, name+"="+value)
	}
	return all
}

func parse(t *testing.T, env environment, args ...string) (program, *Parser, []string) {
	t.Helper()
	var p program
	parser, err := New(&p, env, kong.Name("program"), kong.Exit(func(int) { t.Fatal("it wants to end the process") }))
	require.NoError(t, err)
	_, faults := parser.Parse(args)
	var texts []string
	for _, fault := range faults {
		texts = append(texts, fault.Error())
	}
	return p, parser, texts
}

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func setting(t *testing.T, p *Parser, name string) Setting {
	t.Helper()
	for _, s := range p.Settings() {
		if s.Name == name {
			return s
		}
	}
	t.Fatal("there is no setting ", name)
	return Setting{}
}

// A flag goes before the environment, the environment before the file, the file before the default; and each says where it comes from.
func TestFlagsGoBeforeTheEnvironmentAndThatBeforeTheFile(t *testing.T) {
	path := written(t, "name: file\nwait: 1m\ncount: 7\n")
	p, parser, faults := parse(t, environment{"P_CONFIG": path, "P_NAME": "environment", "P_WAIT": "2m"}, "--name=flag")
	require.Empty(t, faults)
	require.Equal(t, []any{"flag", 2 * time.Minute, 7, 2.5}, []any{p.Name, p.Wait, p.Count, p.Rate})
	for name, want := range map[string][2]string{"P_NAME": {"flag", "--name"}, "P_WAIT": {"2m0s", "P_WAIT"}, "P_COUNT": {"7", path}, "P_RATE": {"2.5", "default"}} {
		s := setting(t, parser, name)
		require.Equal(t, want, [2]string{s.Value, s.From}, name)
	}
	p, _, faults = parse(t, environment{"P_CONFIG": "/nowhere"}, "--config="+path)
	require.Empty(t, faults)
	require.Equal(t, "file", p.Name, "also for the file itself")
}

// One run names the faults of all sources, and a setting with a fault has its default.
func TestEveryFaultIsNamed(t *testing.T) {
	path := written(t, "rate: fast\nwait: 1m\nnmae: x\n")
	p, _, faults := parse(t, environment{"P_CONFIG": path, "P_WAIT": "soon", "P_LEVEL": "loud", "P_ON": "maybe"}, "--count=many")
	require.ElementsMatch(t, []string{
		`--count must be a whole number, not "many"`,
		`P_WAIT must be a duration such as 10s or 5m, not "soon"`,
		`P_LEVEL must be one of low, high, not "loud"`,
		`P_ON must be true or false, not "maybe"`,
		`rate in ` + path + ` must be a number, not "fast"`,
		path + `, line 3: there is no setting nmae; did you mean name?`,
	}, faults)
	require.Equal(t, []any{5 * time.Second, "low", 3, 2.5, (*bool)(nil)}, []any{p.Wait, p.Level, p.Count, p.Rate, p.On})
}

// A command line that cannot be read hides no other fault.
func TestAWrongCommandLineHidesNoOtherFault(t *testing.T) {
	for _, args := range [][]string{{"--nosuch"}, {"--wait"}, {"--wait", "--count=1"}} {
		_, _, faults := parse(t, environment{"P_LEVEL": "loud"}, args...)
		require.Len(t, faults, 2, args)
		require.Equal(t, `P_LEVEL must be one of low, high, not "loud"`, faults[1])
	}
}

func TestFlagsAreReadAsEver(t *testing.T) {
	p, _, faults := parse(t, nil, "--on", "--words=x,y", "--words", "z", "--wait", "1s")
	require.Empty(t, faults)
	require.True(t, *p.On)
	require.Equal(t, []string{"x", "y", "z"}, p.Words)
	require.Equal(t, time.Second, p.Wait)
	p, _, faults = parse(t, nil, "--no-on")
	require.Empty(t, faults)
	require.False(t, *p.On)
}

// Every value of a file is kept as it is written: identifiers with many digits, leading zeros, words with commas.
func TestAFileKeepsWhatIsWritten(t *testing.T) {
	p, _, faults := parse(t, environment{"P_CONFIG": written(t, `
name: 08900000000000000000000001
words: [one, "two, and", 003]
on: false
key:
level: high
`)})
	require.Empty(t, faults)
	require.Equal(t, "08900000000000000000000001", p.Name)
	require.Equal(t, []string{"one", "two, and", "003"}, p.Words)
	require.False(t, *p.On)
	require.Empty(t, p.Key, "an empty key is as one that is left out")
	require.Equal(t, "high", p.Level)
}

func TestAFileThatCannotBeUsed(t *testing.T) {
	for _, tc := range []struct{ text, says string }{
		{"a: [", "is not YAML"},
		{"- name", "here must be settings"},
		{"name: {first: x}", "name: the value must be a plain value"},
		{"words: [[x]]", "words: a list has plain values"},
		{"name: x\nname: y", "line 2: name is set twice"},
		{"P_NAME: x", "there is no setting P_NAME; did you mean name?"},
		{"config: other.yaml", "there is no setting config"},
		{"version: 1", "there is no setting version"},
		{"wholly-different-thing: 1", "there is no setting wholly-different-thing"},
	} {
		path := written(t, tc.text)
		_, _, faults := parse(t, environment{"P_CONFIG": path})
		require.Len(t, faults, 1, tc.text)
		require.Contains(t, faults[0], path)
		require.Contains(t, faults[0], tc.says)
	}
	_, _, faults := parse(t, nil, "--config=/no/such/file")
	require.Len(t, faults, 1)
	require.Contains(t, faults[0], "correct --config or CARRIERFLOW_CONFIG")
}

// A mapping stands for a common beginning of names.
func TestNamesInAFileMayBeNested(t *testing.T) {
	var carrier struct {
		One struct {
			BaseURL string `name:"base-url" env:"BASE_URL"`
		} `embed:"" prefix:"one-" envprefix:"ONE_"`
		ConfigFile string `name:"config" env:"P_CONFIG"`
	}
	for _, text := range []string{"one-base-url: x", "one: {base-url: x}", "one:\n  base:\n    url: x", "common: &c x\n"} {
		parser, err := New(&carrier, environment{"P_CONFIG": written(t, text)})
		require.NoError(t, err)
		_, faults := parser.Parse(nil)
		if strings.HasPrefix(text, "common") {
			require.Len(t, faults, 1)
			continue
		}
		require.Empty(t, faults, text)
		require.Equal(t, "x", carrier.One.BaseURL, text)
	}
}

func TestASecretMayBeInAFile(t *testing.T) {
	for _, text := range []string{"s3cret", "s3cret\n", "s3cret\r\n"} {
		path := written(t, text)
		p, parser, faults := parse(t, environment{"P_KEY_FILE": path, "P_TOKENS_FILE": written(t, "one,two\n"), "P_PLAIN_FILE": path, "TEMPORAL_API_KEY_FILE": path})
		require.Empty(t, faults)
		require.Equal(t, "s3cret", string(p.Key))
		require.Equal(t, []transport.Secret{"one", "two"}, p.Tokens)
		require.Equal(t, "s3cret", p.Plain)
		require.Equal(t, "P_KEY_FILE", setting(t, parser, "P_KEY").From)
		key, ok := parser.Env().LookupEnv("TEMPORAL_API_KEY")
		require.True(t, ok)
		require.Equal(t, "s3cret", key)
	}
	p, _, faults := parse(t, environment{"P_KEY_FILE": written(t, " a\nb \n\n")})
	require.Empty(t, faults)
	require.Equal(t, " a\nb \n", string(p.Key), "only one line end is taken away")
	p, _, faults = parse(t, environment{"P_KEY_FILE": written(t, "s3cret")}, "--key=flag")
	require.Empty(t, faults)
	require.Equal(t, "flag", string(p.Key), "a flag goes before the file of a secret")
	p, _, faults = parse(t, environment{"P_NAME_FILE": written(t, "x"), "P_KEY_FILE": ""})
	require.Empty(t, faults)
	require.Equal(t, "nobody", p.Name, "it is no secret")
}

func TestAFileOfASecretThatCannotBeUsed(t *testing.T) {
	good := written(t, "s3cret")
	for _, tc := range []struct {
		env  environment
		says string
	}{
		{environment{"P_KEY": "s3cret", "P_KEY_FILE": good}, "P_KEY and P_KEY_FILE are both set: set one of them"},
		{environment{"P_KEY_FILE": "/no/such/file"}, "P_KEY_FILE: the file with the secret cannot be read: open /no/such/file: no such file or directory"},
		{environment{"P_KEY_FILE": t.TempDir()}, "P_KEY_FILE: the file with the secret cannot be read"},
		{environment{"P_KEY_FILE": written(t, "\n")}, "P_KEY_FILE: the file with the secret"},
		{environment{"TEMPORAL_API_KEY": "s3cret", "TEMPORAL_API_KEY_FILE": good}, "TEMPORAL_API_KEY and TEMPORAL_API_KEY_FILE are both set"},
	} {
		_, _, faults := parse(t, tc.env)
		require.Len(t, faults, 1, tc.env)
		require.Contains(t, faults[0], tc.says)
		require.NotContains(t, faults[0], "s3cret")
	}
	_, _, faults := parse(t, environment{"P_KEY": "", "P_KEY_FILE": good})
	require.Empty(t, faults, "an empty variable is not set")
}

// What is printed has no secret, wherever it comes from.
func TestPrintingShowsNoSecret(t *testing.T) {
	path := written(t, "tokens: [s3cret-1]\n")
	_, parser, faults := parse(t, environment{"P_CONFIG": path, "P_KEY": "s3cret-2", "P_URL": "http://user:s3cret-3@host/"}, "--plain=s3cret-5", "--count=x")
	all := parser.Settings()
	var asText, asJSON strings.Builder
	require.NoError(t, Print(&asText, all, parser.sources.faults))
	require.NoError(t, PrintJSON(&asJSON, all, parser.sources.faults))
	for _, printed := range []string{asText.String(), asJSON.String()} {
		require.NotContains(t, printed, "s3cret")
		require.Contains(t, printed, "--count must be a whole number")
	}
	require.Regexp(t, `(?m)^P_KEY +P_KEY +set$`, asText.String())
	require.Regexp(t, `(?m)^P_TOKENS +`+path+` +set$`, asText.String())
	require.Regexp(t, `(?m)^P_NAME +default +nobody$`, asText.String())
	var read struct {
		Settings []Setting
		Faults   []string
	}
	require.NoError(t, json.Unmarshal([]byte(asJSON.String()), &read))
	require.Equal(t, all, read.Settings)
	require.Equal(t, faults, read.Faults)
}

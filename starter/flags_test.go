package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/starter/internal/form"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestHelpNamesEveryField(t *testing.T) {
	for _, o := range workflows.Operations() {
		d := o.Info()
		t.Run(d.Type, func(t *testing.T) {
			got := try(t, nil, string(d.Carrier()), commandName(d), "--help")
			assert.Equal(t, int(exitDone), got.code)
			assert.Empty(t, got.stderr)
			for _, want := range []string{d.Title, d.Source, "--[no-]wait", "--input=", "Exit codes:", "130"} {
				assert.Contains(t, words(got.stdout), want)
			}
			for _, f := range leaves(t, workflows.RequestSchema(d.Type)) {
				flag := "--" + form.Kebab(f.name)
				switch {
				case f.schema.Type == "array" || f.schema.AdditionalProperties != nil:
					flag = strings.TrimSuffix(flag, "s")
				case f.schema.Type == "boolean" && !f.required:
					flag = "--[no-]" + form.Kebab(f.name)
				}
				assert.Contains(t, got.stdout, flag)
				assert.Contains(t, words(got.stdout), words(f.schema.Description))
				for _, word := range f.schema.Enum {
					assert.Contains(t, got.stdout, word)
				}
			}
			assert.Equal(t, required(t, workflows.RequestSchema(d.Type))-1, strings.Count(words(got.stdout), "(required)"), "all but the reference are marked")
		})
	}
}

func TestHelpWithoutConnecting(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"dish", "--help"}, {"status", "--help"}} {
		got := try(t, nil, args...)
		assert.Equal(t, int(exitDone), got.code, "%v", args)
		assert.Contains(t, got.stdout, "Exit codes:")
	}
	got := try(t, nil, "--version")
	assert.Equal(t, int(exitDone), got.code)
	assert.Equal(t, version.Get().String()+"\n", got.stdout)
	got = try(t, nil, "--help")
	for _, o := range workflows.Operations() {
		d := o.Info()
		assert.Contains(t, got.stdout, string(d.Carrier())+" "+commandName(d))
	}
}

// leaf is a field of a schema, read without the code under test.
type leaf struct {
	name     string
	required bool
	schema   plainSchema
}

type plainSchema struct {
	Type                 string
	Description          string
	Enum                 []string
	Required             []string
	Properties           map[string]plainSchema
	AdditionalProperties any
}

func leaves(t *testing.T, document []byte) (found []leaf) {
	t.Helper()
	var root plainSchema
	require.NoError(t, json.Unmarshal(document, &root))
	var walk func(plainSchema)
	walk = func(s plainSchema) {
		for name, property := range s.Properties {
			if len(property.Properties) > 0 {
				walk(property)
				continue
			}
			found = append(found, leaf{name, strings.Contains(" "+strings.Join(s.Required, " ")+" ", " "+name+" "), property})
		}
	}
	walk(root)
	return found
}

func required(t *testing.T, document []byte) int {
	t.Helper()
	var root plainSchema
	require.NoError(t, json.Unmarshal(document, &root))
	return len(root.Required)
}

// words is a text without its line breaks and indents.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// ordered is JSON with its keys in order and its numbers digit by digit.
func ordered(t *testing.T, document string) string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(document)))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	text, err := json.MarshalIndent(value, "", " ")
	require.NoError(t, err)
	return string(text)
}

// everyCommand names the command of every operation.
func everyCommand() (names []string) {
	for _, o := range workflows.Operations() {
		names = append(names, commandName(o.Info()))
	}
	return names
}

// Only the operation that a command line names has flags, under its short name as well: the flags of all of them take longer
// than the rest of the start.
func TestOnlyAnOperationThatIsNamedHasItsFlags(t *testing.T) {
	for _, o := range workflows.Operations() {
		info := o.Info()
		for _, name := range []string{commandName(info), shortName(info)} {
			var root grammar
			parser, commands, err := newParser(&root, "bin/starter", []string{string(info.Carrier()), name})
			require.NoError(t, err)
			parsed, err := kong.Trace(parser, []string{string(info.Carrier()), name})
			require.NoError(t, err)
			for _, c := range commands {
				hasFlags := c.flags.NumField() > 1 // besides those of every operation
				if c.node == parsed.Selected() {
					require.Equal(t, info.Type, c.info.Type)
					require.True(t, hasFlags, "%s has its flags", name)
				} else if commandName(c.info) != commandName(info) && shortName(c.info) != name {
					require.False(t, hasFlags, "%s has no flags beside %s", c.info.Type, name)
				}
			}
		}
	}
}

// Every flag that has a default says it, and so does every timing of an operation.
func TestHelpShowsDefaults(t *testing.T) {
	var root grammar
	parser, _, err := newParser(&root, "bin/starter", everyCommand())
	require.NoError(t, err)
	for _, node := range append(parser.Model.Leaves(false), parser.Model.Node) {
		for _, flag := range node.Flags {
			if flag.HasDefault {
				assert.Contains(t, flag.Help, "(default: "+flag.Default+")", "%s --%s", node.FullPath(), flag.Name)
			}
		}
	}
	for command, want := range map[string][]string{
		"dish update-status":  {"--poll-every=DURATION", "(default: 30s)", "(default: 30m)", "(default: 10m)", "(default: 3d)", "(default: 2m)", "(default: 15s)", "(default: 45s)"},
		"masmovil add-device": {"(default: 1m)", "(default: 24h)", "(default: 1h)", "(default: 14d)"},
	} {
		text := words(try(t, nil, append(strings.Fields(command), "--help")...).stdout)
		for _, one := range want {
			assert.Contains(t, text, one, command)
		}
	}
}

// The examples in the help are commands that start what the operation names as its examples.
func TestExamplesInHelp(t *testing.T) {
	for _, o := range workflows.Operations() {
		for _, e := range o.Info().Examples {
			c := commandFor(t, string(o.Info().Carrier()), commandName(o.Info()))
			flags := c.form.Arguments(e.Request)
			require.Contains(t, c.detail(), c.line(flags...))
			c = commandFor(t, append([]string{string(c.info.Carrier()), commandName(c.info)}, flags...)...)
			input, err := c.form.Request(c.flags, "", nil, nil)
			require.NoError(t, err)
			want, err := json.Marshal(e.Request)
			require.NoError(t, err)
			assertSameJSON(t, string(want), string(input))
		}
	}
}

// A command has a short name as well, and no two commands of a carrier have one name.
func TestShortNames(t *testing.T) {
	for short, operation := range map[string]string{
		"dish activate": "dish.ActivateSubscription", "dish update-status": "dish.UpdateSubscriptionStatus",
		"dish transaction-status": "dish.GetTransactionStatus", "dish subscription": "dish.GetSubscription",
	} {
		assert.Equal(t, operation, commandFor(t, strings.Fields(short)...).info.Type)
	}
	taken := map[string]bool{}
	for _, o := range workflows.Operations() {
		info := o.Info()
		names := []string{commandName(info), shortName(info)}
		for _, name := range slices.Compact(names) {
			name = string(info.Carrier()) + " " + name
			assert.False(t, taken[name], name)
			taken[name] = true
		}
	}
}

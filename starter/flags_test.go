package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestKebab(t *testing.T) {
	for name, want := range map[string]string{
		"gpsi": "gpsi", "billCycleStartDay": "bill-cycle-start-day", "eSIMDeliveryMethod": "esim-delivery-method",
		"new_icc": "new-icc", "subscription_offer_segment": "subscription-offer-segment", "orgId": "org-id", "ipAddress": "ip-address",
		"bucketRefId": "bucket-ref-id", "ReplaceSIM": "replace-sim", "UpdateBillCycle": "update-bill-cycle",
	} {
		assert.Equal(t, want, kebab(name))
	}
}

func TestWhichFieldsNameTheLine(t *testing.T) {
	one := []byte("1")
	for _, test := range []struct {
		args []string
		doc  document
		want bool
	}{
		{[]string{"dish", "get-subscription"}, document{}, false},
		{[]string{"dish", "get-subscription"}, document{"gpsi": one, "reference": one}, true},
		{[]string{"dish", "get-subscription"}, document{"gpsi": one, "iccid": one}, false},
		{[]string{"stn", "set-services"}, document{"services": one}, false},
		{[]string{"stn", "set-services"}, document{"phoneNumber": one, "subscriptionId": one}, true},
		{[]string{"masmovil", "list-devices"}, document{}, true},
	} {
		assert.Equal(t, test.want, commandFor(t, test.args...).form.names(test.doc), "%v %v", test.args, test.doc)
	}
}

func TestHelpNamesEveryField(t *testing.T) {
	for _, d := range workflows.Operations() {
		t.Run(d.Type, func(t *testing.T) {
			got := try(t, nil, string(d.Carrier()), commandName(d), "--help")
			assert.Equal(t, int(exitDone), got.code)
			assert.Empty(t, got.stderr)
			for _, want := range []string{d.Title, d.Source, "--[no-]wait", "--input=", "Exit codes:", "130"} {
				assert.Contains(t, words(got.stdout), want)
			}
			for _, f := range leaves(t, d.Schema()) {
				flag := "--" + kebab(f.name)
				switch {
				case f.schema.Type == "array" || f.schema.AdditionalProperties != nil:
					flag = strings.TrimSuffix(flag, "s")
				case f.schema.Type == "boolean" && !f.required:
					flag = "--[no-]" + kebab(f.name)
				}
				assert.Contains(t, got.stdout, flag)
				assert.Contains(t, words(got.stdout), words(f.schema.Description))
				for _, word := range f.schema.Enum {
					assert.Contains(t, got.stdout, word)
				}
			}
			assert.Equal(t, required(t, d.Schema())-1, strings.Count(words(got.stdout), "(required)"), "all but the reference are marked")
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
	for _, d := range workflows.Operations() {
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

// Every flag that has a default says it, and so does every timing of an operation.
func TestHelpShowsDefaults(t *testing.T) {
	var root grammar
	parser, _, err := newParser(&root, "bin/starter")
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

// A value that stands in a field's description is not listed once more.
func TestTheOnlyValueIsSaidOnce(t *testing.T) {
	assert.Empty(t, bounds(&jsonschema.Schema{Description: "QR is the only value", Enum: []any{"QR"}}))
	assert.Equal(t, "; one of QR", bounds(&jsonschema.Schema{Description: "how it is delivered", Enum: []any{"QR"}}))
	assert.Equal(t, "; one of A, B", bounds(&jsonschema.Schema{Description: "A when left out", Enum: []any{"A", "B"}}))
}

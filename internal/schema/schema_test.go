package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// argument has one field for each keyword that schemas use.
type argument struct {
	Word    string         `json:"word" jsonschema:"required,minLength=2,maxLength=3,pattern=^[a-z]*$"`
	Choice  string         `json:"choice,omitempty" jsonschema:"enum=a,enum=b"`
	Number  int            `json:"number,omitempty" jsonschema:"minimum=1,maximum=28"`
	List    []string       `json:"list,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	Address string         `json:"address,omitempty" jsonschema:"format=ipv4"`
	Map     map[string]any `json:"map,omitempty"`
}

func (argument) JSONSchemaExtend(s *jsonschema.Schema) {
	one := uint64(1)
	s.Properties.Value("map").MinProperties = &one
}

var ofArgument = Argument[argument]("test.argument", "An argument")

func TestCheckDescribesEveryKeyword(t *testing.T) {
	for input, want := range map[string]carriers.Fault{
		`{}`:                                    {Field: "word", Problem: "is required"},
		`{"word":7}`:                            {Field: "word", Problem: "must be of type string"},
		`{"word":"a"}`:                          {Field: "word", Problem: "must have at least 2 characters"},
		`{"word":"abcd"}`:                       {Field: "word", Problem: "must have at most 3 characters, has 4"},
		`{"word":"AB"}`:                         {Field: "word", Problem: "must match ^[a-z]*$"},
		`{"word":"ab","choice":"c"}`:            {Field: "choice", Problem: "must be one of a, b"},
		`{"word":"ab","number":0}`:              {Field: "number", Problem: "must be at least 1"},
		`{"word":"ab","number":29}`:             {Field: "number", Problem: "must be at most 28"},
		`{"word":"ab","list":[]}`:               {Field: "list", Problem: "must have at least 1 items"},
		`{"word":"ab","list":["x","x"]}`:        {Field: "list", Problem: "must not repeat an item"},
		`{"word":"ab","list":[1]}`:              {Field: "list.0", Problem: "must be of type string"},
		`{"word":"ab","address":"host"}`:        {Field: "address", Problem: "must be a valid ipv4"},
		`{"word":"ab","map":{}}`:                {Field: "map", Problem: "must have at least 1 entries"},
		`{"word":"ab","extra":1}`:               {Field: "extra", Problem: "is not a field of this operation"},
		`{"word":"ab","15550100123":true}`:      {Field: "…", Problem: "is not a field of this operation"}, // it may be a misplaced value
		``:                                      {Problem: "the input is missing"},
		` `:                                     {Problem: "the input is missing"},
		`{`:                                     {Problem: "the input is not JSON"},
		`{} x`:                                  {Problem: "the input is not JSON"},
		`null`:                                  {Problem: "must be of type object"},
		`[]`:                                    {Problem: "must be of type object"},
		`"` + strings.Repeat("x", 64<<10) + `"`: {Problem: fmt.Sprintf("the input has %d bytes; at most %d are taken", 64<<10+2, 64<<10)},
	} {
		require.Equal(t, []carriers.Fault{want}, ofArgument.Check([]byte(input)), input[:min(len(input), 50)])
	}
	require.Empty(t, ofArgument.Check([]byte(`{"word":"ab","choice":"a","number":28,"list":["x","y"],"address":"10.0.0.1","map":{"a":1}}`)))
}

func TestFaultsComeInAStableOrder(t *testing.T) {
	input := []byte(`{"word":"ABCD","choice":"c","number":0,"extra":1,"more":2}`)
	want := ofArgument.Check(input)
	require.Len(t, want, 6)
	for range 20 {
		require.Equal(t, want, ofArgument.Check(input))
	}
}

func TestReadFillsInNothingThatIsInvalid(t *testing.T) {
	var into argument
	require.NotEmpty(t, ofArgument.Read([]byte(`{"word":"ab","number":0}`), &into))
	require.Empty(t, into.Word)
	require.Empty(t, ofArgument.Read([]byte(`{"word":"ab","number":5}`), &into))
	require.Equal(t, argument{Word: "ab", Number: 5}, into)

	faults := ofArgument.Read([]byte(`{"word":"ab","number":5.0}`), &into) // an integer by the schema, and not one that Go reads
	require.Len(t, faults, 1)
	require.Contains(t, faults[0].Problem, "cannot be read")
}

// A schema is made when it is first needed, by whichever goroutine that is, and only once.
func TestASchemaIsMadeOnceHoweverManyNeedIt(t *testing.T) {
	s := Argument[argument]("test.shared", "Shared")
	var documents, checks sync.Map
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			checks.Store(fmt.Sprint(s.Check([]byte(`{"word":7}`))), true)
			documents.Store(&s.Document()[0], true)
		})
	}
	all.Wait()
	count := func(m *sync.Map) (n int) {
		m.Range(func(any, any) bool { n++; return true })
		return n
	}
	require.Equal(t, []int{1, 1}, []int{count(&documents), count(&checks)})
}

// Only requests have timings.
func TestTimingsAreCheckedInRequestsOnly(t *testing.T) {
	type timed struct {
		carriers.Options
	}
	s := Argument[timed]("test.timed", "Timed")
	input := []byte(`{"timings":{"pollEvery":"1ms"}}`)
	require.Empty(t, s.Check(input))
	s.request = true
	require.Equal(t, []carriers.Fault{{Field: "timings.pollEvery", Problem: "must be at least 50ms"}}, s.Check(input))
}

func TestPatternsAreDescribed(t *testing.T) {
	s := Argument[argument]("test.worded", "Worded")
	s.patterns = map[string]string{"^[a-z]*$": "must be small letters"}
	require.Equal(t, []carriers.Fault{{Field: "word", Problem: "must be small letters"}}, s.Check([]byte(`{"word":"AB"}`)))
}

// Inputs are closed; what comes back may get new fields, and what is always written is required.
func TestInputsAreClosedAndOutputsAreOpen(t *testing.T) {
	type answer struct {
		Always string `json:"always"`
		Often  string `json:"often,omitempty"`
	}
	var in, out map[string]any
	require.NoError(t, json.Unmarshal(ofArgument.Document(), &in))
	require.Equal(t, []any{false, []any{"word"}, "urn:carrierflow:schema:test.argument", "test.argument", "An argument."},
		[]any{in["additionalProperties"], in["required"], in["$id"], in["title"], in["description"]})
	document := Output("test.answer", "An answer", reflect.TypeFor[answer]())
	require.NoError(t, json.Unmarshal(document, &out))
	require.NotContains(t, out, "additionalProperties")
	require.Equal(t, []any{"always"}, out["required"])
	require.True(t, strings.HasSuffix(string(document), "}\n"))
}

func TestOpenNamesTheKnownValues(t *testing.T) {
	s := Open(carriers.Done, carriers.Failed)
	require.Equal(t, "string", s.Type)
	require.Equal(t, []any{carriers.Done, carriers.Failed}, s.Examples)
	require.Empty(t, s.Enum)
}

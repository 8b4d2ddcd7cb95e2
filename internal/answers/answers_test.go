package answers

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

const limit = 1 << 10

func packed(t testing.TB, body string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// wide is a text of ASCII characters in UTF-16.
func wide(text string, bigEndian bool) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if bigEndian {
			b.Write([]byte{0, c})
		} else {
			b.Write([]byte{c, 0})
		}
	}
	return b.String()
}

func TestEveryFormOfABodyIsRead(t *testing.T) {
	const body = `{"status":"Señal"}`
	const ascii = `{"status":"DONE"}`
	latin := "{\"status\":\"Se\xf1al\"}"
	for name, test := range map[string]struct{ kind, packing, body, want string }{
		"JSON":                           {kind: "application/json", body: body, want: body},
		"a byte order mark":              {kind: "application/json", body: "\ufeff" + body, want: body},
		"gzip":                           {packing: "gzip", body: packed(t, body), want: body},
		"gzip in another spelling":       {packing: " X-GZIP ", body: packed(t, body), want: body},
		"gzip that nothing announces":    {body: packed(t, body), want: body},
		"gzip in gzip":                   {packing: "gzip, gzip", body: packed(t, packed(t, body)), want: body},
		"announced gzip that is none":    {packing: "gzip", body: body, want: body},
		"announced br that is none":      {packing: "br", body: " " + body, want: " " + body},
		"gzip and a byte order mark":     {packing: "gzip", body: packed(t, "\ufeff"+body), want: body},
		"charset=utf-8":                  {kind: "application/json; charset=utf-8", body: body, want: body},
		"charset=UTF8":                   {kind: "application/json;charset=UTF8", body: body, want: body},
		"a quoted charset":               {kind: `application/json; charset="UTF-8"`, body: body, want: body},
		"a charset in single quotes":     {kind: `application/json; charset='utf-8'`, body: body, want: body},
		"a broken charset":               {kind: `application/json; charset=`, body: body, want: body},
		"an unknown charset":             {kind: `application/json; charset=none`, body: body, want: body},
		"UTF-8 that is announced as not": {kind: "application/json; charset=iso-8859-1", body: body, want: body},
		"ISO-8859-1":                     {kind: "application/json; charset=ISO-8859-1", body: latin, want: body},
		"latin1":                         {kind: "application/json; charset=latin1", body: latin, want: body},
		"Windows-1252":                   {kind: `application/json; charset="Windows-1252"`, body: "{\"fee\":\"1 \x80\"}", want: `{"fee":"1 €"}`},
		"ISO-8859-15":                    {kind: `application/json; charset=iso-8859-15`, body: "{\"fee\":\"1 \xa4\"}", want: `{"fee":"1 €"}`},
		"a broken byte":                  {kind: "application/json", body: latin, want: "{\"status\":\"Se\ufffdal\"}"},
		"UTF-16 with a mark":             {body: "\xff\xfe" + wide(ascii, false), want: ascii},
		"UTF-16, the other order":        {body: "\xfe\xff" + wide(ascii, true), want: ascii},
		"UTF-16 without a mark":          {body: wide(ascii, false), want: ascii},
		"problem+json":                   {kind: "application/problem+json", body: body, want: body},
		"any +json":                      {kind: "application/vnd.carrier.v2+json; charset=utf-8", body: body, want: body},
		"text/plain":                     {kind: "text/plain", body: body, want: body},
		"no content type":                {body: body, want: body},
		"nothing":                        {kind: "application/json", body: "", want: ""},
		"nothing, announced as br":       {packing: "br", body: "", want: ""},
		"a web page":                     {kind: "text/html", body: "<html>", want: "<html>"},
		"as large as allowed":            {body: packed(t, strings.Repeat("x", limit)), want: strings.Repeat("x", limit)},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			if test.kind != "" {
				header.Set("Content-Type", test.kind)
			}
			if test.packing != "" {
				header.Set("Content-Encoding", test.packing)
			}
			got, err := Plain(header, []byte(test.body), limit)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
		})
	}
}

func TestWhatCannotBeUnpackedIsNamed(t *testing.T) {
	whole := packed(t, strings.Repeat("Ada Example", 20))
	for name, test := range map[string]struct{ packing, body, says string }{
		"too large":                {body: strings.Repeat("x", limit+1), says: "too large: more than 1 KiB"},
		"too large once unpacked":  {body: packed(t, strings.Repeat("x", limit+1)), says: "too large: more than 1 KiB"},
		"very large once unpacked": {body: packed(t, packed(t, strings.Repeat("x", 10<<20))), says: "too large: more than 1 KiB"},
		"gzip that ends early":     {packing: "gzip", body: whole[:len(whole)/2], says: "broken or ends early"},
		"gzip with more after it":  {packing: "gzip", body: whole + "Ada Example", says: "broken or ends early"},
		"gzip in gzip in gzip":     {body: packed(t, packed(t, packed(t, "{}"))), says: "too often"},
		"br":                       {packing: "br", body: "\x0b\x02\x80{}", says: "another way than gzip"},
		"gzip, then br":            {packing: "gzip, br", body: "\x0b\x02\x80{}", says: "another way than gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Plain(http.Header{"Content-Encoding": {test.packing}}, []byte(test.body), limit)
			require.ErrorContains(t, err, test.says)
			assert.NotContains(t, err.Error(), "Ada")
			if strings.HasPrefix(test.says, "too large") {
				assert.ErrorIs(t, err, ErrTooLarge)
			}
		})
	}
}

// record is an answer with a field of every kind.
type record struct {
	Status  carriers.Text      `json:"status"`
	State   string             `json:"state"`
	Date    carriers.Timestamp `json:"date"`
	Count   int8               `json:"count"`
	Amount  float64            `json:"amount"`
	Open    bool               `json:"open"`
	Lines   []record           `json:"lines"`
	Objects []carriers.Object  `json:"objects"`
	Info    *record            `json:"info"`
	Free    carriers.Object    `json:"free"`
	Any     any                `json:"any"`
}

func TestAnObjectIsRead(t *testing.T) {
	for name, body := range map[string]string{
		"an object":                `{"status":"DONE"}`,
		"blanks around":            " \r\n{\"status\":\"DONE\"}\n\t ",
		"unknown fields":           `{"new":{"status":"x"},"status":"DONE","more":[1]}`,
		"a list of one":            `[{"status":"DONE"}]`,
		"a list of one and blanks": ` [ {"status":"DONE"} ] `,
	} {
		t.Run(name, func(t *testing.T) {
			var r record
			require.NoError(t, Decode([]byte(body), &r))
			assert.Equal(t, carriers.Text("DONE"), r.Status)
			var m map[string]json.RawMessage
			require.NoError(t, Decode([]byte(body), &m))
			assert.Equal(t, `"DONE"`, string(m["status"]))
		})
	}
}

func TestAListIsAList(t *testing.T) {
	var list []record
	require.NoError(t, Decode([]byte(`[{"status":1},{"status":2}]`), &list))
	assert.Len(t, list, 2)
	require.NoError(t, Decode([]byte(`[]`), &list))
	assert.Empty(t, list)
	for _, body := range []string{`{}`, `null`, `{"status":1}`, `"x"`} {
		assert.EqualError(t, Decode([]byte(body), &list), "not a JSON list", body)
	}
}

func TestASingleObjectStandsForAListOfOne(t *testing.T) {
	for body, want := range map[string]record{
		`{"lines":{"status":"DONE"}}`:                                        {Lines: []record{{Status: "DONE"}}},
		`{"lines" : { "STATUS" : "DONE" } , "state":"x"}`:                    {State: "x", Lines: []record{{Status: "DONE"}}},
		`{"info":{"lines":{"lines":{"status":"DONE","open":true}}}}`:         {Info: &record{Lines: []record{{Lines: []record{{Status: "DONE", Open: true}}}}}},
		`[{"lines":[{"lines":{"count":1}},{"lines":{"count":2,"new":{}}}]}]`: {Lines: []record{{Lines: []record{{Count: 1}}}, {Lines: []record{{Count: 2}}}}},
	} {
		var r record
		require.NoError(t, Decode([]byte(body), &r), body)
		assert.Equal(t, want, r, body)
	}
	many := `{"lines":[` + strings.TrimSuffix(strings.Repeat(`{"lines":{"count":1}},`, maxSingleObjects), ",") + `]}`
	assert.EqualError(t, Decode([]byte(many), new(record)), "too many lists are written as a single object")
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	var r record
	require.NoError(t, Decode([]byte(`{"status":89010000000000000017,"any":{"id":9007199254740993,"fee":1e400}}`), &r))
	assert.Equal(t, carriers.Text("89010000000000000017"), r.Status)
	assert.Equal(t, map[string]any{"id": json.Number("9007199254740993"), "fee": json.Number("1e400")}, r.Any)
	r = record{}
	require.NoError(t, Decode([]byte(`{"any":9007199254740993}`), &r))
	assert.Equal(t, json.Number("9007199254740993"), r.Any)
}

func TestWhatCannotBeReadIsDescribed(t *testing.T) {
	for body, says := range map[string]string{
		``:                                     "not JSON (it is empty)",
		"\n":                                   "not JSON (it is empty)",
		`<!DOCTYPE html><p>15550100123`:        "not JSON (a web page)",
		`default backend - 404`:                "not JSON",
		`{"status":15550100123`:                "not JSON (it ends early)",
		`[{"status":15550100123`:               "not JSON (it ends early)",
		`{"status":15550100123,}`:              "not JSON",
		`{"status":1}{"status":15550100123}`:   "not JSON (something follows the first value)",
		`{"status":1} 15550100123 x`:           "not JSON (something follows the first value)",
		`null`:                                 "not a JSON object",
		`"15550100123"`:                        "not a JSON object",
		`15550100123`:                          "not a JSON object",
		`[]`:                                   "not a JSON object, but a list of 0",
		`[{"status":15550100123},{}]`:          "not a JSON object, but a list of 2",
		`["15550100123"]`:                      "not a JSON object, but a list of 1",
		`[null]`:                               "not a JSON object, but a list of 1",
		`[[{}]]`:                               "not a JSON object, but a list of 1",
		`{"state":15550100123}`:                `field "state" is not a text`,
		`{"status":{"id":15550100123}}`:        `field "status" is not a text`,
		`{"status":[15550100123]}`:             `field "status" is not a text`,
		`{"date":{"at":15550100123}}`:          `field "date" is not a text`,
		`{"info":{"status":[15550100123]}}`:    `field "info.status" is not a text`,
		`{"lines":[{},{"status":true}]}`:       `field "lines.status" is not a text`,
		`{"count":15550100123}`:                `field "count" is not a whole number in its range`,
		`{"amount":"15550100123"}`:             `field "amount" is not a number in its range`,
		`{"open":"15550100123"}`:               `field "open" is not true or false`,
		`{"lines":{"message":"15550100123"}}`:  `field "lines" is not a list`,
		`{"lines":{}}`:                         `field "lines" is not a list`,
		`{"objects":{"status":"15550100123"}}`: `field "objects" is not a list`,
		`{"info":"15550100123"}`:               `field "info" is not an object`,
		`{"free":"15550100123"}`:               `field "free" is not an object`,
	} {
		assert.EqualError(t, Decode([]byte(body), new(record)), says, body)
	}
}

// A value without interface values is read in another way, which must not show.
func TestAValueIsReadAlikeWithAndWithoutInterfaceValues(t *testing.T) {
	type line struct {
		Status carriers.Text `json:"status"`
		Count  int           `json:"count"`
	}
	type plain struct {
		Status carriers.Text `json:"status"`
		Count  int           `json:"count"`
		Lines  []line        `json:"lines"`
	}
	type free struct {
		Status carriers.Text                   `json:"status"`
		Count  int                             `json:"count"`
		Lines  []line                          `json:"lines"`
		Deep   []map[string]*struct{ Any any } `json:"deep"`
	}
	require.False(t, hasInterface(reflect.TypeFor[*plain]()))
	require.True(t, hasInterface(reflect.TypeFor[*free]()))
	for _, body := range []string{
		`{"status":89010000000000000017,"lines":[{"count":1}]}`, `[{"STATUS":" x "}]`, `{"lines":{"count":2}}`, ` {"count":1} `,
		`{"count":1} {"count":2}`, `{"count":1}x`, `{"count":1`, `{"count":1,}`, `{"count":"x"}`, `{"count":1e99}`, `{"lines":{}}`, `{"lines":[{"status":[]}]}`,
		`null`, `[]`, `[null]`, `"x"`, `text`,
	} {
		var a plain
		var b free
		errA, errB := Decode([]byte(body), &a), Decode([]byte(body), &b)
		require.Equal(t, errB, errA, body)
		require.Equal(t, plain{b.Status, b.Count, b.Lines}, a, body)
	}
}

// FuzzDecode reads any body: it may be refused, but no error repeats any of it, the result keeps the bound, and what is
// accepted is plain JSON.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"status":"DONE"}`, `[{"status":1}]`, `[]`, `null`, `<html>`, `{"status":{}}`, `{"any":1e400}`, `{} {}`, ``, "\ufeff{}", `{"lines":{"lines":{"status":1}}}`,
		"\xff\xfe{\x00}\x00", "\x00{\x00}", "{\"a\":\"\xf1\"}", packed(f, `{"status":1}`), packed(f, packed(f, `{}`)), packed(f, `{}`)[:12],
	} {
		f.Add([]byte(seed), "application/json; charset=latin1", "gzip")
	}
	f.Fuzz(func(t *testing.T, body []byte, kind, packing string) {
		plain, err := Plain(http.Header{"Content-Type": {kind}, "Content-Encoding": {packing}}, body, limit)
		if err != nil {
			return
		}
		if len(plain) > 3*limit { // one byte becomes at most the three of a replacement character
			t.Errorf("%d bytes became %d", len(body), len(plain))
		}
		if string(plain) != strings.ToValidUTF8(string(plain), "") {
			t.Error("not UTF-8")
		}
		var r record
		if err := Decode(plain, &r); err == nil {
			if !json.Valid(plain) {
				t.Errorf("took what is no JSON: %q", plain)
			}
			if _, err := json.Marshal(r); err != nil {
				t.Errorf("what was read cannot be written: %v", err)
			}
		} else if strings.Contains(err.Error(), "json:") || strings.Contains(err.Error(), "carriers.") {
			t.Errorf("the error is not in words: %v", err)
		}
		var list []record
		if Decode(plain, &list) == nil && list == nil {
			t.Errorf("%q became a missing list", plain)
		}
	})
}

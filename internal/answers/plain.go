// Package answers reads everything that carriers send: answers to our calls, answers of token endpoints, and callbacks.
// Plain converts a body to plain UTF-8, Decode reads one JSON value from it. Both accept the same variants everywhere, and
// their errors repeat nothing of the body.
package answers

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// ErrTooLarge marks a body that has more bytes than allowed, packed or unpacked.
var ErrTooLarge = errors.New("too large")

// maxLayers bounds how often a body may be packed: once by the carrier, once by a gateway (ours).
const maxLayers = 2

// Plain returns a body in plain UTF-8, without a byte order mark, unpacked when it is gzip. limit bounds the bytes before
// and after unpacking. The bytes decide, and the header is only a hint: gateways unpack a body and leave its
// Content-Encoding, or pack one without saying so, and by RFC 8259 the charset of JSON has no meaning. The content type is
// not checked; a body that is not JSON is refused by Decode. A nil header gives no hints.
//
// It returns an error for a body that is too large (ErrTooLarge), or packed in a way that cannot be read.
func Plain(header http.Header, body []byte, limit int64) ([]byte, error) {
	body, err := unpack(body, limit)
	if err != nil {
		return nil, err
	}
	if packing := header.Get("Content-Encoding"); !readable(packing) && !looksLikeJSON(body) {
		return nil, errors.New("packed in another way than gzip")
	}
	return inUTF8(header, body), nil
}

// unpack removes gzip, which the first two bytes show: no text begins with them.
func unpack(body []byte, limit int64) ([]byte, error) {
	for layer := 0; ; layer++ {
		switch {
		case int64(len(body)) > limit:
			return nil, tooLarge(limit)
		case !bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
			return body, nil
		case layer == maxLayers:
			return nil, errors.New("packed with gzip too often")
		}
		reader, err := gzip.NewReader(bytes.NewReader(body))
		if err == nil {
			body, err = io.ReadAll(io.LimitReader(reader, limit+1))
		}
		if err != nil {
			return nil, errors.New("packed with gzip that is broken or ends early")
		}
	}
}

func tooLarge(limit int64) error { return fmt.Errorf("%w: more than %d KiB", ErrTooLarge, limit>>10) }

// readable reports whether a body with this Content-Encoding is readable once gzip is removed.
func readable(packing string) bool {
	for part := range strings.SplitSeq(packing, ",") {
		switch strings.ToLower(strings.TrimSpace(part)) {
		case "", "identity", "gzip", "x-gzip":
		default:
			return false
		}
	}
	return true
}

func looksLikeJSON(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n\ufeff")
	return len(body) == 0 || body[0] == '{' || body[0] == '['
}

// inUTF8 converts a body. Valid UTF-8 is kept, whatever charset is announced: a text in Latin-1 or a similar charset is not
// valid UTF-8 by chance. Any other text is converted as announced, or its invalid bytes are replaced, so that one broken
// name does not hide a status.
func inUTF8(header http.Header, body []byte) []byte {
	if wide := wideEncoding(body); wide != nil {
		if converted, err := wide.NewDecoder().Bytes(body); err == nil {
			body = converted
		}
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if utf8.Valid(body) {
		return body
	}
	if narrow := narrowEncoding(header); narrow != nil {
		if converted, err := narrow.NewDecoder().Bytes(body); err == nil {
			return converted
		}
	}
	return bytes.ToValidUTF8(body, []byte("\ufffd"))
}

// wideEncoding recognizes UTF-16 by its byte order mark, or by a zero byte among the first two bytes, because JSON begins
// with an ASCII character.
func wideEncoding(body []byte) encoding.Encoding {
	switch {
	case len(body) < 2:
		return nil
	case body[0] == 0xfe && body[1] == 0xff, body[0] == 0xff && body[1] == 0xfe:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case body[0] == 0 && body[1] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case body[0] != 0 && body[1] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	}
	return nil
}

// narrowEncoding is the announced charset if it has one byte for each character. ISO-8859-1 is read as Windows-1252, which
// differs only where ISO-8859-1 has control characters, and which is often meant.
func narrowEncoding(header http.Header) encoding.Encoding {
	_, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return nil
	}
	switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(parameters["charset"])) {
	case "iso88591", "latin1", "windows1252", "cp1252", "usascii", "ascii":
		return charmap.Windows1252
	case "iso885915", "latin9":
		return charmap.ISO8859_15
	}
	return nil
}

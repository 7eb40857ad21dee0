package inert

import (
	"bytes"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
)

// A Mail is a parsed one.
type Mail struct {
	Header     mail.Header
	Text, HTML string
}

// ReadMail parses a mail of two parts as mail programs do. It returns what they
// would stumble over.
func ReadMail(data []byte) (m Mail, _ []string) {
	var found problems
	for _, line := range bytes.Split(data, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
			found.say("a line of %d bytes, or a bare line break in it", len(line))
		}
		if bytes.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
			found.say("a line that is not ASCII: %.60q", line)
		}
	}
	message, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		found.say("the mail can't be parsed: %v", err)
		return m, found
	}
	m.Header = message.Header
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		found.say("it is of type %q", kind)
		return m, found
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	var kinds []string
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			found.say("a part can't be read: %v", err)
			break
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		kinds = append(kinds, kind)
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil || part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			found.say("a part can't be decoded: %v", err)
		}
		body := strings.ReplaceAll(string(text), "\r\n", "\n")
		if kind == "text/html" {
			m.HTML = body
		} else {
			m.Text = body
		}
	}
	if !slices.Equal(kinds, []string{"text/plain", "text/html"}) {
		found.say("its parts are %q", kinds)
	}
	return m, found
}

// CheckHeader returns what the header of a mail has that a harmless mail's has
// not: another field, a field twice, or more than the one recipient.
func (m Mail) CheckHeader(harmless mail.Header, to string) []string {
	var found problems
	want, got := slices.Sorted(maps.Keys(harmless)), slices.Sorted(maps.Keys(m.Header))
	if !slices.Equal(want, got) {
		found.say("its fields are %q, want %q", got, want)
	}
	decoder := new(mime.WordDecoder)
	for name, values := range m.Header {
		if len(values) != 1 {
			found.say("%s is there %d times", name, len(values))
		}
		for _, v := range values {
			plain, err := decoder.DecodeHeader(v)
			if err != nil {
				found.say("%s can't be decoded: %v", name, err)
			}
			found.text(name, plain)
		}
	}
	list, err := m.Header.AddressList("To")
	if err != nil || len(list) != 1 || list[0].Address != to || list[0].Name != "" {
		found.say("To is %q, want %q alone", m.Header.Get("To"), to)
	}
	for _, name := range []string{"From", "List-Id", "Auto-Submitted", "Content-Type", "Reply-To", "List-Help", "List-Unsubscribe"} {
		a, b := m.Header.Get(name), harmless.Get(name)
		if name == "Content-Type" {
			a, _, _ = strings.Cut(a, ";")
			b, _, _ = strings.Cut(b, ";")
		}
		if a != b {
			found.say("%s is %q, want %q", name, a, b)
		}
	}
	return found
}

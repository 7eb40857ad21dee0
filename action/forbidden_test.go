package action_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A blacklist holds what must not be read in a text: every string of a world
// and of its services, in every form that it could take on the way out.
type blacklist struct {
	folded  []string // in lower case, sought in lower case
	words   []string // likewise, but short: sought as whole words
	encoded []string // sought as they are
}

// generic are the fields of a world that hold words of GitHub's own, such as
// draft. Times and numbers are left to the check for digits.
var generic = map[string]bool{"Visibility": true, "State": true, "Severity": true, "DefaultBranch": true, "Type": true, "Ecosystem": true, "Scopes": true}

// stringsOf walks through a value of any type and returns all strings in it.
func stringsOf(v reflect.Value, into map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			stringsOf(v.Elem(), into)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !generic[f.Name] {
				stringsOf(v.Field(i), into)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			stringsOf(v.Index(i), into)
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			stringsOf(key, into)
			stringsOf(value, into)
		}
	case reflect.String:
		into[v.String()] = true
	}
}

var (
	wordForm    = regexp.MustCompile(`[\pL\pN_-]{5,}`)
	addressForm = regexp.MustCompile(`[\w.+-]+@[\w.-]+`)
)

// identifiers are all strings of a bench: those of its world, of its Slack and
// its mail server, the inputs that are secrets or name somebody, and what the
// ledger holds. None has to be listed by hand.
func (b *bench) identifiers(env map[string]string, ledger string) []string {
	all := make(map[string]bool)
	b.World.Lock()
	stringsOf(reflect.ValueOf(b.World), all)
	for i, u := range b.World.Users {
		all[sandbox.SlackID(i)] = true
		all[u.Login] = true
	}
	for _, a := range b.World.Advisories {
		if a.Score > 0 {
			all[fmt.Sprintf("%.1f", a.Score)] = true
		}
		all[a.Created.Format(time.DateOnly)] = true
	}
	b.World.Unlock()
	for _, s := range []string{b.GitHub.APIURL(), b.Slack.URL, b.Mail.Addr(), "C0SECURITY", "C0GENERAL0", "D00000001", sandbox.ReportChannel} {
		all[s] = true
	}
	var remembered any
	if json.Unmarshal([]byte(ledger), &remembered) == nil {
		found := make(map[string]bool)
		stringsOf(reflect.ValueOf(remembered), found)
		for s := range found {
			if len(s) > 12 {
				all[s] = true
			}
		}
	}
	// What the configuration says, but for the words that it is made of.
	var configured any
	if book, err := phrases(); err == nil && yaml.Unmarshal([]byte(env["INPUT_CONFIG-TEXT"]), &configured) == nil {
		found := make(map[string]bool)
		stringsOf(reflect.ValueOf(configured), found)
		for s := range found {
			if len(s) > 3 && !book.vocabulary[s] && !book.constant(s) {
				all[s] = true
			}
		}
	}
	// Parts: what an address, a path or a text is made of.
	for _, s := range slices.Collect(maps.Keys(all)) {
		for _, w := range wordForm.FindAllString(s, -1) {
			all[w] = true
		}
		for _, a := range addressForm.FindAllString(s, -1) {
			local, domain, _ := strings.Cut(a, "@")
			all[a], all[local], all[domain] = true, true, true
		}
		if owner, name, ok := strings.Cut(s, "/"); ok && !strings.Contains(name, "/") {
			all[owner], all[name] = true, true
		}
		if u, err := url.Parse(s); err == nil && u.Host != "" {
			all[u.Host], all[u.Hostname()], all[u.Port()], all[u.Path] = true, true, true, true
		}
	}
	for name, value := range env {
		switch {
		case strings.HasPrefix(name, "INPUT_") && len(value) > 4 && !plainInput[name]:
			all[value] = true
			for line := range strings.Lines(value) {
				if name != "INPUT_CONFIG-TEXT" { // whose lines begin with keys
					all[strings.TrimSpace(line)] = true
				}
			}
		case name == "GITHUB_WORKSPACE", name == "GITHUB_STEP_SUMMARY":
			all[value] = true
		}
	}
	return slices.Collect(maps.Keys(all))
}

// plainInput are the inputs whose values are words of the program's own.
var plainInput = map[string]bool{"INPUT_SMTP-SECURITY": true, "INPUT_LEDGER": true, "INPUT_SEVERITIES": true, "INPUT_DRY-RUN": true, "INPUT_FORCE": true}

// innocent are strings of the world that the program's constant texts hold
// too, in advice such as "a mail address such as name@example.org".
var innocent = map[string]bool{
	"example.org": true, "example": true, "config-text": true, "ledger": true, "advisory": true, "advisories": true,
	"advisory-reminders": true, "reminders": true, "security": true, "owner": true, "owners": true, "group": true, "user": true,
	"contacts": true, "snooze": true, "channels": true, "email": true, "slack": true, "reason": true, "until": true, "forget": true,
	"main": true, "value": true, "number": true, "of": true, "https": true,
	"privacy": true, "show-summary": true, "public-channel": true, "input": true, "branch": true, "timezone": true, "weekly": true, "-": true, ".": true,
}

// newBlacklist makes the list of identifiers and of their derived forms.
func newBlacklist(identifiers []string) *blacklist {
	l := &blacklist{}
	seen := make(map[string]bool)
	put := func(list *[]string, s string) {
		if !seen[s] {
			seen[s] = true
			*list = append(*list, s)
		}
	}
	for _, s := range identifiers {
		s = strings.TrimSpace(s)
		folded := strings.ToLower(s)
		switch {
		case len(s) < 2 || innocent[folded]:
			continue
		case len(s) < 6:
			put(&l.words, folded)
		default:
			put(&l.folded, folded)
		}
		if len(s) < 4 {
			continue
		}
		quoted, _ := json.Marshal(s)
		for _, form := range []string{
			url.QueryEscape(s), url.PathEscape(s), strings.Trim(fmt.Sprintf("%q", s), `"`), strings.Trim(fmt.Sprintf("%+q", s), `"`),
			strings.Trim(string(quoted), `"`), html.EscapeString(s), strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s),
			hex.EncodeToString([]byte(s)),
		} {
			if len(form) >= 6 && !innocent[strings.ToLower(form)] {
				put(&l.folded, strings.ToLower(form))
			}
		}
		if len(s) < 6 {
			continue
		}
		// Base64 of a text that holds s looks otherwise by where s begins.
		for shift := range 3 {
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				form := encoding.EncodeToString([]byte(strings.Repeat("x", shift) + s))
				from, to := (shift*8+5)/6, (shift+len(s))*8/6
				put(&l.encoded, form[from:to])
			}
		}
	}
	return l
}

// find returns the entries of the list that a text holds.
func (l *blacklist) find(text string) (found []string) {
	folded := strings.ToLower(text)
	for _, s := range l.folded {
		if strings.Contains(folded, s) {
			found = append(found, s)
		}
	}
	for _, s := range l.words {
		for rest := folded; ; {
			i := strings.Index(rest, s)
			if i < 0 {
				break
			}
			if (i == 0 || !alphanumeric(rest[i-1])) && (i+len(s) == len(rest) || !alphanumeric(rest[i+len(s)])) {
				found = append(found, s)
				break
			}
			rest = rest[i+1:]
		}
	}
	for _, s := range l.encoded {
		if strings.Contains(text, s) {
			found = append(found, s)
		}
	}
	return found
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80
}

// tally counts what was checked, for the note that closes the test.
type tally struct {
	runs, bytes, lines atomic.Int64
	mu                 sync.Mutex
	strings            map[string]bool
	said               map[string]int // lines of a public log, masks left out
}

func (n *tally) count(l *blacklist, texts ...string) {
	n.runs.Add(1)
	for _, text := range texts {
		n.bytes.Add(int64(len(text)))
		n.lines.Add(int64(strings.Count(text, "\n")))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.strings == nil {
		n.strings, n.said = make(map[string]bool), make(map[string]int)
	}
	for _, list := range [][]string{l.folded, l.words, l.encoded} {
		for _, s := range list {
			n.strings[s] = true
		}
	}
}

// String tells the counts.
func (n *tally) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprintf("%d runs, %d forbidden strings, %d lines and %d bytes of output", n.runs.Load(), len(n.strings), n.lines.Load(), n.bytes.Load())
}

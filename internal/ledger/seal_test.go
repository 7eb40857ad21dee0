package ledger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/age"
)

// secret returns a secret of 32 characters.
func secret(n int) string { return fmt.Sprintf("%032d", n) }

// key returns a key of such secrets.
func key(t *testing.T, n ...int) *Key {
	t.Helper()
	var lines []string
	for _, i := range n {
		lines = append(lines, secret(i))
	}
	k, err := NewKey(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A secret has 32 characters at least, whichever it is, and no error quotes one.
func TestNewKey(t *testing.T) {
	long, short := secret(1), secret(1)[:31]
	for _, tt := range []struct {
		name, text string
		secrets    int
		want       string
	}{
		{"one", long, 1, ""},
		{"a line each", long + "\n" + secret(2) + "\r\n\n", 2, ""},
		{"one too short", short, 0, "at least 32 characters"},
		{"the second too short", long + "\n" + short, 0, "at least 32 characters"},
		{"none", " \n", 0, "is empty"},
	} {
		k, err := NewKey(tt.text)
		if tt.want == "" {
			if err != nil || len(k.secrets) != tt.secrets {
				t.Errorf("%s: %v, %v", tt.name, k, err)
			}
			continue
		}
		wantError(t, err, tt.want, "openssl rand -hex 32")
		if strings.Contains(err.Error(), short) {
			t.Errorf("%s: the error quotes the secret", tt.name)
		}
	}
}

// The first secret seals, and any of them opens; another one does not.
func TestAnyOfTheKeysOpensAndTheFirstSeals(t *testing.T) {
	text := []byte(`{"a":1}`)
	sealed, err := key(t, 1, 2).seal(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key   *Key
		opens bool
	}{
		{key(t, 1), true},
		{key(t, 3, 2, 1), true},
		{key(t, 2), false},
		{key(t, 2, 3), false},
	} {
		got, err := tt.key.open(sealed)
		if (err == nil) != tt.opens || tt.opens && !bytes.Equal(got, text) {
			t.Errorf("opened with %d keys: %q, %v", len(tt.key.secrets), got, err)
		}
		if !tt.opens {
			wantError(t, err, "ledger-key", "as a further line", "delete the ledger")
		}
	}
	// age itself opens it, with the secret as its passphrase.
	identity, err := age.NewScryptIdentity(secret(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := age.Decrypt(bytes.NewReader(sealed), identity); err != nil {
		t.Errorf("age: %v", err)
	}
	for name, damaged := range map[string][]byte{
		"cut short": sealed[:len(sealed)-100],
		"changed":   append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1),
	} {
		if _, err := key(t, 1).open(damaged); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
}

// {} sealed with the first secret, by age, at two work factors.
const (
	at18 = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCB6NHpYeDJGSzJ3OHdyY3cvR0lyd2dnIDE4CjBtdWNtZURDTGRkNm1FbWdoV2xObFBQV29HNHU2K2NzU09yYUJIWndlVncKLS0tIHhVamlFdUM4bGJUSmowSjdGRXpMaHVaaFZvLzN3QnNSOUZlSmJaVHZHRlEKRBd/+bKFK8HQuVQRkon0wgfXy30imaLmGggo0Ydlct7omw=="
	at19 = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCAwRUdSZms0SDRsWXZpZnZwNWl1emtnIDE5CllFVExiSmhCMndnMDYxa2wwTHdEV0dvQjZjZkxHckkrRHRWSVBBTm10ckEKLS0tIGJuYjlheDhUVjZmS3E1MUFNSFg3VlNIc2x3dS9Nd3orbXFzaStYSDBEZ3cKfRMI5hBBHtNNd4TtpfAZ+5PmJbGR8+KEPjHkQ/2O4uKc7Q=="
)

// A work factor of 18 is read. What costs more is refused before it is tried: at 40
// that would take all the memory there is.
func TestWorkFactor(t *testing.T) {
	k := key(t, 1)
	at10, err := k.seal([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(bytes.Split(at10, []byte("\n"))[1], []byte(" 10")) {
		t.Error("the work factor is not 10")
	}
	decoded := func(text string) []byte {
		sealed, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	for _, tt := range []struct {
		factor int
		sealed []byte
		opens  bool
	}{
		{10, at10, true},
		{18, decoded(at18), true},
		{19, decoded(at19), false},
		{40, bytes.Replace(at10, []byte(" 10\n"), []byte(" 40\n"), 1), false},
	} {
		if _, err := k.open(tt.sealed); (err == nil) != tt.opens {
			t.Errorf("work factor %d: %v", tt.factor, err)
		}
	}
}

// The size of a sealed ledger is a power of two from 64 KiB to 16 MiB, then a
// multiple of 2 MiB, and above 24 MiB there is none.
func TestPadding(t *testing.T) {
	k := key(t, 1)
	const kib, mib = 1 << 10, 1 << 20
	overhead := 0
	for _, tt := range []struct{ size, want int }{
		{0, 64 * kib}, {1, 64 * kib}, {64 * kib, 64 * kib}, {64*kib + 1, 128 * kib}, {128 * kib, 128 * kib}, {128*kib + 1, 256 * kib},
		{16 * mib, 16 * mib}, {16*mib + 1, 18 * mib}, {18 * mib, 18 * mib}, {18*mib + 1, 20 * mib}, {24 * mib, 24 * mib}, {24*mib + 1, 0},
	} {
		sealed, err := k.seal(bytes.Repeat([]byte("x"), tt.size))
		if tt.want == 0 {
			if !errors.Is(err, errTooLarge) {
				t.Errorf("%d bytes: %v, want errTooLarge", tt.size, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		chunks := (tt.want + 64*kib - 1) / (64 * kib) // each with a tag of 16 bytes
		rest := len(sealed) - tt.want - 16*chunks
		if overhead == 0 {
			overhead = rest
		}
		if rest != overhead || overhead > 300 {
			t.Errorf("%d bytes: sealed in %d, want %d and a header", tt.size, len(sealed), tt.want)
		}
		text, err := k.open(sealed)
		if err != nil || len(text) != tt.size {
			t.Errorf("%d bytes: opened %d, %v", tt.size, len(text), err)
		}
	}
	wantError(t, errTooLarge, "24 MiB", "repositories", "ledger-branch")
}

// Nothing is believed that is plain where there is a key, sealed where there is
// none, or was sealed for another place; each error names the ways out.
func TestWhatIsBelieved(t *testing.T) {
	place := form{key: key(t, 1), repository: 7, branch: "ledger"}
	encode := func(f form) []byte {
		return must(f.encode(with(digest())))
	}
	for _, tt := range []struct {
		name string
		text []byte
		in   form
		want []string
	}{
		{"its own", encode(place), place, nil},
		{"with a new key first", encode(place), form{key(t, 2, 1), 7, "ledger"}, nil},
		{"of another repository", encode(form{key(t, 1), 8, "ledger"}), place, []string{"another repository or branch", "put back its own", "delete it"}},
		{"of another branch", encode(form{key(t, 1), 7, "elsewhere"}), place, []string{"another repository or branch"}},
		{"of a file", encode(form{key: key(t, 1)}), place, []string{"another repository or branch"}},
		{"with another key", encode(form{key(t, 2), 7, "ledger"}), place, []string{"does not open with this key"}},
		{"plain beside a key", encode(form{}), place, []string{"not sealed", "delete it to begin anew", "run once without the key"}},
		{"a plain one that claims the place", encode(form{nil, 7, "ledger"}), place, []string{"not sealed"}},
		{"sealed, and no key", encode(place), form{}, []string{"is sealed", "ledger-key"}},
		{"plain, and no key", encode(form{}), form{}, nil},
	} {
		l, err := tt.in.decode(tt.text)
		if tt.want != nil {
			wantError(t, err, tt.want...)
			continue
		}
		if err != nil || l.byID("d1") == nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// The binding is inside of what is sealed, and of what is not there is none.
func TestBinding(t *testing.T) {
	plain, err := key(t, 1).open(must(form{key(t, 1), 7, "ledger"}.encode(with())))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(plain, []byte(`{"format":2,"repository":7,"branch":"ledger",`)) {
		t.Errorf("it begins with %.80s", plain)
	}
	if text := must(form{}.encode(with())); bytes.Contains(text, []byte(`"branch"`)) {
		t.Errorf("plain: %.80s", text)
	}
}

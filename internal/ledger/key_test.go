package ledger

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// testWork keeps passphrases cheap in tests.
const testWork = 4

func mustKey(t *testing.T, secret string) *Key {
	t.Helper()
	k, err := newKey(secret, testWork)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeys(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"identity": id.String(), "passphrase": "correct horse battery"} {
		t.Run(name, func(t *testing.T) {
			k := mustKey(t, secret)
			want := full()
			sealed, err := k.encode(want)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"GHSA", "rocket", "ann"} {
				if bytes.Contains(sealed, []byte(word)) {
					t.Errorf("the encrypted ledger holds %q", word)
				}
			}
			got, err := k.decode(sealed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Ledger{}, Told{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err := mustKey(t, "another passphrase").decode(sealed); !errors.Is(err, ErrKey) {
				t.Errorf("with another key: %v", err)
			}
			if _, err := (*Key)(nil).decode(sealed); err == nil || !strings.Contains(err.Error(), "ledger-key") {
				t.Errorf("without a key: %v", err)
			}
			if _, err := k.decode(sealed[:len(sealed)-20]); err == nil {
				t.Error("a ledger that was cut short is read")
			}
		})
	}
	plain, err := full().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mustKey(t, "correct horse battery").decode(plain); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("a readable ledger with a key: %v", err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	for _, secret := range []string{"", "tiny one", "AGE-SECRET-KEY-1NONSENSE"} {
		_, err := NewKey(secret)
		if err == nil || secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("NewKey(%q) = %v, want an error that doesn't quote it", secret, err)
		}
	}
}

func TestPadding(t *testing.T) {
	k := mustKey(t, "correct horse battery")
	sizes := make(map[int]int) // sealed size by content
	for _, n := range []int{1, smallest - 1, smallest, smallest + 1, 2 * smallest, 2*smallest + 1} {
		sealed, err := k.seal(bytes.Repeat([]byte{'x'}, n))
		if err != nil {
			t.Fatal(err)
		}
		sizes[n] = len(sealed)
	}
	if sizes[1] != sizes[smallest-1] || sizes[1] != sizes[smallest] || sizes[smallest] >= sizes[smallest+1] ||
		sizes[smallest+1] != sizes[2*smallest] || sizes[2*smallest] >= sizes[2*smallest+1] {
		t.Errorf("sizes are %v, want steps at powers of two from %d", sizes, smallest)
	}
}

package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// workFactor is the cost of a passphrase, as a power of two: about a second on
// a runner. Whoever has the file can try passphrases without end.
const workFactor = 18

// maxWorkFactor bounds what a file that was put in the ledger's place can cost.
const maxWorkFactor = 20

// smallest is the size to which the smallest ledger is padded, in bytes. Larger
// ones are padded to the next power of two, so that the size of the file tells
// next to nothing.
const smallest = 64 << 10

// A Key encrypts a ledger for a repository that is public.
type Key struct {
	identity  age.Identity
	recipient age.Recipient
}

// ErrKey says that a ledger can't be opened with the key.
var ErrKey = errors.New("the ledger does not open with this key (input ledger-key): give it the key that it was written with; if that is lost, delete the ledger, and the next run is a first run")

// NewKey reads a key: an identity of age (AGE-SECRET-KEY-1...), else a
// passphrase. Its errors quote nothing of it.
func NewKey(secret string) (*Key, error) { return newKey(secret, workFactor) }

func newKey(secret string, work int) (*Key, error) {
	secret = strings.TrimSpace(secret)
	if strings.HasPrefix(strings.ToUpper(secret), "AGE-SECRET-KEY-") {
		id, err := age.ParseX25519Identity(secret)
		if err != nil {
			return nil, errors.New("begins as an identity of age does, and is none")
		}
		return &Key{identity: id, recipient: id.Recipient()}, nil
	}
	if len(secret) < 12 {
		return nil, errors.New("is too short: a passphrase has 12 characters or more")
	}
	recipient, err := age.NewScryptRecipient(secret)
	if err != nil {
		return nil, errors.New("can't serve as a passphrase")
	}
	recipient.SetWorkFactor(work)
	identity, err := age.NewScryptIdentity(secret)
	if err != nil {
		return nil, errors.New("can't serve as a passphrase")
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	return &Key{identity: identity, recipient: recipient}, nil
}

// seal pads and encrypts.
func (k *Key) seal(text []byte) ([]byte, error) {
	size := smallest
	for size < len(text) {
		size *= 2
	}
	padded := append(bytes.Clone(text), bytes.Repeat([]byte{'\n'}, size-len(text))...)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, k.recipient)
	if err != nil {
		return nil, fmt.Errorf("encrypt the ledger: %w", err)
	}
	if _, err := w.Write(padded); err != nil {
		return nil, fmt.Errorf("encrypt the ledger: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt the ledger: %w", err)
	}
	return sealed.Bytes(), nil
}

// open decrypts what seal made.
func (k *Key) open(sealed []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), k.identity)
	if err != nil {
		return nil, ErrKey
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, errors.New("the encrypted ledger is damaged, or cut short")
	}
	return bytes.TrimRight(text, "\n"), nil
}

// encrypted reports whether a file is one of age's.
func encrypted(text []byte) bool { return bytes.HasPrefix(text, []byte("age-encryption.org/")) }

// decode reads a ledger that is encrypted if and only if there is a key.
func (k *Key) decode(text []byte) (*Ledger, error) {
	switch {
	case k == nil && encrypted(text):
		return nil, errors.New("the ledger is encrypted: give its key in the input ledger-key")
	case k == nil:
		return Decode(text)
	case !encrypted(text):
		return nil, errors.New("the ledger is not encrypted, but there is a key (input ledger-key): its history is readable, so delete its branch and begin anew, or run once without the key to go on with it as it is")
	}
	plain, err := k.open(text)
	if err != nil {
		return nil, err
	}
	return Decode(plain)
}

// encode is the reverse of decode. Without a key it does not encrypt.
func (k *Key) encode(l *Ledger) ([]byte, error) {
	text, err := l.Encode()
	if err != nil || k == nil {
		return text, err
	}
	return k.seal(text)
}

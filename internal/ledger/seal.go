package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
)

// A secret has so many characters at least, such as those of openssl rand -hex
// 32: whoever has the file can try secrets without end.
const shortestKey = 32

// The cost of a secret, as a power of two. Secrets of that length need no more
// than the first; what somebody put in the ledger's place may cost no more than
// the second.
const (
	workFactor    = 10
	maxWorkFactor = 18
)

// The size of a sealed ledger is padded to a power of two, from 64 KiB to 16 MiB,
// and to multiples of 2 MiB beyond, so that it tells next to nothing.
const (
	smallest = 64 << 10
	largest  = 24 << 20
	stepFrom = 16 << 20
	step     = 2 << 20
)

// errTooLarge says that a ledger is larger than a commit can well hold.
var errTooLarge = errors.New("the ledger is larger than 24 MiB: split the organization among several workflows, each with its repositories (input repositories) and a branch of its own (input ledger-branch)")

// A Key seals a ledger for a repository that is public.
type Key struct {
	secrets []string // the first one seals, any of them opens
}

// NewKey reads secrets, one a line. Its errors quote nothing of them.
func NewKey(text string) (*Key, error) {
	var k Key
	for secret := range strings.Lines(text) {
		switch secret = strings.TrimSpace(secret); {
		case secret == "":
			continue
		case len(secret) < shortestKey:
			return nil, fmt.Errorf("each secret, one a line, must have at least %d characters: make one with openssl rand -hex 32", shortestKey)
		}
		k.secrets = append(k.secrets, secret)
	}
	if len(k.secrets) == 0 {
		return nil, errors.New("is empty: make a secret with openssl rand -hex 32")
	}
	return &k, nil
}

// seal pads and encrypts.
func (k *Key) seal(text []byte) ([]byte, error) {
	size := smallest
	for size < len(text) && size < stepFrom {
		size *= 2
	}
	if size < len(text) {
		size = (len(text) + step - 1) / step * step
	}
	if size > largest {
		return nil, errTooLarge
	}
	text = append(slices.Clip(text), bytes.Repeat([]byte{'\n'}, size-len(text))...)
	recipient, err := age.NewScryptRecipient(k.secrets[0])
	if err != nil {
		return nil, errors.New("seal the ledger: the key can't serve as a passphrase")
	}
	recipient.SetWorkFactor(workFactor)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("seal the ledger: %w", err)
	}
	return sealed.Bytes(), nil
}

// open decrypts what seal made, with whichever secret opens it.
func (k *Key) open(sealed []byte) ([]byte, error) {
	var identities []age.Identity
	for _, secret := range k.secrets {
		identity, err := age.NewScryptIdentity(secret)
		if err != nil {
			continue
		}
		identity.SetMaxWorkFactor(maxWorkFactor)
		identities = append(identities, identity)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identities...)
	if err != nil {
		return nil, errors.New("the ledger does not open with this key (input ledger-key): give it the key that it was sealed with, as a further line; if that is lost, delete the ledger, and the next run is a first run")
	}
	text, err := io.ReadAll(io.LimitReader(r, largest+1))
	if err != nil || len(text) > largest {
		return nil, damaged("is sealed, and damaged or cut short")
	}
	return bytes.TrimRight(text, "\n"), nil
}

// sealed reports whether a file is one of age's.
func sealed(text []byte) bool { return bytes.HasPrefix(text, []byte("age-encryption.org/")) }

// A form is how a ledger lies in its store: plain, or sealed and bound to a
// place.
type form struct {
	key        *Key // nil: plain
	repository int64
	branch     string
}

// decode reads a ledger. Where there is a key, nothing plain is believed, and
// nothing that was sealed for another place.
func (f form) decode(text []byte) (*Ledger, error) {
	switch {
	case f.key == nil && sealed(text):
		return nil, errors.New("the ledger is sealed: give its key in the input ledger-key")
	case f.key == nil:
		return Decode(text)
	case !sealed(text):
		return nil, errors.New("the ledger is not sealed, although there is a key (input ledger-key), so it may not be this program's: delete it to begin anew, or run once without the key to go on with it as it is")
	}
	plain, err := f.key.open(text)
	if err != nil {
		return nil, err
	}
	l, err := Decode(plain)
	if err == nil && (l.Repository != f.repository || l.Branch != f.branch) {
		return nil, errors.New("the ledger was sealed for another repository or branch: put back its own, or delete it to begin anew")
	}
	return l, err
}

// encode is the reverse of decode.
func (f form) encode(l *Ledger) (text []byte, nonce string, err error) {
	l.Repository, l.Branch = f.repository, f.branch
	text, nonce, err = l.encode()
	switch {
	case err == nil && f.key != nil:
		text, err = f.key.seal(text)
	case err == nil && len(text) > largest:
		err = errTooLarge
	}
	return text, nonce, err
}

package ledger

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

const blobBefore, blobAfter = `{"encoding":"base64","content":"`, `"}`

// A blobBody is the body of a request that writes a blob, encoded while it is
// read: a large ledger is the largest thing that a run holds, and it should be
// held once. The body can be read again from its beginning. A try that was given
// up may still be reading then, so that what has arrived has to be compared with
// blobID.
type blobBody struct {
	text []byte

	mu   sync.Mutex
	rest io.Reader // nil: nothing was read yet
}

// Len returns how long the whole body is, in bytes.
func (b *blobBody) Len() int {
	return len(blobBefore) + base64.StdEncoding.EncodedLen(len(b.text)) + len(blobAfter)
}

// Read reads on.
func (b *blobBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rest == nil {
		b.rest = io.MultiReader(strings.NewReader(blobBefore), &inBase64{text: b.text}, strings.NewReader(blobAfter))
	}
	return b.rest.Read(p)
}

// Seek goes back to the beginning.
func (b *blobBody) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.New("a blob is read from its beginning")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rest = nil
	return 0, nil
}

// Close does nothing.
func (*blobBody) Close() error { return nil }

// inBase64 reads a text in base64.
type inBase64 struct {
	text    []byte // what is left
	encoded []byte // what of it is encoded and was not read
	piece   [4096]byte
}

// Read reads on.
func (r *inBase64) Read(p []byte) (int, error) {
	if len(r.encoded) == 0 {
		n := min(len(r.text), len(r.piece)/4*3)
		if n == 0 {
			return 0, io.EOF
		}
		r.encoded = base64.StdEncoding.AppendEncode(r.piece[:0], r.text[:n])
		r.text = r.text[n:]
	}
	n := copy(p, r.encoded)
	r.encoded = r.encoded[n:]
	return n, nil
}

// blobID is the id that git gives a blob.
func blobID(text []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(text))
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil))
}

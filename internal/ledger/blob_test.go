package ledger

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A body is the JSON that GitHub wants, as long as it says that it is, and from
// its beginning again however far it was read.
func TestBlobBody(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 3071, 3072, 3073, 10_000} {
		text := bytes.Repeat([]byte("\x00\xff~"), n/3+1)[:n]
		b := &blobBody{text: text}
		for _, first := range []int64{0, 1, int64(len(blobBefore)) + 2, int64(b.Len())} {
			if _, err := b.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, b, first); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			var got struct {
				Encoding string
				Content  []byte
			}
			all, err := io.ReadAll(iotest.OneByteReader(b))
			if err != nil || len(all) != b.Len() {
				t.Fatalf("%d bytes, %v, want %d", len(all), err, b.Len())
			}
			if err := json.Unmarshal(all, &got); err != nil || got.Encoding != "base64" || !bytes.Equal(got.Content, text) {
				t.Errorf("%d bytes of text, read again after %d: %v, %.60q", n, first, err, all)
			}
		}
	}
	if _, err := new(blobBody).Seek(1, io.SeekStart); err == nil {
		t.Error("it can be read from its middle")
	}
}

// A blob that was sent in vain is sent again whole, and what GitHub has got is
// compared with what it should have.
func TestCreateBlob(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789"), 1<<20/5)
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(text), text))
	right := hex.EncodeToString(sum[:])
	for name, tt := range map[string]struct {
		fail   func(w http.ResponseWriter, r *http.Request) // at the first request
		answer string
		want   string // part of the error
	}{
		"at once":                {nil, right, ""},
		"refused unread":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, right, ""},
		"refused in its middle":  {func(w http.ResponseWriter, r *http.Request) { half(r); w.WriteHeader(502) }, right, ""},
		"broken in its middle":   {func(_ http.ResponseWriter, r *http.Request) { half(r); panic(http.ErrAbortHandler) }, right, ""},
		"broken at its end":      {func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); panic(http.ErrAbortHandler) }, right, ""},
		"something else arrived": {nil, strings.Repeat("0", 40), "not what was sent"},
	} {
		t.Run(name, func(t *testing.T) {
			tries := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tries++; tries == 1 && tt.fail != nil {
					tt.fail(w, r)
					return
				}
				var got struct{ Content []byte }
				if err := json.NewDecoder(r.Body).Decode(&got); err != nil || !bytes.Equal(got.Content, text) {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				w.WriteHeader(http.StatusCreated)
				fmt.Fprintf(w, `{"sha":%q}`, tt.answer)
			}))
			defer server.Close()
			client := transport.New(transport.Options{MinWait: time.Millisecond})
			b, err := NewBranch(client, server.URL, server.URL, advisory.Repository{Owner: "acme", Name: "reminders"}, "x", nil)
			if err != nil {
				t.Fatal(err)
			}
			blob, err := b.createBlob(t.Context(), text)
			switch {
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)), tt.want == "" && err != nil:
				t.Errorf("createBlob() = %v, want %q", err, tt.want)
			case err == nil && blob.GetSHA() != right:
				t.Errorf("createBlob() = %s, want %s", blob.GetSHA(), right)
			}
		})
	}
}

func half(r *http.Request) { io.CopyN(io.Discard, r.Body, r.ContentLength/2) }

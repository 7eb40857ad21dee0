package transport

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// maxAnswer is how many bytes of an answer are read, whoever answers.
const maxAnswer = 64 << 20

// ErrTooLong is the error of an answer that is longer.
var ErrTooLong = errors.New("the answer is too long")

// whole reads each answer to its end, so that one which is cut short has failed
// and can be asked for again. That of a request which must not be carried out twice
// is left as it is: its status counts. No answer is longer than maxAnswer.
func whole(base http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		resp.Body = &bounded{ReadCloser: resp.Body, left: maxAnswer}
		if req.Context().Value(onceKey{}) != nil {
			return resp, nil
		}
		defer resp.Body.Close()
		var text bytes.Buffer
		text.Grow(int(min(max(0, resp.ContentLength), maxAnswer)) + bytes.MinRead) // in one piece, where it is known
		if _, err := text.ReadFrom(resp.Body); err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(&text)
		return resp, nil
	})
}

// bounded is a body of which no more is read than may be left.
type bounded struct {
	io.ReadCloser
	left int
}

// Read returns ErrTooLong where the body goes on beyond its bound.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if n > b.left {
		return b.left, ErrTooLong
	}
	b.left -= n
	return n, err
}

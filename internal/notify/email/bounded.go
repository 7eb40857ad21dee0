package email

import (
	"errors"
	"net"
)

// longestAnswer is how much a server may say at once, the certificates of TLS
// included. It is far more than any server has to say.
const longestAnswer = 256 << 10

// errEndless is the error of an answer that is longer.
var errEndless = errors.New("the answer has no end")

// A bounded connection reads no more than longestAnswer before something is
// written again, whether in one line or in many.
type bounded struct {
	net.Conn
	read int // since the last write
}

// Read reads as far as the bound.
func (b *bounded) Read(p []byte) (int, error) {
	if b.read >= longestAnswer {
		return 0, errEndless
	}
	n, err := b.Conn.Read(p[:min(len(p), longestAnswer-b.read)])
	b.read += n
	return n, err
}

// Write writes, which the next answer follows.
func (b *bounded) Write(p []byte) (int, error) {
	b.read = 0
	return b.Conn.Write(p)
}

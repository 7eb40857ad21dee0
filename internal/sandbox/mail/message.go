package mail

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"time"

	message "github.com/emersion/go-message/mail"
)

// Parse reads a message as a mail program would: its header, and its first
// text and HTML parts.
func Parse(data []byte) Mail {
	m := Mail{Data: data}
	envelope, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		m.Problem = fmt.Sprintf("read header: %v", err)
		return m
	}
	m.Header = envelope.Header
	m.MessageID = strings.Trim(m.Header.Get("Message-Id"), "<> ")
	reader, err := message.CreateReader(bytes.NewReader(data))
	if err != nil {
		m.Problem = fmt.Sprintf("read message: %v", err)
		return m
	}
	defer reader.Close()
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return m
		}
		if err != nil {
			m.Problem = fmt.Sprintf("read part: %v", err)
			return m
		}
		inline, ok := part.Header.(*message.InlineHeader)
		if !ok {
			continue
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			m.Problem = fmt.Sprintf("read part: %v", err)
			return m
		}
		kind, _, err := inline.ContentType()
		switch {
		case err != nil:
			m.Problem = fmt.Sprintf("read part: %v", err)
			return m
		case kind == "text/plain" && m.Text == "":
			m.Text = string(body)
		case kind == "text/html" && m.HTML == "":
			m.HTML = string(body)
		}
	}
}

// mailCertificate makes a certificate for localhost that is its own authority, and
// returns it as a PEM file's content too.
func mailCertificate() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make a key: %w", err)
	}
	// The years are wide, since the demo's clock is not the machine's.
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "localhost"},
		NotBefore:             time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make a certificate: %w", err)
	}
	certificate := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

package mail

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// AuthMechanisms implements smtp.AuthSession.
func (s *mailSession) AuthMechanisms() []string {
	if !s.server.wantsLogin() {
		return nil
	}
	if list := s.server.options.Mechanisms; len(list) > 0 {
		return list
	}
	return []string{sasl.Plain, sasl.Login}
}

// Auth implements smtp.AuthSession.
func (s *mailSession) Auth(mechanism string) (sasl.Server, error) {
	if !slices.Contains(s.AuthMechanisms(), mechanism) {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	s.server.mu.Lock()
	s.server.logins = append(s.server.logins, mechanism)
	s.server.mu.Unlock()
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, username, password string) error {
			return s.login(username, password)
		}), nil
	case sasl.Login:
		return &loginServer{check: s.login}, nil
	case "XOAUTH2":
		return &xoauth2Server{check: s.login}, nil
	case "CRAM-MD5":
		return &cramServer{session: s}, nil
	case "SCRAM-SHA-256":
		return &scramServer{session: s, hash: sha256.New}, nil
	case "SCRAM-SHA-1":
		return &scramServer{session: s, hash: sha1.New}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (m *Server) wantsLogin() bool { return m.options.Username != "" || m.options.Password != "" }

func (s *mailSession) login(username, password string) error {
	o := s.server.options
	return s.admit(username, username == o.Username && password == o.Password)
}

// admit ends a login.
func (s *mailSession) admit(username string, ok bool) error {
	if _, err := s.step(AtLogin, username); err != nil {
		return err
	}
	if !ok {
		return mailError(535, "")
	}
	s.loggedIn = true
	return nil
}

// loginServer is the server's side of the mechanism LOGIN.
type loginServer struct {
	check    func(username, password string) error
	username *string
}

// Next implements sasl.Server.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case response == nil:
		return []byte("Username:"), false, nil
	case l.username == nil:
		username := string(response)
		l.username = &username
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(*l.username, string(response))
}

// xoauth2Server is the server's side of XOAUTH2, whose password is an access token.
// What is wrong is said in a challenge, which the client answers before it is
// refused.
//
// Source: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
type xoauth2Server struct {
	check   func(username, token string) error
	refused error
}

// Next implements sasl.Server.
func (x *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	if x.refused != nil {
		return nil, true, x.refused
	}
	if response == nil {
		return []byte{}, false, nil
	}
	user, rest, _ := strings.Cut(strings.TrimPrefix(string(response), "user="), "\x01")
	token, ok := strings.CutPrefix(strings.TrimSuffix(rest, "\x01\x01"), "auth=Bearer ")
	if !ok {
		return nil, true, mailError(501, "5.5.2 malformed")
	}
	if x.refused = x.check(user, token); x.refused == nil {
		return nil, true, nil
	}
	return []byte(`{"status":"400","schemes":"Bearer"}`), false, nil
}

// cramServer is the server's side of CRAM-MD5.
//
// Source: https://www.rfc-editor.org/rfc/rfc2195
type cramServer struct {
	session *mailSession
	asked   bool
}

// Next implements sasl.Server.
func (c *cramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	const question = "<1896.697170952@localhost>"
	if !c.asked {
		c.asked = true
		return []byte(question), false, nil
	}
	o := c.session.server.options
	username, digest, _ := strings.Cut(string(response), " ")
	want := hmac.New(md5.New, []byte(o.Password))
	want.Write([]byte(question))
	return nil, true, c.session.admit(username, username == o.Username && digest == fmt.Sprintf("%x", want.Sum(nil)))
}

// scramServer is the server's side of SCRAM without a channel binding.
//
// Source: https://www.rfc-editor.org/rfc/rfc5802#section-5
type scramServer struct {
	session *mailSession
	hash    func() hash.Hash

	step         int
	first, reply string // the client's first message without its header, and the answer
	username     string
}

// Next implements sasl.Server.
func (s *scramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	const salt = "sandbox"
	if response == nil {
		return []byte{}, false, nil
	}
	s.step++
	switch s.step {
	case 1:
		first, ok := strings.CutPrefix(string(response), "n,,n=")
		user, nonce, ok2 := strings.Cut(first, ",r=")
		if !ok || !ok2 {
			return nil, true, mailError(501, "5.5.2 malformed")
		}
		s.first, s.username = "n="+first, user
		rounds := s.session.server.options.Rounds
		s.reply = fmt.Sprintf("r=%sserver,s=%s,i=%d", nonce, base64.StdEncoding.EncodeToString([]byte(salt)), max(rounds, 4096))
		return []byte(s.reply), false, nil
	case 2:
		without, proof, _ := strings.Cut(string(response), ",p=")
		message := []byte(s.first + "," + s.reply + "," + without)
		salted, err := pbkdf2.Key(s.hash, s.session.server.options.Password, []byte(salt), 4096, s.hash().Size())
		if err != nil {
			return nil, true, mailError(454, "")
		}
		key := s.sum(salted, []byte("Client Key"))
		stored := s.hash()
		stored.Write(key)
		want := s.sum(stored.Sum(nil), message)
		for i := range want {
			want[i] ^= key[i]
		}
		got, _ := base64.StdEncoding.DecodeString(proof)
		if err := s.session.admit(s.username, s.username == s.session.server.options.Username && bytes.Equal(got, want)); err != nil {
			return nil, true, err
		}
		signature := s.sum(s.sum(salted, []byte("Server Key")), message)
		return []byte("v=" + base64.StdEncoding.EncodeToString(signature)), false, nil
	}
	return nil, true, nil
}

func (s *scramServer) sum(key, text []byte) []byte {
	mac := hmac.New(s.hash, key)
	mac.Write(text)
	return mac.Sum(nil)
}

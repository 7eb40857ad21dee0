package email

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// Auth is how to log in.
type Auth string

// The ways. Auto is the strongest that the server offers too; with XOAuth2 the
// password is an access token.
const (
	Auto    Auth = "auto"
	XOAuth2 Auth = "xoauth2"
)

// mechanisms are those of Auto, the strongest first: SCRAM shows the password to
// nobody and lets the server prove that it knows it, CRAM-MD5 does not show it
// either, and the others hand it over, which TLS protects.
var mechanisms = []struct {
	name string
	auth func(Config) smtp.Auth
}{
	{"SCRAM-SHA-256", func(c Config) smtp.Auth { return scram{smtp.ScramSHA256Auth(c.Username, c.Password)} }},
	{"SCRAM-SHA-1", func(c Config) smtp.Auth { return scram{smtp.ScramSHA1Auth(c.Username, c.Password)} }},
	{"CRAM-MD5", func(c Config) smtp.Auth { return smtp.CRAMMD5Auth(c.Username, c.Password) }},
	{"PLAIN", func(c Config) smtp.Auth {
		return smtp.PlainAuth("", c.Username, c.Password, c.Server, c.Security == None)
	}},
	{"LOGIN", func(c Config) smtp.Auth {
		return smtp.LoginAuth(c.Username, c.Password, c.Server, c.Security == None)
	}},
}

// login returns the way to log in.
func login(client *smtp.Client, c Config) (smtp.Auth, *trouble) {
	_, list := client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(list))
	if c.Auth == XOAuth2 {
		if slices.Contains(offered, "XOAUTH2") {
			return smtp.XOAuth2Auth(c.Username, c.Password), nil
		}
		return nil, &trouble{stage: loggingIn, detail: "the server offers no login with XOAUTH2", advice: "set smtp-auth to auto"}
	}
	for _, m := range mechanisms {
		if slices.Contains(offered, m.name) {
			return m.auth(c), nil
		}
	}
	t := &trouble{stage: loggingIn, detail: "the server offers no login that this program knows",
		advice: "leave out smtp-username and smtp-password if it lets us in without, or choose another server"}
	if slices.Contains(offered, "XOAUTH2") {
		t.detail, t.advice = "the server offers no login with a password", "set smtp-auth to xoauth2, with an access token as smtp-password"
	}
	return nil, t
}

// mostRounds is how often SCRAM may hash the password at most: servers ask for some
// thousands up to some hundred thousands, and each million takes a second or so, in
// which nothing can stop it.
const mostRounds = 1_000_000

// A scram login refuses a server that would have it hash for ever.
type scram struct{ smtp.Auth }

// Next answers the server.
func (s scram) Next(fromServer []byte, more bool) ([]byte, error) {
	for field := range bytes.SplitSeq(fromServer, []byte(",")) {
		if rounds, ok := bytes.CutPrefix(field, []byte("i=")); ok {
			if n, err := strconv.Atoi(string(rounds)); err != nil || n > mostRounds {
				return nil, errors.New("too many rounds")
			}
		}
	}
	return s.Auth.Next(fromServer, more)
}

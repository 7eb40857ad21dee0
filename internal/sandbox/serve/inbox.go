package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// An inbox shows over HTTP what the mail server, Slack and GitHub have received.
type inbox struct {
	URL string // with a slash at the end

	services *sandbox.Services
	server   *http.Server
	before   map[*sandbox.Comment]bool // the world's own, of before anything was received
}

// startInbox serves an inbox on a free port of 127.0.0.1.
func startInbox(s *sandbox.Services) (*inbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the inbox: %w", err)
	}
	in := &inbox{URL: "http://" + l.Addr().String() + "/", services: s, before: make(map[*sandbox.Comment]bool)}
	s.World.Lock()
	for _, a := range s.World.Advisories {
		for _, c := range a.Comments {
			in.before[c] = true
		}
	}
	s.World.Unlock()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", show(in.whole))
	mux.HandleFunc("GET /mails", show(in.mails))
	mux.HandleFunc("GET /messages", show(in.messages))
	in.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go in.server.Serve(l) // ends with http.ErrServerClosed
	return in, nil
}

// Close stops serving.
func (in *inbox) Close() error { return in.server.Close() }

// show serves text. The mail is never read as a page.
func show(text func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		io.WriteString(w, text())
	}
}

// mails lists message id, recipients and subject.
func (in *inbox) mails() string {
	var b strings.Builder
	for _, m := range in.services.Mail.Mails() {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", m.MessageID, strings.Join(m.To, ", "), m.Header.Get("Subject"))
	}
	return b.String()
}

// messages lists where a Slack message went, its timestamp, that of the message whose
// thread it is in, if it is in one, and the first line
// of its text.
func (in *inbox) messages() string {
	var b strings.Builder
	for _, m := range in.services.Slack.Messages() {
		first, _, _ := strings.Cut(m.Text, "\n")
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", place(m), m.TS, m.ThreadTS, first)
	}
	return b.String()
}

// whole is all of it, for people.
func (in *inbox) whole() string {
	var b strings.Builder
	rule := strings.Repeat("-", 72)
	for _, m := range in.services.Mail.Mails() {
		fmt.Fprintf(&b, "%s\nMail to %s: %s\n\n%s\n", rule, strings.Join(m.To, ", "), m.Header.Get("Subject"), strings.ReplaceAll(m.Text, "\r\n", "\n"))
	}
	for _, m := range in.services.Slack.Messages() {
		fmt.Fprintf(&b, "%s\nSlack message to %s\n\n%s\n", rule, place(m), m.Text)
	}
	in.github(&b, rule)
	if b.Len() == 0 {
		return "Nothing was received so far.\n"
	}
	return b.String()
}

// github writes the issues with their comments, and the advisories' new comments.
func (in *inbox) github(b *strings.Builder, rule string) {
	w := in.services.World
	w.Lock()
	defer w.Unlock()
	comments := func(of string, list []*sandbox.Comment) {
		for _, c := range list {
			if in.before[c] {
				continue
			}
			fmt.Fprintf(b, "%s\nComment of %s on %s\n\n%s\n", rule, c.Author, of, c.Body)
		}
	}
	for _, r := range w.Repositories {
		for _, i := range r.Issues {
			of := fmt.Sprintf("issue %s#%d", r.FullName(), i.Number)
			fmt.Fprintf(b, "%s\nI%s: %s\n\n%s\n", rule, of[1:], i.Title, i.Body)
			comments(of, i.Comments)
		}
	}
	for _, a := range w.Advisories {
		comments(a.Repository+" "+a.ID, a.Comments)
	}
}

// place is the channel or the member that a message went to.
func place(m sandbox.SlackMessage) string {
	switch {
	case m.ChannelName != "":
		return "#" + m.ChannelName
	case m.UserID != "":
		return m.UserID
	}
	return m.Via
}

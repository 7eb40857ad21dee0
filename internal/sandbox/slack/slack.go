// Package slack is a Slack on loopback that answers as the real one does, as far as
// this program asks it.
package slack

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Server is a Slack workspace on loopback: the part of its Web API that a bot
// which writes messages needs, incoming webhooks and workflow triggers, with
// Slack's limits enforced. Its methods may be called while it serves.
type Server struct {
	// URL is the address of the Web API, as slack.OptionAPIURL wants it.
	URL string

	// Burst is how many messages a channel takes at once before the limit of
	// one a second holds. It is 4 at first; a negative one lifts the limit.
	// Change it only before the first message.
	Burst int

	now    func() time.Time
	server *httptest.Server

	mu        sync.Mutex
	tokens    map[string][]string // scopes by token
	users     []User
	channels  []Channel
	webhooks  map[string]string   // channel ids by path
	triggers  map[string][]string // variables by path
	messages  []Message
	calls     map[string]int
	buckets   map[string]slackBucket
	fault     Fault
	sequence  int // of timestamps and of addresses
	directIDs map[string]string
}

// Bot is the user id of the bot that every token belongs to. A channel
// that lists it as a member is one that the bot was invited to.
const Bot = "U0BOT0BOT"

// User is a member of the workspace.
type User struct {
	ID       string // such as U012AB3CD
	Name     string // handle
	RealName string
	Email    string
	Deleted  bool // the account was deactivated
	Bot      bool
}

// Channel is a channel of the workspace.
type Channel struct {
	ID       string // such as C012AB3CD
	Name     string // without the #
	Private  bool
	Archived bool
	Members  []string // user ids

	// Shared says with whom, as Slack calls it: ext, pending_ext or org. Empty is
	// nobody.
	Shared string
}

// Message is one message that Slack accepted.
type Message struct {
	Channel     string // id: C..., or D... of a direct message; empty for a workflow
	ChannelName string // empty for a direct message
	UserID      string // whom a direct message went to
	ThreadTS    string // timestamp of the message that this one answers, or empty
	TS          string
	Text        string
	Blocks      json.RawMessage // as they were sent; nil where there were none
	Metadata    json.RawMessage
	Via         string // bot, webhook or workflow
	At          time.Time
}

// Fault breaks calls: it returns what serves a call instead of Slack, or
// nil to let Slack serve it. The method is that of the Web API, such as
// chat.postMessage, or webhook or workflow. It may read the request's body.
type Fault func(method string, r *http.Request) http.Handler

// Start starts an empty workspace on a free port of loopback. Timestamps
// and the limit of messages a second follow the given clock.
func Start(now func() time.Time) (*Server, error) {
	s := &Server{
		Burst:     4,
		now:       now,
		tokens:    map[string][]string{},
		webhooks:  map[string]string{},
		triggers:  map[string][]string{},
		calls:     map[string]int{},
		buckets:   map[string]slackBucket{},
		directIDs: map[string]string{},
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start Slack: %w", err)
	}
	s.server = &httptest.Server{Listener: l, Config: &http.Server{Handler: s}}
	s.server.Start()
	s.URL = s.server.URL + "/api/"
	return s, nil
}

// Close stops the server.
func (s *Server) Close() { s.server.Close() }

// AddToken lets a bot token in, with the given scopes such as chat:write.
func (s *Server) AddToken(token string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = scopes
}

// RevokeToken makes Slack refuse a token from now on.
func (s *Server) RevokeToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
}

// AddUser adds a member to the workspace.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users = append(s.users, u)
}

// AddChannel adds a channel to the workspace.
func (s *Server) AddChannel(c Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels = append(s.channels, c)
}

// AddWebhook returns the address of a new incoming webhook that posts to a
// channel.
func (s *Server) AddWebhook(channelID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sequence++
	path := fmt.Sprintf("/services/T0SANDBOX/B%08d/secret%08d", s.sequence, s.sequence)
	s.webhooks[path] = channelID
	return s.server.URL + path
}

// AddWorkflow returns the address of a new workflow's trigger. It takes the
// given variables, or msg where none is given.
func (s *Server) AddWorkflow(variables ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(variables) == 0 {
		variables = []string{"msg"}
	}
	s.sequence++
	path := fmt.Sprintf("/triggers/T0SANDBOX/%08d/secret%08d", s.sequence, s.sequence)
	s.triggers[path] = variables
	return s.server.URL + path
}

// Break lets every call pass by f first; nil ends that.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Serving returns the server without its fault, for a fault that lets a call
// have its effect and then spoils the answer.
func (s *Server) Serving() http.Handler { return http.HandlerFunc(s.serve) }

// AnswerLost returns a handler that does what a call asks and then breaks the
// connection, so that the caller can't know.
func (s *Server) AnswerLost() http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s.serve(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

// Messages returns what was accepted so far, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// SlackCalls returns how often each method was called, refused and broken calls
// included.
func (s *Server) SlackCalls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// userByID returns a member, deactivated or not.
func (s *Server) userByID(id string) (User, bool) {
	i := slices.IndexFunc(s.users, func(u User) bool { return u.ID == id })
	if i < 0 {
		return User{}, false
	}
	return s.users[i], true
}

// channel returns a channel by id, or by name with or without #.
func (s *Server) channel(ref string) (Channel, bool) {
	name := strings.TrimPrefix(ref, "#")
	i := slices.IndexFunc(s.channels, func(c Channel) bool { return c.ID == ref || c.Name == name })
	if i < 0 {
		return Channel{}, false
	}
	return s.channels[i], true
}

// direct returns the id of the bot's direct message channel with a user.
func (s *Server) direct(userID string) string {
	id, ok := s.directIDs[userID]
	if !ok {
		id = "D" + strings.TrimPrefix(userID, "U")
		s.directIDs[userID] = id
	}
	return id
}

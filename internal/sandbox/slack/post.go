package slack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// slackTextLimit is how long a message's text may be, in characters.
//
// Source: https://docs.slack.dev/reference/methods/chat.postMessage
const slackTextLimit = 40_000

// postMessage serves chat.postMessage. The channel is an id, a name, or a
// user's id, which makes it a direct message.
func (s *Server) postMessage(c slackCall) slackAnswer {
	ref := c.args.Get("channel")
	m := Message{Via: "bot", Text: c.args.Get("text"), ThreadTS: c.args.Get("thread_ts")}
	m.Blocks = slackJSON(c.args.Get("blocks"))
	m.Metadata = slackJSON(c.args.Get("metadata"))
	if user, ok := s.userOfDirect(ref); ok {
		if user.Deleted {
			return slackError("user_is_deactivated")
		}
		m.Channel, m.UserID = s.direct(user.ID), user.ID
	} else {
		channel, ok := s.channel(ref)
		member := slices.Contains(channel.Members, Bot)
		switch {
		case !ok, channel.Private && !member:
			return slackError("channel_not_found")
		case channel.Archived:
			return slackError("is_archived")
		case !member && !c.may("chat:write.public"):
			return slackError("not_in_channel")
		}
		m.Channel, m.ChannelName = channel.ID, channel.Name
	}
	if problem, details := s.checkMessage(m); problem != "" {
		a := slackError(problem)
		if len(details) > 0 {
			messages := make([]string, len(details))
			for i, d := range details {
				messages[i] = "[ERROR] " + d
			}
			a["errors"] = details
			a["response_metadata"] = slackAnswer{"messages": messages}
		}
		return a
	}
	if !s.take(m.Channel) {
		return slackError("ratelimited")
	}
	m = s.keep(m)
	message := slackAnswer{"type": "message", "text": m.Text, "ts": m.TS, "user": Bot, "bot_id": "B0BOT0BOT"}
	if m.Blocks != nil {
		message["blocks"] = m.Blocks
	}
	if m.ThreadTS != "" {
		message["thread_ts"] = m.ThreadTS
	}
	return slackAnswer{"ok": true, "channel": m.Channel, "ts": m.TS, "message": message}
}

// slackJSON is an argument that holds JSON, or nil where it holds nothing.
func slackJSON(text string) json.RawMessage {
	switch strings.TrimSpace(text) {
	case "", "null", "[]", "{}":
		return nil
	}
	return json.RawMessage(text)
}

// userOfDirect returns the user whom a user's id or the id of an open direct
// message channel stands for.
func (s *Server) userOfDirect(ref string) (User, bool) {
	for user, direct := range s.directIDs {
		if direct == ref {
			return s.userByID(user)
		}
	}
	return s.userByID(ref)
}

// checkMessage returns Slack's error about a message, with details about its
// blocks, or nothing.
func (s *Server) checkMessage(m Message) (problem string, details []string) {
	if m.Text == "" && m.Blocks == nil {
		return "no_text", nil
	}
	if utf8.RuneCountInString(m.Text) > slackTextLimit {
		return "msg_too_long", nil
	}
	if m.Blocks != nil {
		if problem, details := checkSlackBlocks(m.Blocks); problem != "" {
			return problem, details
		}
	}
	if m.Metadata != nil {
		var metadata struct {
			EventType    string                     `json:"event_type"`
			EventPayload map[string]json.RawMessage `json:"event_payload"`
		}
		if json.Unmarshal(m.Metadata, &metadata) != nil || metadata.EventType == "" || metadata.EventPayload == nil {
			return "invalid_metadata_format", nil
		}
	}
	if m.ThreadTS != "" && !slices.ContainsFunc(s.messages, func(p Message) bool {
		return p.Channel == m.Channel && p.TS == m.ThreadTS && p.ThreadTS == ""
	}) {
		return "thread_not_found", nil
	}
	return "", nil
}

// keep records a message under the next timestamp.
func (s *Server) keep(m Message) Message {
	s.sequence++
	m.At = s.now()
	m.TS = fmt.Sprintf("%d.%06d", m.At.Unix(), s.sequence%1_000_000)
	s.messages = append(s.messages, m)
	return m
}

// slackBucket is what is left of a channel's messages at some time.
type slackBucket struct {
	left float64
	at   time.Time
}

// take reports whether a channel may have one more message now: one a second,
// and a few at once.
//
// Source: https://docs.slack.dev/apis/web-api/rate-limits
func (s *Server) take(channel string) bool {
	if s.Burst < 0 {
		return true
	}
	now := s.now()
	b, ok := s.buckets[channel]
	if !ok || now.Before(b.at) {
		b = slackBucket{left: float64(s.Burst), at: now}
	}
	left := min(float64(s.Burst), b.left+now.Sub(b.at).Seconds())
	ok = left >= 1
	if ok {
		left--
	}
	s.buckets[channel] = slackBucket{left: left, at: now}
	return ok
}

// serveWebhook serves an incoming webhook, which answers in plain words.
func (s *Server) serveWebhook(w http.ResponseWriter, r *http.Request, body []byte) {
	id, ok := s.webhooks[r.URL.Path]
	if !ok {
		http.Error(w, "no_service", http.StatusNotFound)
		return
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Has("payload") {
		body = []byte(form.Get("payload"))
	}
	var payload struct {
		Text     string          `json:"text"`
		Blocks   json.RawMessage `json:"blocks"`
		Metadata json.RawMessage `json:"metadata"`
	}
	if r.Method != http.MethodPost || json.Unmarshal(body, &payload) != nil {
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	channel, ok := s.channel(id)
	m := Message{Channel: id, ChannelName: channel.Name, Via: "webhook",
		Text: payload.Text, Blocks: slackJSON(string(payload.Blocks)), Metadata: slackJSON(string(payload.Metadata))}
	problem, _ := s.checkMessage(m)
	switch {
	case !ok:
		http.Error(w, "channel_not_found", http.StatusNotFound)
	case channel.Archived:
		http.Error(w, "channel_is_archived", http.StatusGone)
	case problem != "":
		http.Error(w, problem, http.StatusBadRequest)
	case !s.take(id):
		w.Header().Set("Retry-After", "1")
		http.Error(w, "rate_limited", http.StatusTooManyRequests)
	default:
		s.keep(m)
		io.WriteString(w, "ok")
	}
}

// serveWorkflow serves a workflow's trigger: it takes the variables that it was
// made with, each a string.
func (s *Server) serveWorkflow(w http.ResponseWriter, r *http.Request, body []byte) {
	refuse := func(status int, code string) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(slackError(code))
	}
	variables, ok := s.triggers[r.URL.Path]
	if !ok {
		refuse(http.StatusNotFound, "trigger_not_found")
		return
	}
	var given map[string]string
	if r.Method != http.MethodPost || json.Unmarshal(body, &given) != nil || len(given) != len(variables) {
		refuse(http.StatusBadRequest, "parameter_validation_failed")
		return
	}
	texts := make([]string, len(variables))
	for i, name := range variables {
		text, ok := given[name]
		if !ok {
			refuse(http.StatusBadRequest, "parameter_validation_failed")
			return
		}
		texts[i] = text
	}
	if !s.take(r.URL.Path) {
		w.Header().Set("Retry-After", "1")
		refuse(http.StatusTooManyRequests, "ratelimited")
		return
	}
	s.keep(Message{Via: "workflow", Text: strings.Join(texts, "\n")})
	writeSlack(w, slackAnswer{"ok": true})
}

package slack_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify/slack"
)

const token = "xoxb-quoted-secret"

// A server is a Slack on loopback. Its answers can be overridden one at a
// time, by method.
type server struct {
	*httptest.Server

	mu      sync.Mutex
	posts   []post
	asked   []string // method and what was asked
	answers map[string][]string
}

// A post is one message that Slack got.
type post struct {
	Channel  string          `json:"channel,omitempty"`
	Thread   string          `json:"thread_ts,omitempty"`
	Text     string          `json:"text"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Blocks   []block         `json:"blocks,omitempty"`
	Msg      string          `json:"msg,omitempty"`
}

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text,omitempty"`
	Elements []text `json:"elements,omitempty"`
}

type text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim,omitempty"`
	Elements []text `json:"elements,omitempty"` // of what is to be copied
}

func serve(t *testing.T) *server {
	s := &server{answers: make(map[string][]string)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.handle))
	t.Cleanup(s.Close)
	return s
}

func (s *server) client() *slack.Client {
	return slack.New(slack.Config{Token: token, APIURL: s.URL + "/api", HTTP: s.Client(), Pace: time.Nanosecond})
}

func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	answer := ""
	if list := s.answers[method]; len(list) > 0 {
		answer, s.answers[method] = list[0], list[1:]
	}
	var p post
	if r.Header.Get("Content-Type") == "application/json" {
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &p); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	} else if r.FormValue("token") != token {
		answer = `{"ok":false,"error":"invalid_auth"}`
	}
	s.asked = append(s.asked, strings.TrimSpace(method+" "+r.FormValue("email")+r.FormValue("types")+" "+r.FormValue("cursor")))
	switch {
	case answer == "hang up":
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
		return
	case strings.HasPrefix(answer, "status "):
		var status int
		fmt.Sscanf(answer, "status %d", &status)
		w.WriteHeader(status)
		io.WriteString(w, answer[len("status 500"):])
		return
	case answer != "" && answer != "take":
		io.WriteString(w, answer)
		return
	}
	if r.FormValue("blocks") != "" {
		p = post{Channel: r.FormValue("channel"), Thread: r.FormValue("thread_ts"), Text: r.FormValue("text"),
			Metadata: json.RawMessage(r.FormValue("metadata"))}
		if err := json.Unmarshal([]byte(r.FormValue("blocks")), &p.Blocks); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	s.posts = append(s.posts, p)
	fmt.Fprintf(w, `{"ok":true,"channel":"D0DIRECT","ts":"1700000000.%06d"}`, len(s.posts))
}

func (s *server) got() []post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]post(nil), s.posts...)
}

func (s *server) questions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

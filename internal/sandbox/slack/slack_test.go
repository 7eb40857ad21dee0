package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
)

// slackClock is a clock that a test moves.
type slackClock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *slackClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *slackClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

var slackScopes = []string{
	"chat:write", "users:read.email", "users:read", "channels:read", "groups:read", "im:write",
}

// newSlack starts a workspace with two users and three channels, and a client
// whose token may do everything.
func newSlack(t *testing.T) (*Server, *slack.Client, *slackClock) {
	t.Helper()
	clock := &slackClock{t: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	s, err := Start(clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.AddToken("xoxb-all", slackScopes...)
	s.AddUser(User{ID: "U1ADA", Name: "ada", RealName: "Ada Lovelace", Email: "ada@example.org"})
	s.AddUser(User{ID: "U2GONE", Name: "gone", Email: "gone@example.org", Deleted: true})
	s.AddChannel(Channel{ID: "C1PRIV", Name: "swg", Private: true, Members: []string{Bot, "U1ADA"}})
	s.AddChannel(Channel{ID: "C2PUB", Name: "general", Members: []string{"U1ADA"}})
	s.AddChannel(Channel{ID: "C3ELSE", Name: "secret", Private: true, Members: []string{"U1ADA"}})
	s.AddChannel(Channel{ID: "C4OLD", Name: "old", Archived: true, Members: []string{Bot}})
	return s, slackClient(s, "xoxb-all"), clock
}

func slackClient(s *Server, token string) *slack.Client {
	return slack.New(token, slack.OptionAPIURL(s.URL))
}

func TestSlackPostsToChannelsAndPeople(t *testing.T) {
	s, client, clock := newSlack(t)
	block := slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*hello*", false, false), nil, nil)
	metadata := slack.SlackMetadata{EventType: "digest", EventPayload: map[string]any{"id": "abc"}}

	channel, ts, err := client.PostMessage("C1PRIV", slack.MsgOptionText("report", false),
		slack.MsgOptionBlocks(block), slack.MsgOptionMetadata(metadata))
	if err != nil || channel != "C1PRIV" {
		t.Fatalf("PostMessage = %q, %q, %v; want C1PRIV", channel, ts, err)
	}
	if _, _, err := client.PostMessage("#swg", slack.MsgOptionText("more", false), slack.MsgOptionTS(ts)); err != nil {
		t.Fatalf("reply: %v", err)
	}
	direct, _, err := client.PostMessage("U1ADA", slack.MsgOptionText("to you", false))
	if err != nil || !strings.HasPrefix(direct, "D") {
		t.Fatalf("PostMessage to a user = %q, %v; want a D... channel", direct, err)
	}
	if again, _, err := client.PostMessage(direct, slack.MsgOptionText("to you too", false)); err != nil || again != direct {
		t.Fatalf("PostMessage to %s = %q, %v", direct, again, err)
	}

	got := s.Messages()
	if len(got) != 4 {
		t.Fatalf("got %d messages, want 4", len(got))
	}
	stamps := map[string]bool{}
	for i := range got {
		stamps[got[i].TS] = true
	}
	if len(stamps) != 4 {
		t.Errorf("timestamps are not unique: %v", stamps)
	}
	var sent []map[string]any
	if err := json.Unmarshal(got[0].Blocks, &sent); err != nil || len(sent) != 1 || sent[0]["type"] != "section" {
		t.Errorf("blocks = %s, %v", got[0].Blocks, err)
	}
	if want := `{"event_type":"digest","event_payload":{"id":"abc"}}`; string(got[0].Metadata) != want {
		t.Errorf("metadata = %s, want %s", got[0].Metadata, want)
	}
	for i := range got {
		got[i].TS, got[i].Blocks, got[i].Metadata = "", nil, nil
	}
	want := []Message{
		{Channel: "C1PRIV", ChannelName: "swg", Text: "report", Via: "bot", At: clock.now()},
		{Channel: "C1PRIV", ChannelName: "swg", Text: "more", Via: "bot", At: clock.now(), ThreadTS: ts},
		{Channel: direct, UserID: "U1ADA", Text: "to you", Via: "bot", At: clock.now()},
		{Channel: direct, UserID: "U1ADA", Text: "to you too", Via: "bot", At: clock.now()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSlackRefusesMessages(t *testing.T) {
	text := slack.MsgOptionText("x", false)
	tests := []struct {
		name    string
		channel string
		options []slack.MsgOption
		want    string
	}{
		{"unknown channel", "C0NONE", []slack.MsgOption{text}, "channel_not_found"},
		{"private channel without the bot", "C3ELSE", []slack.MsgOption{text}, "channel_not_found"},
		{"public channel without the bot", "C2PUB", []slack.MsgOption{text}, "not_in_channel"},
		{"archived channel", "C4OLD", []slack.MsgOption{text}, "is_archived"},
		{"deactivated user", "U2GONE", []slack.MsgOption{text}, "user_is_deactivated"},
		{"nothing to say", "C1PRIV", nil, "no_text"},
		{"text at the limit", "C1PRIV", []slack.MsgOption{slack.MsgOptionText(strings.Repeat("ä", 40_000), false)}, ""},
		{"text past the limit", "C1PRIV", []slack.MsgOption{slack.MsgOptionText(strings.Repeat("ä", 40_001), false)}, "msg_too_long"},
		{"no such thread", "C1PRIV", []slack.MsgOption{text, slack.MsgOptionTS("1.000001")}, "thread_not_found"},
		{"metadata without a type", "C1PRIV", []slack.MsgOption{text, slack.MsgOptionMetadata(slack.SlackMetadata{EventPayload: map[string]any{}})}, "invalid_metadata_format"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, client, _ := newSlack(t)
			_, _, err := client.PostMessage(tt.channel, tt.options...)
			if got := slackCode(err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if kept := len(s.Messages()); (kept == 1) != (tt.want == "") {
				t.Errorf("%d messages kept", kept)
			}
		})
	}
}

// slackCode is Slack's error code, or empty.
func slackCode(err error) string {
	if err == nil {
		return ""
	}
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) {
		return answer.Err
	}
	return err.Error()
}

func TestSlackScopes(t *testing.T) {
	calls := map[string]func(c *slack.Client) error{
		"chat:write": func(c *slack.Client) error {
			_, _, err := c.PostMessage("C1PRIV", slack.MsgOptionText("x", false))
			return err
		},
		"users:read.email": func(c *slack.Client) error {
			_, err := c.GetUserByEmail("ADA@example.org")
			return err
		},
		"users:read": func(c *slack.Client) error {
			_, err := c.GetUserInfo("U1ADA")
			return err
		},
		"channels:read": func(c *slack.Client) error {
			_, err := c.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C2PUB"})
			return err
		},
		"groups:read": func(c *slack.Client) error {
			_, _, err := c.GetConversations(&slack.GetConversationsParameters{Types: []string{"private_channel"}})
			return err
		},
	}
	s, _, _ := newSlack(t)
	for scope, call := range calls {
		others := slices.DeleteFunc(slices.Clone(slackScopes), func(o string) bool { return o == scope })
		s.AddToken("xoxb-without", others...)
		s.AddToken("xoxb-only", scope)
		if got := slackCode(call(slackClient(s, "xoxb-without"))); got != "missing_scope" {
			t.Errorf("without %s: got %q, want missing_scope", scope, got)
		}
		if err := call(slackClient(s, "xoxb-only")); err != nil {
			t.Errorf("with %s alone: %v", scope, err)
		}
	}
	if got := slackCode(calls["chat:write"](slackClient(s, "xoxb-wrong"))); got != "invalid_auth" {
		t.Errorf("wrong token: got %q, want invalid_auth", got)
	}
	s.RevokeToken("xoxb-all")
	if _, err := slackClient(s, "xoxb-all").AuthTest(); slackCode(err) != "invalid_auth" {
		t.Errorf("revoked token: got %v, want invalid_auth", err)
	}
}

func TestSlackSaysWhichScopeIsMissing(t *testing.T) {
	s, _, _ := newSlack(t)
	s.AddToken("xoxb-few", "chat:write", "im:write")
	r, err := http.PostForm(s.URL+"users.info", url.Values{"token": {"xoxb-few"}, "user": {"U1ADA"}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var got map[string]any
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"ok": false, "error": "missing_scope", "needed": "users:read", "provided": "chat:write,im:write"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := r.Header.Get("X-OAuth-Scopes"); got != "chat:write,im:write" {
		t.Errorf("X-OAuth-Scopes = %q", got)
	}
}

func TestSlackPeople(t *testing.T) {
	s, client, _ := newSlack(t)
	u, err := client.GetUserByEmail("Ada@Example.org")
	if err != nil || u.ID != "U1ADA" || u.RealName != "Ada Lovelace" || u.Profile.Email != "ada@example.org" {
		t.Errorf("GetUserByEmail = %+v, %v", u, err)
	}
	for _, email := range []string{"gone@example.org", "none@example.org", ""} {
		if _, err := client.GetUserByEmail(email); slackCode(err) != "users_not_found" {
			t.Errorf("GetUserByEmail(%q): %v, want users_not_found", email, err)
		}
	}
	if _, err := client.GetUserInfo("U0NONE"); slackCode(err) != "user_not_found" {
		t.Errorf("GetUserInfo: %v, want user_not_found", err)
	}
	s.AddToken("xoxb-few", "users:read")
	if u, err := slackClient(s, "xoxb-few").GetUserInfo("U1ADA"); err != nil || u.Profile.Email != "" {
		t.Errorf("without users:read.email: %+v, %v; want no address", u, err)
	}
	if a, err := client.AuthTest(); err != nil || a.UserID != Bot {
		t.Errorf("AuthTest = %+v, %v", a, err)
	}
}

func TestSlackChannels(t *testing.T) {
	s, client, _ := newSlack(t)
	info := func(id string) (*slack.Channel, error) {
		return client.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: id})
	}
	if c, err := info("C1PRIV"); err != nil || !c.IsPrivate || !c.IsMember || c.Name != "swg" {
		t.Errorf("info of the private channel = %+v, %v", c, err)
	}
	if c, err := info("C2PUB"); err != nil || c.IsPrivate || c.IsMember {
		t.Errorf("info of the public channel = %+v, %v", c, err)
	}
	for _, id := range []string{"C3ELSE", "C0NONE", "swg"} {
		if _, err := info(id); slackCode(err) != "channel_not_found" {
			t.Errorf("info of %s: %v, want channel_not_found", id, err)
		}
	}
	for i := range 250 {
		s.AddChannel(Channel{ID: fmt.Sprintf("C9%03d", i), Name: fmt.Sprintf("room-%d", i)})
	}
	var names []string
	pages, cursor := 0, ""
	for {
		page, next, err := client.GetConversations(&slack.GetConversationsParameters{
			Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			names = append(names, c.Name)
		}
		pages++
		if cursor = next; cursor == "" {
			break
		}
	}
	if pages != 3 || len(names) != 252 || names[0] != "swg" || names[1] != "general" {
		t.Errorf("%d pages with %d channels, first %v", pages, len(names), names[:2])
	}
	if _, _, err := client.GetConversations(&slack.GetConversationsParameters{Cursor: "nonsense"}); slackCode(err) != "invalid_cursor" {
		t.Errorf("nonsense cursor: %v", err)
	}
}

func TestSlackLimitsMessagesASecond(t *testing.T) {
	s, client, clock := newSlack(t)
	post := func(channel string) error {
		_, _, err := client.PostMessage(channel, slack.MsgOptionText("x", false))
		return err
	}
	for i := range 4 {
		if err := post("C1PRIV"); err != nil {
			t.Fatalf("message %d of the burst: %v", i+1, err)
		}
	}
	var limited *slack.RateLimitedError
	if err := post("C1PRIV"); !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Errorf("message 5: %v, want a rate limit of one second", err)
	}
	if err := post("U1ADA"); err != nil {
		t.Errorf("another channel: %v", err)
	}
	clock.advance(999 * time.Millisecond)
	if err := post("C1PRIV"); !errors.As(err, &limited) {
		t.Errorf("just before a second: %v, want a rate limit", err)
	}
	clock.advance(time.Millisecond)
	if err := post("C1PRIV"); err != nil {
		t.Errorf("after a second: %v", err)
	}
	if got := s.SlackCalls()["chat.postMessage"]; got != 8 {
		t.Errorf("%d calls counted, want 8", got)
	}
}

func TestSlackWebhook(t *testing.T) {
	s, _, _ := newSlack(t)
	hook := s.AddWebhook("C1PRIV")
	tests := []struct {
		name, url, body string
		status          int
		want            string
	}{
		{"text", hook, `{"text":"hello"}`, 200, "ok"},
		{"blocks", hook, `{"blocks":[{"type":"divider"}]}`, 200, "ok"},
		{"not JSON", hook, `hello`, 400, "invalid_payload"},
		{"an array", hook, `["hello"]`, 400, "invalid_payload"},
		{"nothing", hook, `{"text":"","blocks":[]}`, 400, "no_text"},
		{"wrong block", hook, `{"blocks":[{"type":"song"}]}`, 400, "invalid_blocks"},
		{"wrong secret", hook + "x", `{"text":"hello"}`, 404, "no_service"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := slackPost(t, tt.url, tt.body)
			if status != tt.status || strings.TrimSpace(body) != tt.want {
				t.Errorf("got %d %q, want %d %q", status, body, tt.status, tt.want)
			}
		})
	}
	if err := slack.PostWebhook(hook, &slack.WebhookMessage{Text: "by the library"}); err != nil {
		t.Error(err)
	}
	got := s.Messages()
	if len(got) != 3 || got[2].Text != "by the library" || got[2].Via != "webhook" || got[2].ChannelName != "swg" {
		t.Errorf("messages = %+v", got)
	}
}

func TestSlackWorkflow(t *testing.T) {
	s, _, _ := newSlack(t)
	trigger := s.AddWorkflow()
	tests := []struct {
		name, url, body string
		status          int
		want            string
	}{
		{"msg", trigger, `{"msg":"hello"}`, 200, ""},
		{"not JSON", trigger, `hello`, 400, "parameter_validation_failed"},
		{"not flat", trigger, `{"msg":{"text":"hello"}}`, 400, "parameter_validation_failed"},
		{"a number", trigger, `{"msg":1}`, 400, "parameter_validation_failed"},
		{"other name", trigger, `{"text":"hello"}`, 400, "parameter_validation_failed"},
		{"one too many", trigger, `{"msg":"hello","text":"hello"}`, 400, "parameter_validation_failed"},
		{"wrong address", trigger + "x", `{"msg":"hello"}`, 404, "trigger_not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := slackPost(t, tt.url, tt.body)
			var answer struct {
				OK    bool   `json:"ok"`
				Error string `json:"error"`
			}
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatal(err)
			}
			if status != tt.status || answer.Error != tt.want || answer.OK != (tt.want == "") {
				t.Errorf("got %d %s, want %d %q", status, body, tt.status, tt.want)
			}
		})
	}
	if got := s.Messages(); len(got) != 1 || got[0].Text != "hello" || got[0].Via != "workflow" {
		t.Errorf("messages = %+v", got)
	}
}

func slackPost(t *testing.T, address, body string) (int, string) {
	t.Helper()
	r, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(answer)
}

func TestSlackBreaks(t *testing.T) {
	s, client, _ := newSlack(t)
	s.Break(func(method string, _ *http.Request) http.Handler {
		switch method {
		case "users.info":
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
		case "chat.postMessage":
			return s.AnswerLost()
		}
		return nil
	})
	var status slack.StatusCodeError
	if _, err := client.GetUserInfo("U1ADA"); !errors.As(err, &status) || status.Code != 503 {
		t.Errorf("GetUserInfo: %v, want 503", err)
	}
	if _, _, err := client.PostMessage("C1PRIV", slack.MsgOptionText("x", false)); err == nil {
		t.Error("PostMessage: no error, want a broken connection")
	}
	if got := len(s.Messages()); got != 1 {
		t.Errorf("%d messages kept, want the one whose answer was lost", got)
	}
	if _, err := client.AuthTest(); err != nil {
		t.Errorf("a call that the fault leaves alone: %v", err)
	}
	s.Break(nil)
	if _, err := client.GetUserInfo("U1ADA"); err != nil {
		t.Errorf("without the fault: %v", err)
	}
}

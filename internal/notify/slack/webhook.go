package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A Webhook sends reports to the one channel that it belongs to. It is an
// incoming webhook, or one that starts a workflow, which is told by its path.
type Webhook struct {
	// Pace is the time between two messages; default one second.
	Pace time.Duration

	url    string
	client *http.Client
}

// NewWebhook returns a Webhook. Its address is a secret.
func NewWebhook(address string, client *http.Client) *Webhook {
	if client == nil {
		client = &http.Client{Timeout: time.Minute}
	}
	return &Webhook{url: address, client: client}
}

// Report sends a report, in further messages where it does not fit in one. Its
// error is a *notify.Failure.
func (w *Webhook) Report(ctx context.Context, r notify.Report) error {
	payloads := w.payloads(r)
	pace := newPace(w.Pace)
	for i, p := range payloads {
		if err := pace.wait(ctx, ""); err != nil {
			return incomplete(failure(notify.Temporary, "stopped before the message was sent"), i, len(payloads))
		}
		if f := w.send(ctx, p); f != nil {
			return incomplete(f, i, len(payloads))
		}
	}
	return nil
}

// payloads are the bodies to be sent.
func (w *Webhook) payloads(r notify.Report) []any {
	var out []any
	if w.isWorkflow() {
		for _, text := range pages(notify.WorkflowText(r)) {
			out = append(out, map[string]string{"msg": text})
		}
		return out
	}
	no := false
	for _, m := range reportMessages(r, "in the next message") {
		out = append(out, &slack.WebhookMessage{
			Text: m.fallback, Blocks: &slack.Blocks{BlockSet: m.blocks}, UnfurlLinks: &no, UnfurlMedia: &no,
		})
	}
	return out
}

// isWorkflow reports whether the address starts a workflow, which takes flat
// strings only.
func (w *Webhook) isWorkflow() bool {
	u, err := url.Parse(w.url)
	return err == nil && strings.Contains(u.Path, "/triggers/")
}

// pages cuts a text at its lines, and where a line is too long at its words.
func pages(text string) []string {
	var tokens []string
	for _, line := range strings.SplitAfter(text, "\n") {
		if length(line) <= maxCharacters {
			tokens = append(tokens, line)
			continue
		}
		for _, word := range strings.SplitAfter(line, " ") {
			tokens = append(tokens, chunks(word)...)
		}
	}
	out := fit(tokens, maxCharacters)
	if len(out) > 1 {
		for i := range out {
			out[i] = fmt.Sprintf("Part %d of %d\n%s", i+1, len(out), out[i])
		}
	}
	return out
}

// send posts one body.
func (w *Webhook) send(ctx context.Context, payload any) *notify.Failure {
	body, err := json.Marshal(payload)
	if err != nil {
		return failure(notify.ChannelRefused, "the message can't be encoded")
	}
	var seen watch
	req, err := http.NewRequestWithContext(seen.over(transport.Once(ctx)), http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return failure(notify.ChannelRefused, "slack-webhook-url is not an address")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.client.Do(req)
	if err != nil {
		return seen.failure(err)
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
	if resp.StatusCode/100 == 2 {
		var answer struct {
			OK    *bool
			Error string
		}
		if json.Unmarshal(said, &answer) == nil && answer.OK != nil && !*answer.OK {
			return refusal(answer.Error, "")
		}
		if strings.HasPrefix(strings.TrimSpace(string(said)), "<") { // the page of a proxy
			return failure(notify.Unknown, "the answer to the webhook is a page, not Slack's")
		}
		return nil
	}
	f := byStatus(resp.StatusCode)
	if word := strings.TrimSpace(string(said)); f.Outcome == notify.ChannelRefused && code.MatchString(word) {
		f = refusal(word, "")
	}
	return seen.unlessLost(f)
}

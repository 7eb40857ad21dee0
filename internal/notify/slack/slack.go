// Package slack turns digests and reports into Slack messages, and delivers
// them: with a bot token to people and channels, or over an incoming webhook.
//
// What does not fit in one message goes on in its thread, or over a webhook in
// further messages, and nothing is cut. Nothing that comes from outside can
// mention anybody or become a link. No error holds the token, the webhook's
// address or a word of Slack's but its error codes.
package slack

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Config says how to reach Slack.
type Config struct {
	Token  string // of a bot
	APIURL string // default Slack's own
	HTTP   *http.Client

	// Pace is the time between two messages to one channel. The default is one
	// second, which is what Slack allows.
	Pace time.Duration

	// PublicToo lets digests go to a channel that is public or shared.
	PublicToo bool
}

// A Client talks to Slack with a bot token. It may be used by several
// goroutines: messages to one channel then keep their distance, all others go
// side by side, and where Slack asks one call to wait, all do.
type Client struct {
	api       *slack.Client
	pace      *pace
	gate      *gate
	people    people
	token     bool // there is one
	publicToo bool
}

// New returns a Client.
func New(c Config) *Client {
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: time.Minute}
	}
	options := []slack.Option{slack.OptionHTTPClient(c.HTTP)}
	if c.APIURL != "" {
		options = append(options, slack.OptionAPIURL(strings.TrimSuffix(c.APIURL, "/")+"/"))
	}
	return &Client{api: slack.New(c.Token, options...), pace: newPace(c.Pace), gate: &gate{sleep: notify.Wait}, token: c.Token != "", publicToo: c.PublicToo}
}

// Report sends a report to a channel, by id. Its error is a *notify.Failure.
func (c *Client) Report(ctx context.Context, channelID string, r notify.Report) error {
	messages := reportMessages(r, "in the thread")
	return c.post(ctx, channelID, map[string]any{"delivery_id": r.ID}, messages, len(messages), nil)
}

// post sends messages: the first one to the channel, the others to its thread. So
// many of them are the delivery. Once the first has been accepted, it can no longer
// be refused as a whole: what fails then is Unknown. What follows is sent as far as
// it can be. MayGo is asked right before the first; nil is yes.
func (c *Client) post(ctx context.Context, to string, payload map[string]any, messages []message, own int, mayGo func() bool) error {
	if to == "" {
		return failure(notify.AddressRefused, "there is no member or channel id")
	}
	at := place{channel: to}
	for i, m := range messages {
		if i > 0 {
			mayGo = nil
		}
		switch f := c.postOne(ctx, to, payload, m, &at, mayGo); {
		case f != nil && i >= own:
			return nil
		case f != nil:
			return incomplete(f, i, own)
		}
	}
	return nil
}

// A place is where the next message of a delivery goes.
type place struct{ channel, thread string }

// postOne sends one message, and notes where those after it go.
func (c *Client) postOne(ctx context.Context, to string, payload map[string]any, m message, at *place, mayGo func() bool) *notify.Failure {
	if f := c.turn(ctx, to); f != nil {
		return f
	}
	options := []slack.MsgOption{
		slack.MsgOptionText(m.fallback, false),
		slack.MsgOptionBlocks(m.blocks...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{
			EventType:    "advisory_reminder",
			EventPayload: payload,
		}),
	}
	if at.thread != "" {
		options = append(options, slack.MsgOptionTS(at.thread))
	}
	w := watch{gate: c.gate}
	calling, f := w.begin(ctx)
	if f != nil {
		return f
	}
	if mayGo != nil && !mayGo() {
		return failure(notify.Temporary, "it came too late in the time that it had")
	}
	got, ts, err := c.api.PostMessageContext(transport.Once(calling), at.channel, options...)
	if err != nil {
		return w.failure(err)
	}
	if ts == "" {
		return failure(notify.Unknown, "Slack's answer could not be read")
	}
	if at.thread == "" {
		at.thread = ts
		if got != "" {
			at.channel = got // a direct message has a channel of its own
		}
	}
	return nil
}

// turn waits until the next message may go to a channel. A message that is held
// up at the gate takes its slot of the pace afterwards: those that are held up
// together would all go at once then.
func (c *Client) turn(ctx context.Context, channel string) *notify.Failure {
	for {
		if f := c.gate.pass(ctx); f != nil {
			return f
		}
		if err := c.pace.wait(ctx, channel); err != nil {
			return failure(notify.Temporary, "stopped before the message was sent")
		}
		if c.gate.left() <= 0 {
			return nil
		}
	}
}

// incomplete returns the failure of message i.
func incomplete(f *notify.Failure, i, of int) *notify.Failure {
	if i > 0 {
		f.Outcome = notify.Unknown
		f.Detail = fmt.Sprintf("only %d of %d messages were accepted: %s", i, of, f.Detail)
	}
	return f
}

// A pace keeps the time between two messages to one channel.
type pace struct {
	interval time.Duration
	sleep    func(context.Context, time.Duration) error

	mu   sync.Mutex
	next map[string]time.Time
}

func newPace(interval time.Duration) *pace {
	if interval == 0 {
		interval = time.Second
	}
	return &pace{interval: interval, sleep: notify.Wait, next: make(map[string]time.Time)}
}

// wait waits until the next message may go to a channel, or ctx ends.
func (p *pace) wait(ctx context.Context, channel string) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next[channel]
	if at.Before(now) {
		at = now
	}
	p.next[channel] = at.Add(p.interval)
	p.mu.Unlock()
	if at.After(now) {
		return p.sleep(ctx, at.Sub(now))
	}
	return ctx.Err()
}

// Package thread is the channel that needs no address: comments on the drafts
// themselves. One comment reminds everybody who is due for a draft, and each is
// posted once: it bears the id of its delivery in a hidden marker, which is looked
// for before the delivery is made again.
//
// GitHub's interface for these comments is a preview. What it does not say is not
// relied on: whoever shows as a comment's author, and by which status a comment is
// refused, makes no difference to what is posted.
package thread

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

const channelName = string(config.Thread)

// Config says how to comment.
type Config struct {
	Advisories *ghsa.Client
	Now        func() time.Time // the run's clock

	// Wait waits between two comments; nil really does.
	Wait func(ctx context.Context, d time.Duration) error

	// Pace is the time between two comments. The default is one second, as GitHub
	// asks of whoever writes.
	Pace time.Duration
}

// A Client comments on drafts. It may be used by several goroutines; comments
// are made one after the other.
type Client struct {
	advisories *ghsa.Client
	now        func() time.Time
	pace       *pace
}

// New returns a Client.
func New(c Config) *Client {
	return &Client{advisories: c.Advisories, now: c.Now, pace: newPace(c.Pace, c.Now, c.Wait)}
}

// Text returns the comment of a delivery.
func (c *Client) Text(d notify.Delivery) string {
	digest := d.Digests[0]
	digest.ID = d.ID
	digest.Items = slices.Clone(digest.Items)
	for _, other := range d.Digests { // new is what is new to all
		digest.Items[0].New = digest.Items[0].New && other.Items[0].New
	}
	return notify.Comment(digest, d.Addresses)
}

// Send comments on the draft of a delivery, unless an earlier attempt did: that is
// looked for in the whole period, since only the last attempt's time is known. If
// the advisory is not a draft any more, there is nothing to remind of: that is Moot.
// The comment is counted as made only where GitHub's answer shows it.
func (c *Client) Send(ctx context.Context, d notify.Delivery) error {
	return c.post(ctx, d.Parts[0].Reminders[0].Advisory, d, d.Parts[0].Period, func() string { return c.Text(d) })
}

// Reply answers commands on a draft, unless an earlier attempt did: that is looked for
// among the comments since the first of them.
func (c *Client) Reply(ctx context.Context, a *advisory.Advisory, d notify.Delivery, from time.Time, text string) error {
	return c.post(ctx, a, d, from, func() string { return text })
}

// post makes a comment, unless an earlier attempt did, which was made at from or later.
func (c *Client) post(ctx context.Context, a *advisory.Advisory, d notify.Delivery, from time.Time, text func() string) error {
	if d.Perhaps {
		made, f := c.posted(ctx, a, d, from)
		if f != nil {
			return f
		}
		if !made.IsZero() {
			if d.Found != nil {
				d.Found(made)
			}
			return nil
		}
	}
	end, f := c.pace.begin(ctx)
	if f != nil {
		return f
	}
	defer end()
	if d.MayGo != nil && !d.MayGo() {
		return failure(notify.Temporary, "it came too late in the time that it had")
	}
	err := c.advisories.Comment(ctx, a.Repository, a.ID, text())
	if transport.NoEffect(err) {
		return c.refused(ctx, a, transport.Status(err), "comment on the draft")
	}
	c.pace.count()
	if err != nil {
		return notify.PerhapsDone(channelName, err, "taken the comment", "")
	}
	return nil
}

// posted returns when the comment of a delivery was made, whoever shows as its author,
// or the zero time if it is not there. GitHub may show it a while after it was made.
func (c *Client) posted(ctx context.Context, a *advisory.Advisory, d notify.Delivery, from time.Time) (made time.Time, f *notify.Failure) {
	if f = notify.Unsettled(channelName, d.Tried, c.now()); f != nil {
		return made, f
	}
	comments, err := c.advisories.Comments(ctx, a.Repository, a.ID, from)
	if err != nil {
		f = c.refused(ctx, a, transport.Status(err), "read the draft's comments")
		if f.Outcome == notify.AddressBlamed { // of the first attempt that says nothing
			f = failure(notify.ChannelRefused, "GitHub does not show the draft's comments, so nobody can see whether it was posted before")
		}
		return made, f
	}
	for _, comment := range comments {
		former := len(d.Parts) > 0 && comment.Created.Before(d.Parts[0].Period) // whose time nobody believed
		if strings.Contains(comment.Body, discussion.Marker(d.ID)) && !former {
			return comment.Created, nil
		}
	}
	return made, nil
}

// refused says what it means that GitHub did not do what it was asked. By which
// status it refuses a comment is not documented, so what matters most, whether the
// draft still is one, is asked for.
func (c *Client) refused(ctx context.Context, a *advisory.Advisory, status int, what string) *notify.Failure {
	var f *notify.Failure
	switch {
	case status == http.StatusTooManyRequests:
		f = failure(notify.Temporary, "GitHub asks to wait")
		c.pace.stop(f)
		return f
	case status == http.StatusUnauthorized:
		f = failure(notify.ChannelRefused, "GitHub rejected the token (401)")
		f.Advice = "make a new token"
		return f
	case status < 300 || status >= 500, status == http.StatusConflict, status == http.StatusLocked, status == http.StatusTooEarly:
		return failure(notify.Temporary, "could not "+what)
	}
	now, err := c.advisories.One(ctx, a.Repository, a.ID)
	seen := transport.Status(err)
	switch {
	case err == nil && now.State != advisory.Draft:
		return failure(notify.Moot, "the advisory is not a draft any more")
	case err == nil && status == http.StatusForbidden:
		f = failure(notify.ChannelRefused, "the token may not "+what+" (GitHub answered 403)")
		f.Advice = "give the token's app the permission \"Repository security advisories\" (write)"
	case err == nil && status >= 400:
		f = failure(notify.AddressBlamed, fmt.Sprintf("GitHub takes no comment on this draft (%d)", status))
		f.Answer, f.Other = notify.TurnedDown, "its other answers in this run show that the draft is not at fault: see GitHub's status"
	case err == nil:
		f = failure(notify.ChannelRefused, fmt.Sprintf("GitHub sends comments elsewhere (%d)", status))
	case seen == http.StatusNotFound, seen == http.StatusForbidden:
		f = failure(notify.ChannelRefused, fmt.Sprintf("GitHub does not show the draft any more (%d)", seen))
		f.Advice = "see whether the token may still read it"
	default:
		f = failure(notify.Temporary, "GitHub could not be asked whether it still is a draft")
	}
	return f
}

func failure(o notify.Outcome, detail string) *notify.Failure {
	return &notify.Failure{Channel: channelName, Outcome: o, Detail: detail}
}

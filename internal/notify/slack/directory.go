package slack

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// Access is what is known about a bot token.
type Access struct {
	Team, User string
	Scopes     []string // nil: Slack did not say
}

// Check asks whose token it is and which scopes it holds, and sends nothing.
// Its error is a *notify.Failure.
//
// Source: https://docs.slack.dev/reference/methods/auth.test
func (c *Client) Check(ctx context.Context) (Access, error) {
	var w watch
	got, err := c.api.AuthTestContext(w.over(ctx))
	if err != nil {
		return Access{}, w.readFailure(err)
	}
	a := Access{Team: got.Team, User: got.User}
	for _, list := range got.Header.Values("X-OAuth-Scopes") {
		a.Scopes = append(a.Scopes, strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return a, nil
}

// Lookup returns the id of the member with a mail address, or nothing where there is
// none that can get messages. Its error is a *notify.Failure.
func (c *Client) Lookup(ctx context.Context, email string) (id string, err error) {
	w := watch{gate: c.gate}
	ctx, f := w.begin(ctx)
	if f != nil {
		return "", f
	}
	u, err := c.api.GetUserByEmailContext(ctx, email)
	var refused slack.SlackErrorResponse
	switch {
	case errors.As(err, &refused) && outcomes[refused.Err] == notify.AddressRefused:
		return "", nil
	case errors.As(err, &refused) && strings.HasPrefix(refused.Err, "invalid_arg"): // the address is all that it was asked
		f := w.readFailure(err)
		f.Outcome, f.Advice = notify.AddressDoubted, "check the mail address: Slack can't look it up"
		return "", f
	case err != nil:
		return "", w.readFailure(err)
	case u.Deleted || u.IsBot:
		return "", nil
	}
	return u.ID, nil
}

// Reaches returns why a digest to a member or channel would be refused, by id, or
// nothing where it would be taken. Its error is a *notify.Failure: whether it would
// be can't be known.
//
// Source: https://docs.slack.dev/reference/methods/users.info
func (c *Client) Reaches(ctx context.Context, id string) (refusal string, err error) {
	if channelID.MatchString(id) {
		ch, err := c.Channel(ctx, id)
		switch f := notify.AsFailure(channelName, err); {
		case f != nil && f.Outcome == notify.AddressRefused:
			return "there is no such channel, or the app is not in it", nil
		case f != nil:
			return "", f
		case !ch.Private && !c.publicToo:
			return "that channel is public, and a digest names undisclosed vulnerabilities", nil
		case !ch.Member:
			return "the app is not a member of that channel", nil
		}
		return "", nil
	}
	w := watch{gate: c.gate}
	calling, f := w.begin(ctx)
	if f != nil {
		return "", f
	}
	u, err := c.api.GetUserInfoContext(calling, id)
	if err != nil {
		if f := w.readFailure(err); f.Outcome != notify.AddressRefused {
			return "", f
		}
		return "there is no such member", nil
	}
	switch {
	case u.Deleted:
		return "that member is deactivated", nil
	case u.IsBot:
		return "that is a bot, which gets no messages", nil
	}
	return "", nil
}

// A Channel is where a report can go.
type Channel struct {
	ID      string
	Name    string
	Private bool // and read in no other workspace
	Shared  bool // another workspace reads it, or is invited to
	Member  bool // the bot is a member
}

// Readers says who else reads a channel that is not private.
func (c Channel) Readers() string {
	switch {
	case c.Private:
		return ""
	case c.Shared:
		return "shared with another workspace"
	}
	return "public"
}

// channelID is the form of the ids of channels. Names are in lower case.
var channelID = regexp.MustCompile(`^[CGD][A-Z0-9]{5,}$`)

// wantsGroups is the advice where channels can't be looked at. A report wants a
// private one, for which that scope alone does.
const wantsGroups = "give the app the scope groups:read, and install it again"

// Channel finds a channel by its id, or by its name with or without #. Its
// error is a *notify.Failure.
func (c *Client) Channel(ctx context.Context, idOrName string) (Channel, error) {
	if channelID.MatchString(idOrName) {
		w := watch{gate: c.gate}
		ctx, f := w.begin(ctx)
		if f != nil {
			return Channel{}, f
		}
		got, err := c.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: idOrName})
		if err != nil {
			f := w.readFailure(err)
			if strings.Contains(f.Advice, "groups:read") { // beside it Slack names those for other kinds of channels
				f.Advice = wantsGroups
			}
			return Channel{}, f
		}
		return channel(*got), nil
	}
	name := strings.ToLower(strings.TrimPrefix(idOrName, "#"))
	got, found, f := c.byName(ctx, name, "public_channel", "private_channel")
	if f != nil && strings.Contains(f.Detail, "missing_scope") {
		// A report wants a private channel: the scope for the public ones can be
		// done without.
		got, found, f = c.byName(ctx, name, "private_channel")
	}
	switch {
	case f != nil && strings.Contains(f.Detail, "missing_scope"):
		f.Detail = "the token can't list channels (Slack answered missing_scope)"
		f.Advice = wantsGroups
		return Channel{}, f
	case f != nil:
		return Channel{}, f
	case !found:
		return Channel{}, &notify.Failure{Channel: channelName, Outcome: notify.AddressRefused,
			Detail: "the app sees no channel of that name", Advice: "invite the app to the channel, or give the channel's id"}
	}
	return got, nil
}

// byName looks through all pages of channels.
func (c *Client) byName(ctx context.Context, name string, types ...string) (Channel, bool, *notify.Failure) {
	p := &slack.GetConversationsParameters{Types: types, ExcludeArchived: true, Limit: 500}
	for {
		w := watch{gate: c.gate}
		ctx, f := w.begin(ctx)
		if f != nil {
			return Channel{}, false, f
		}
		list, next, err := c.api.GetConversationsContext(ctx, p)
		if err != nil {
			return Channel{}, false, w.readFailure(err)
		}
		for _, got := range list {
			if strings.ToLower(got.Name) == name {
				return channel(got), true, nil
			}
		}
		if next == "" || next == p.Cursor {
			return Channel{}, false, nil
		}
		p.Cursor = next
	}
}

func channel(c slack.Channel) Channel {
	shared := c.IsShared || c.IsExtShared || c.IsPendingExtShared || c.IsOrgShared || c.IsGlobalShared
	return Channel{ID: c.ID, Name: c.Name, Private: !shared && (c.IsPrivate || c.IsIM || c.IsMpIM), Shared: shared, Member: c.IsMember || c.IsIM}
}

// readFailure is failure for a question: nothing can have happened.
func (w *watch) readFailure(err error) *notify.Failure {
	f := w.failure(err)
	if f.Outcome == notify.Unknown {
		f.Outcome = notify.Temporary
	}
	return f
}

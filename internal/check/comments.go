package check

import (
	"context"
	"slices"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// discussions are the lines about what can't be read of what people say on drafts.
func (c *checkup) discussions(ctx context.Context) group {
	if c.Advisories == nil {
		return nil
	}
	s := c.see()
	if s.err != nil || len(s.All) == 0 {
		return nil // another line says so, or there is nothing to say
	}
	if !slices.ContainsFunc(s.All, func(a advisory.Advisory) bool { return a.Counted }) {
		return group{{finding: unknown, what: "comments", detail: "GitHub does not say how many comments the drafts have, so answers and commands on them are not read",
			do: "nothing: reminders go on without. If it stays so, report it"}}
	}
	i := slices.IndexFunc(s.All, func(a advisory.Advisory) bool { return a.Comments > 0 })
	if i < 0 {
		return nil
	}
	_, err := c.Advisories.Comments(ctx, s.All[i].Repository, s.All[i].ID, c.Now)
	switch status := transport.Status(err); {
	case err == nil:
		return nil
	case status == 403, status == 404:
		return group{{finding: warn, what: "comments", detail: "GitHub does not show the comments of drafts to this token, so answers and commands on them are not read",
			do: "give the token's app the permission \"Repository security advisories\" (write)"}}
	}
	return group{{finding: unknown, what: "comments", detail: "the comments of a draft could not be read now: " + notify.LowerFirst(err.Error())}}
}

// comments reports whether the drafts' comments are a channel.
func (f ownerFacts) comments() bool {
	return slices.ContainsFunc(f.Channels, func(c notify.Channel) bool { return c.Name() == string(config.Thread) })
}

// threadLine is the one about what nobody knows of comments, until one was answered.
func (f ownerFacts) threadLine() group {
	if l := f.load(); !f.comments() || l.err == nil && l.CommentSeen() {
		return nil
	}
	return group{{finding: unknown, what: "comments",
		detail: "whether GitHub notifies anybody of a program's comment, or of being mentioned in it, is not documented, and no owner has answered below one yet",
		do:     "try it: open a draft in a repository of your own, add somebody as a collaborator, comment on it with this token and their @login, and ask them what they got"}}
}

package check

import (
	"slices"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// comments reports whether the drafts' comments are a channel.
func (f ownerFacts) comments() bool {
	return slices.ContainsFunc(f.channels, func(c notify.Channel) bool { return c.Name() == string(config.Thread) })
}

// threadLine is the one about what nobody knows of comments, until one was answered.
func (f ownerFacts) threadLine() group {
	if !f.comments() || f.ledger.err == nil && f.ledger.Ledger != nil && f.ledger.CommentSeen() {
		return nil
	}
	return group{{finding: unknown, what: "comments",
		detail: "whether GitHub notifies anybody of a program's comment, or of being mentioned in it, is not documented, and no owner has answered below one yet",
		do:     "try it: open a draft in a repository of your own, add somebody as a collaborator, comment on it with this token and their @login, and ask them what they got"}}
}

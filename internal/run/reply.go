package run

import (
	"context"
	"fmt"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A Replier answers commands in the comments of drafts. Its error is a
// *notify.Failure.
type Replier interface {
	// Reply posts an answer, unless an earlier attempt has: that is looked for among
	// the comments since from.
	Reply(ctx context.Context, a *advisory.Advisory, d notify.Delivery, from time.Time, text string) error
}

// A Reply is one answer to the commands on a draft.
type Reply struct {
	Advisory *advisory.Advisory
	notify.Delivery
	From time.Time // when the first of them was given
	Text string
}

// claimReplies claims the answers that are owed.
func claimReplies(c Clients, a Assignment, s Snapshot, l *ledger.Ledger, me ledger.Claimant, now time.Time) []Reply {
	if c.Replies == nil || !a.Config.Commands.Enabled {
		return nil
	}
	var list []Reply
	for i := range s.All {
		d := &s.All[i]
		if !a.selects(d.Severity) {
			continue
		}
		for _, o := range l.Replies(d.ID, me, now) {
			r := Reply{Advisory: d, Delivery: notify.Delivery{Delivery: *l.Claim(o, me, now, time.Time{}), Address: d.ID}}
			r.Channel = threadChannel // the comments of the draft
			r.Text, r.From = answer(a, s, l, d, r.Delivery.Delivery)
			list = append(list, r)
		}
	}
	return list
}

// answer returns the text of an answer, and when the first command that it answers
// was given.
func answer(a Assignment, s Snapshot, l *ledger.Ledger, draft *advisory.Advisory, d ledger.Delivery) (text string, from time.Time) {
	r := notify.Reply{ID: d.ID, Days: a.Config.Policy.Location, Releases: a.Config.Messages.Zone()}
	if z := a.snooze(draft.ID); s.Now.Before(z.Until) {
		r.Configured = z.Until
	}
	owners, repository := s.Owners.Of(draft.ID), s.repository(draft)
	for _, comment := range d.Comments {
		given := l.Advisories[draft.ID].Discussion.Commands[comment]
		if given == nil {
			continue
		}
		one := notify.Replied{Comment: comment, Command: *given}
		if p, ok := personOf(owners, advisory.Account{ID: given.Account, Login: given.By}); ok && given.Kind == discussion.NotMine {
			one.Why = why(p, repository)
			one.File, one.Source = owners.File, source(a.Server, repository, owners)
			if p.Route == owner.FromConfig { // whoever reads the draft need not know what stands there
				one.Why = "the configuration of the reminders names you, or a team that you are in, as an owner of " + repository.String()
			}
		}
		from = reminder.Earlier(from, given.At)
		r.Commands = append(r.Commands, one)
	}
	return notify.ReplyText(r), from
}

// reply posts a plan's answers, one after the other.
func reply(ctx, flight context.Context, c Clients, clock Clock, p Plan, recorder *ledger.Recorder) []result {
	results := make([]result, len(p.Replies))
	for i, r := range p.Replies {
		r.MayGo = recorder.MayGo
		results[i].Delivery = r.Delivery
		results[i].failure, results[i].found, results[i].begun = once(ctx, flight, clock, recorder, &r.Delivery, func(ctx context.Context) (time.Time, error) {
			return time.Time{}, c.Replies.Reply(ctx, r.Advisory, r.Delivery, r.From, r.Text)
		})
	}
	return results
}

// replying posts the answers beside what else is delivered, but for a preview, which
// is read from top to bottom. The function that it returns waits for them.
func replying(ctx, flight context.Context, c Clients, a Assignment, clock Clock, p Plan, recorder *ledger.Recorder) func() ([]result, error) {
	post := func() ([]result, error) { return reply(ctx, flight, c, clock, p, recorder), nil }
	if len(p.Replies) == 0 || a.Preview {
		results, err := post()
		return func() ([]result, error) { return results, err }
	}
	return transport.Meanwhile(post)
}

// unanswered says why some answers were not posted. What a refusal means is known by
// all that the run has tried, and not where it could not try all.
func unanswered(ctx context.Context, answers []result, tried notify.Refusals, recorder *ledger.Recorder) (list []string) {
	cut := false
	for _, r := range answers {
		cut = cut || !r.begun
		r.note(tried)
	}
	var failures grouping[string, result] // by why
	for _, r := range answers {
		if r.failure == nil {
			continue
		}
		f := r.judged(ctx, tried, cut)
		if f.Outcome == notify.Moot || f.Outcome == notify.AddressRefused { // no run can answer there any more
			recorder.Update(func(l *ledger.Ledger) { l.Answered(r.ID) })
			recorder.End(r.ID, ledger.Result{Outcome: ledger.Refused})
		}
		if f.Outcome != notify.Moot && f.Outcome != notify.Held { // else nothing is owed, or the next run goes on
			failures.add(notify.Describe(f), r)
		}
	}
	for _, why := range failures.keys {
		list = append(list, fmt.Sprintf("commands on %s not answered: %s", notify.Plural(len(failures.of[why]), "draft", "drafts"), why))
	}
	return list
}

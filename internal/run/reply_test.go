package run

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// failing is a Replier that answers nothing, for one reason.
type failing struct {
	outcome notify.Outcome
	answer  notify.Answer
}

func (f failing) Reply(context.Context, *advisory.Advisory, notify.Delivery, time.Time, string) error {
	return &notify.Failure{Channel: threadChannel, Outcome: f.outcome, Answer: f.answer, Detail: "not now"}
}

// An answer that the pace of comments leaves to the next run is no failure, and
// neither is one that nobody is owed any more. One that the draft refuses is given up,
// unless all drafts refuse.
func TestAnswersThatWait(t *testing.T) {
	now := time.Date(2026, 11, 18, 7, 17, 0, 0, time.UTC)
	refused := func(draft string) notify.Refusals {
		tried := make(notify.Refusals)
		tried.Note(threadChannel, draft, &notify.Failure{Channel: threadChannel, Outcome: notify.AddressBlamed, Answer: notify.TurnedDown})
		return tried
	}
	for _, tt := range []struct {
		failing
		drafts int // on which answers are owed
		fails  bool
		ends   bool // no run tries again

		unbegun int             // further ones, for which there is no time
		tried   notify.Refusals // by the reminders
	}{
		{failing: failing{outcome: notify.Held}, drafts: 1, fails: false, ends: false},
		{failing: failing{outcome: notify.Moot}, drafts: 1, fails: false, ends: true},
		{failing: failing{outcome: notify.Temporary}, drafts: 1, fails: true, ends: false},
		{failing: failing{outcome: notify.ChannelRefused}, drafts: 1, fails: true, ends: false},
		{failing: failing{outcome: notify.Unknown}, drafts: 1, fails: true, ends: false},
		{failing: failing{notify.AddressBlamed, notify.TurnedDown}, drafts: 1, fails: true, ends: true},
		{failing: failing{notify.AddressBlamed, notify.TurnedDown}, drafts: 2, fails: true, ends: false}, // it is not the drafts
		{failing: failing{notify.AddressBlamed, notify.TurnedDown}, drafts: 1, fails: true, ends: false, tried: refused("another")},
		{failing: failing{notify.AddressBlamed, notify.TurnedDown}, drafts: 1, fails: true, ends: false, unbegun: 1},
	} {
		store := ledger.NewFile(filepath.Join(t.TempDir(), "ledger.json"), nil)
		defer store.Close()
		l, err := store.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		me := ledger.Claimant{Holder: ledger.Holder{Run: "1", Process: "me"}}
		if tt.tried == nil {
			tt.tried = make(notify.Refusals)
		}
		var p Plan
		for n := range tt.drafts {
			id := fmt.Sprint("GHSA-aaaa-2222-333", n)
			owed := ledger.Delivery{Kind: ledger.Answer, To: []reminder.Recipient{"draft"}, Advisories: []string{id}, Comments: []int64{1}}
			r := Reply{Delivery: notify.Delivery{Delivery: *l.Claim(owed, me, now, now), Address: id}}
			r.Channel = threadChannel
			p.Replies = append(p.Replies, r)
		}
		clock := Clock{Clock: transport.NewClock(func() time.Time { return now }, now)}
		recorder, err := ledger.Take(t.Context(), t.Context(), t.Context(), store, l, me, clock.Now, true)
		if err != nil {
			t.Fatal(err)
		}
		posted := reply(t.Context(), t.Context(), Clients{Replies: tt.failing}, clock, p, recorder)
		for range tt.unbegun {
			posted = append(posted, result{failure: notNow(t.Context(), threadChannel)})
		}
		if why := unanswered(t.Context(), posted, tt.tried, recorder); len(why) > 0 != tt.fails {
			t.Errorf("outcome %v on %d drafts: %q", tt.outcome, tt.drafts, why)
		}
		recorder.Read(func(l *ledger.Ledger) {
			for _, d := range l.Deliveries {
				if d.Outcome == ledger.Refused != tt.ends {
					t.Errorf("outcome %v on %d drafts: the answer is %v", tt.outcome, tt.drafts, d.Outcome)
				}
			}
		})
		if err := recorder.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

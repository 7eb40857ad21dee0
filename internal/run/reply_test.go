package run

import (
	"context"
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
type failing struct{ outcome notify.Outcome }

func (f failing) Reply(context.Context, *advisory.Advisory, notify.Delivery, time.Time, string) error {
	return &notify.Failure{Channel: threadChannel, Outcome: f.outcome, Detail: "not now"}
}

// An answer that the pace of comments leaves to the next run is no failure, and
// neither is one that nobody is owed any more.
func TestAnswersThatWait(t *testing.T) {
	now := time.Date(2026, 11, 18, 7, 17, 0, 0, time.UTC)
	for _, tt := range []struct {
		outcome notify.Outcome
		fails   bool
	}{
		{notify.Held, false},
		{notify.Moot, false},
		{notify.Temporary, true},
		{notify.ChannelRefused, true},
		{notify.AddressRefused, true},
		{notify.Unknown, true},
	} {
		store := ledger.NewFile(filepath.Join(t.TempDir(), "ledger.json"), nil)
		defer store.Close()
		l, err := store.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		me := ledger.Claimant{Holder: ledger.Holder{Run: "1", Process: "me"}}
		owed := ledger.Delivery{Kind: ledger.Answer, To: []reminder.Recipient{"draft"}, Advisories: []string{"GHSA-aaaa-2222-3333"}, Comments: []int64{1}}
		p := Plan{Replies: []Reply{{Delivery: notify.Delivery{Delivery: *l.Claim(owed, me, now, now)}}}}
		p.Replies[0].Channel = threadChannel
		clock := Clock{Clock: transport.NewClock(func() time.Time { return now }, now)}
		recorder, err := ledger.Take(t.Context(), t.Context(), t.Context(), store, l, me, clock.Now, true)
		if err != nil {
			t.Fatal(err)
		}
		if why := reply(t.Context(), t.Context(), Clients{Replies: failing{tt.outcome}}, clock, p, recorder); len(why) > 0 != tt.fails {
			t.Errorf("outcome %v: %q", tt.outcome, why)
		}
		if err := recorder.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

package run

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// broken is a channel, and a place for reports, that breaks once it may have been
// heard.
type broken struct{ notify.Channel }

func (broken) Name() string                                { return "broken" }
func (broken) Knows(contact.Contact) (string, bool)        { return "somebody", false }
func (broken) Again()                                      {}
func (broken) Send(context.Context, notify.Delivery) error { panic("broken") }
func (broken) Report(context.Context, notify.Report, notify.Refusals) error {
	panic("broken")
}

// What broke while it was sent may have arrived: the next run sends it under the
// same id.
func TestWhatBrokeIsUnclear(t *testing.T) {
	now := time.Date(2026, 11, 18, 7, 17, 0, 0, time.UTC)
	clock := Clock{Clock: transport.NewClock(func() time.Time { return now }, now), Wait: func(context.Context, time.Duration) error { return errors.New("no time") }}
	store := ledger.NewFile(filepath.Join(t.TempDir(), "ledger.json"), nil)
	defer store.Close()
	l, err := store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	draft := &advisory.Advisory{ID: "GHSA-aaaa-2222-3333", Severity: advisory.Critical, Created: now.AddDate(0, -1, 0)}
	l.See(*draft, "org:acme", now)
	me := ledger.Claimant{Holder: ledger.Holder{Run: "1", Process: "me"}}
	digest := reminder.Digest{To: "user:ann", Reminders: []reminder.Reminder{{Draft: &reminder.Draft{Advisory: draft}}}}
	delivery := ledger.Delivery{Kind: ledger.Digest, To: []reminder.Recipient{"user:ann"}, Advisories: []string{draft.ID}, Cadence: digest.Cadence.String()}
	report := ledger.Delivery{Kind: ledger.Report, To: []reminder.Recipient{reminder.SWG}}
	p := Plan{
		Deliveries: []notify.Delivery{{Delivery: *l.Claim(delivery, me, now, now), Parts: []reminder.Digest{digest}}},
		Report:     l.Claim(report, me, now, now).ID,
	}
	p.Deliveries[0].Channel = "broken"
	recorder, err := ledger.Take(t.Context(), t.Context(), t.Context(), store, l, me, clock.Now, true)
	if err != nil {
		t.Fatal(err)
	}
	c := Clients{Channels: []notify.Channel{broken{}}, Reporter: broken{}, Redact: func(s string) string { return s }, Log: t.Logf}
	a := Assignment{Organization: "acme", Preview: true}
	a.Config.Policy.Location = time.UTC
	done := deliver(t.Context(), t.Context(), c, a, clock, Snapshot{Now: now}, p, recorder)
	if said := say(t.Context(), t.Context(), c, a, clock, Snapshot{Now: now}, p, &done, recorder); said == nil || len(done.Failed) != 1 {
		t.Errorf("failed %v, said %v", done.Failed, said)
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err = store.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{p.Deliveries[0].ID, p.Report} {
		found := false
		for _, d := range l.Deliveries {
			found = found || d.ID == id && d.Outcome == ledger.Unclear
		}
		if !found {
			t.Errorf("%s is not unclear in the ledger", id)
		}
	}
}

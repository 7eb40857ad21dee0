package action_test

import (
	"slices"
	"strings"
	"testing"
)

// A draft of this morning is told at the next run where notify-new is set, once
// and marked as new, and waits for its period where it isn't.
func TestNewDraftsAreToldAtOnce(t *testing.T) {
	yes := map[string]string{"INPUT_CONFIG-TEXT": "notify-new: true"}
	for _, tt := range []struct {
		name   string
		inputs map[string]string
	}{{"not set", nil}, {"set to false", map[string]string{"INPUT_CONFIG-TEXT": "notify-new: false"}}, {"set", yes}} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			old := draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
			b := newBench(t, w)
			b.inputs = tt.inputs
			if first := b.must(0, nil); !slices.Equal(first.to(), []string{"cleo@example.org"}) {
				t.Fatalf("the first run's mails went to %v", first.to())
			}

			b.now = b.now.AddDate(0, 0, 1)
			w.Lock()
			fresh := draft(w, "wheel", "high", b.now)
			ownerless := draft(w, "orphan", "low", b.now)
			unscored := draft(w, "wheel", "", b.now)
			w.Unlock()
			preview := b.must(0, map[string]string{"INPUT_DRY-RUN": "true"})
			next := b.must(0, nil)
			if tt.name != "set" {
				if len(next.mails)+len(next.slack) != 0 {
					t.Errorf("mails to %v, and the report %s", next.to(), next.reports())
				}
				return
			}
			if want := "cleo, monthly"; !strings.Contains(preview.stdout, want) || !strings.Contains(preview.stdout, "high wheel (new)\n") {
				t.Errorf("the dry run lacks %q:\n%s", want, preview.stdout)
			}
			if !slices.Equal(next.to(), []string{"cleo@example.org"}) {
				t.Fatalf("mails to %v", next.to())
			}
			mail, report := next.mails[0], next.reports()
			for _, text := range []string{mail.Text, mail.HTML} {
				if !slices.Contains(ids(text), fresh.ID) || slices.Contains(ids(text), old.ID) || !strings.Contains(text, "High, new") {
					t.Errorf("the mail is about %v, and not of one that is new:\n%s", ids(text), text)
				}
			}
			if !slices.Contains(ids(report), ownerless.ID) || !strings.Contains(report, "Low, new") || strings.Contains(report, "Needs a score") {
				t.Errorf("the report does not say that %s, which is new, needs an owner, or it is about %s:\n%s", ownerless.ID, unscored.ID, report)
			}

			if again := b.must(0, nil); len(again.mails)+len(again.slack) != 0 {
				t.Errorf("once more: mails to %v, and the report %s", again.to(), again.reports())
			}
			b.now = b.now.AddDate(0, 1, 0)
			month := b.must(0, nil)
			if !slices.Equal(month.to(), []string{"cleo@example.org"}) {
				t.Fatalf("a month later, mails to %v", month.to())
			}
			for _, m := range month.mails {
				if !slices.Contains(ids(m.Text), fresh.ID) || strings.Contains(m.Text, ", new") || !strings.Contains(m.Text, "2nd reminder") {
					t.Errorf("a month later %s is new still, or not there:\n%s", fresh.ID, m.Text)
				}
			}
		})
	}
}

// A person who joins hears of a draft that is younger than its period, where
// notify-new is set; whoever was told before does not.
func TestNewMaintainersAreToldAtOnce(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "low", wednesday.AddDate(0, -1, 0))
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "notify-new: true"}
	b.must(0, nil)
	w.Lock()
	w.Organizations[0].Teams[0].Members = append(w.Organizations[0].Teams[0].Members, "cleo")
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 1)
	if joined := b.must(0, nil); !slices.Equal(joined.to(), []string{"cleo@example.org"}) {
		t.Errorf("after cleo joined the team, mails went to %v", joined.to())
	}
}

// A Slack message marks what is new too.
func TestNewOnSlack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	draft(w, "wheel", "critical", wednesday)
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "notify-new: true\nchannels: [slack]"}
	if r := b.must(0, nil); len(r.direct()) != 1 || !strings.Contains(r.directText(), "Critical, new") {
		t.Errorf("direct messages to %v:\n%s", r.direct(), r.directText())
	}
}

// Where the address of the only owner is refused, the working group gets what is
// new in their place, once, and the refused address is left alone in that period.
func TestNewToARefusedAddress(t *testing.T) {
	w := newWorld()
	fresh := draft(w, "wheel", "high", wednesday)
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "notify-new: true\nchannels: [email]"}
	b.Mail.Break(rcpt(nil, map[string]string{"cleo": "550 5.1.1 unknown"}))
	if r := b.must(0, nil); len(r.mails) != 0 || !slices.Contains(ids(r.section("Needs an owner")), fresh.ID) || !strings.Contains(r.section("Needs an owner"), "High, new") {
		t.Errorf("mails to %v, and the report:\n%s", r.to(), r.summary)
	}
	b.Mail.Break(nil)
	b.now = b.now.AddDate(0, 0, 1)
	if r := b.must(0, nil); len(r.mails)+len(r.slack) != 0 {
		t.Errorf("the next day: mails to %v, and the report:\n%s", r.to(), r.reports())
	}
	b.now = b.now.AddDate(0, 0, 13) // in the next month
	if r := b.must(0, nil); !slices.Equal(r.to(), []string{"cleo@example.org"}) || !strings.Contains(r.mails[0].Text, "High, new") {
		t.Errorf("in the next month: mails to %v", r.to())
	}
}

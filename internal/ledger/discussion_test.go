package ledger

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// said lets an owner give commands on a draft, some time after noon, by the ids of
// their comments.
func said(l *Ledger, id string, after time.Duration, comments ...int64) {
	var list []advisory.Comment
	at := noon.Add(after)
	for _, c := range comments {
		list = append(list, advisory.Comment{ID: c, Author: advisory.Account{ID: 1, Login: "ann"}, Body: "/remind snooze 2026-12-20 x", Created: at, Updated: at})
	}
	yes := func(advisory.Account) discussion.Knowledge { return discussion.Yes }
	l.Hear(discussion.Reading{
		Now: at, Comments: list, Advisory: advisory.Advisory{ID: id, Counted: true, Comments: len(comments), Updated: at}, Commands: true,
		Rules: discussion.Rules{Location: time.UTC, Releases: time.UTC, SnoozeDays: 90}, Owns: yes, May: yes,
	})
}

// claimed claims what is owed on a draft, and returns it.
func claimed(t *testing.T, l *Ledger, c Claimant, after time.Duration) []*Delivery {
	t.Helper()
	var got []*Delivery
	for _, r := range l.Replies(ghsa, c, noon.Add(after)) {
		d := l.Claim(r, c, noon.Add(after), time.Time{})
		if d.Perhaps != !d.Tried.IsZero() {
			t.Errorf("after %v: perhaps %v, tried %v", after, d.Perhaps, d.Tried)
		}
		got = append(got, d)
	}
	return got
}

// Each command is owed one answer, under one id whatever became of the attempts.
func TestOneAnswer(t *testing.T) {
	l := with()
	if list := l.Replies(ghsa, runA, noon); len(list) != 0 {
		t.Fatalf("nothing was said: %v", list)
	}
	said(l, ghsa, 0, 7, 8)
	first := claimed(t, l, runA, 0)
	if len(first) != 1 || !slices.Equal(first[0].Comments, []int64{7, 8}) {
		t.Fatalf("%+v", first)
	}
	if list := l.Replies(ghsa, runB, noon.Add(time.Minute)); len(list) != 0 {
		t.Errorf("another run: %v", list)
	}
	if l.Blocked(runB, noon.Add(time.Minute))(reminder.Digest{To: onDraft, Cadence: reminder.Weekly}) {
		t.Error("an answer holds a digest back")
	}

	// It was killed, and more was said.
	l = copyOf(t, l)
	said(l, ghsa, time.Hour, 9)
	again := claimed(t, l, runB, time.Hour)
	if len(again) != 2 || again[0].ID != first[0].ID || !again[0].Tried.Equal(noon.Add(ClaimLife)) || again[1].Perhaps || !slices.Equal(again[1].Comments, []int64{9}) {
		t.Fatalf("%+v, %+v", again[0], again[1])
	}

	// The answer to the first was lost, and the second was never tried.
	l.settle(l.byID(first[0].ID), Result{Outcome: Unclear, Channel: "thread"}, noon.Add(61*time.Minute))
	l.release(runB)
	l = copyOf(t, l)
	l.Prune(noon.Add(2*time.Hour), nil)
	last := claimed(t, l, runA, 2*time.Hour)
	if len(last) != 2 || last[0].ID != first[0].ID || !last[0].Tried.Equal(noon.Add(61*time.Minute)) || !slices.Equal(last[1].Comments, []int64{9}) {
		t.Fatalf("%+v", last)
	}
	for _, d := range last {
		l.settle(d, Result{Outcome: Accepted, Channel: "thread"}, noon.Add(2*time.Hour))
	}
	if list := l.Replies(ghsa, runB, noon.Add(3*time.Hour)); len(list) != 0 {
		t.Errorf("answered, and owed: %+v", list)
	}
	if len(l.Unreported()) != 0 || len(l.told) != 0 {
		t.Errorf("somebody was told: %v", l.told)
	}
	if l.Prune(noon.Add(3*time.Hour), nil); len(l.Deliveries) != 0 {
		t.Errorf("they are kept: %+v", l.Deliveries)
	}
}

// What GitHub takes no answer to is owed none; neither is what is no draft any more.
func TestNoAnswerIsOwed(t *testing.T) {
	l := with()
	said(l, ghsa, 0, 7)
	d := claimed(t, l, runA, 0)[0]
	l.Answered(d.ID)
	l.settle(d, Result{Outcome: Refused}, noon)
	if list := l.Replies(ghsa, runA, noon); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if l.Prune(noon, nil); len(l.Deliveries) != 0 {
		t.Errorf("it is kept: %+v", l.Deliveries)
	}
	said(l, ghsa, time.Hour, 8)
	l.End(ghsa, "published", noon)
	if list := l.Replies(ghsa, runA, noon.Add(time.Hour)); len(list) != 0 {
		t.Errorf("of a published one: %+v", list)
	}
	if list := l.Replies("GHSA-none-none-none", runA, noon); len(list) != 0 {
		t.Errorf("of one that is not known: %+v", list)
	}
}

// Two runs that read the same do it once, and one of them answers.
func TestTwoRunsRead(t *testing.T) {
	base := with()
	a, b := copyOf(t, base), copyOf(t, base)
	said(a, ghsa, 0, 7)
	claimed(t, a, runA, 0)
	said(b, ghsa, time.Second, 7, 8)
	b.merge(copyOf(t, a), runB, noon.Add(time.Minute))
	if r := b.Advisories[ghsa].Discussion; len(r.Commands) != 2 || r.Snoozes(8) != 2 {
		t.Errorf("%+v", r)
	}
	if list := b.Replies(ghsa, runB, noon.Add(time.Minute)); len(list) != 0 {
		t.Errorf("both answer: %+v", list)
	}
	for _, d := range a.Deliveries {
		a.settle(d, Result{Outcome: Accepted, Channel: "thread"}, noon.Add(time.Minute))
	}
	b.merge(copyOf(t, a), runB, noon.Add(time.Minute))
	if list := b.Replies(ghsa, runB, noon.Add(time.Minute)); len(list) != 1 || !slices.Equal(list[0].Comments, []int64{8}) {
		t.Errorf("%+v", list)
	}
	// The answered delivery has been dropped there.
	a.Prune(noon.Add(time.Hour), nil)
	b.merge(copyOf(t, a), runB, noon.Add(time.Hour))
	if list := b.Replies(ghsa, runB, noon.Add(time.Hour)); len(list) != 1 || len(list[0].Comments) != 1 {
		t.Errorf("%+v", list)
	}
}

// A false time is not believed; the first answer below a comment is known for good.
func TestCommentSeen(t *testing.T) {
	l := with()
	if l.CommentSeen() {
		t.Error("nobody has answered")
	}
	l.heard(noon)
	l.heard(noon.Add(time.Hour))
	l.heard(time.Time{})
	if l = copyOf(t, l); !l.CommentSeen() || !l.Heard.Equal(noon) {
		t.Errorf("heard at %v", l.Heard)
	}
	other := with()
	other.merge(copyOf(t, l), runB, noon)
	l.merge(with(), runB, noon)
	if !other.CommentSeen() || !l.CommentSeen() {
		t.Error("a merge forgets it")
	}
	said(l, ghsa, 0, 7)
	l.Advisories[ghsa].Discussion.Last = noon
	if l.Disbelieve(noon); !l.CommentSeen() {
		t.Error("it is not believed")
	}
	if !l.Disbelieve(noon.Add(-ahead-time.Second)) || l.CommentSeen() || !l.Advisories[ghsa].Discussion.Last.IsZero() || !l.Advisories[ghsa].Discussion.Since().IsZero() {
		t.Errorf("what lies ahead is believed: %+v", l.Advisories[ghsa].Discussion)
	}
}

// What a later version says of a discussion and of a command is kept, and a command
// that says nothing is an error.
func TestDiscussionsAreReadWhole(t *testing.T) {
	l := with()
	said(l, ghsa, 0, 7)
	text := string(must(l.encode()))
	for _, key := range []string{`"count":`, `"kind":"snooze"`} {
		text = strings.Replace(text, key, `"hue":1,`+key, 1)
	}
	l, err := Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	other := with()
	other.merge(copyOf(t, l), runB, noon)
	for _, l := range []*Ledger{copyOf(t, l), copyOf(t, other)} {
		if r := l.Advisories[ghsa].Discussion; string(r.Unknown) != `{"hue":1}` || string(r.Commands[7].Unknown) != `{"hue":1}` || r.Snooze(noon) == nil {
			t.Errorf("%+v, %+v", r, r.Commands[7])
		}
	}
	for _, broken := range []string{`{"7":null}`, `{"7":{"kind":"snooze","by":"ann","at":"0001-01-01T00:00:00Z"}}`, `{"7":{"at":"2026-11-18T12:00:00Z"}}`} {
		_, err := Decode([]byte(`{"format":2,"nonce":"n","deliveries":[],"advisories":{"` + ghsa + `":{"opened":"2025-11-18T12:00:00Z","discussion":{"count":1,"commands":` + broken + `}}}}`))
		wantError(t, err, "a command without")
	}
}

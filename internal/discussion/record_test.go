package discussion

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

var (
	ada      = advisory.Account{ID: 1, Login: "ada"}      // an owner
	lead     = advisory.Account{ID: 2, Login: "lead"}     // administers the repository
	reporter = advisory.Account{ID: 3, Login: "reporter"} // neither
	absent   = advisory.Account{ID: 4, Login: "absent"}   // nobody knows now
	bot      = advisory.Account{ID: 5, Login: "ci[bot]"}
)

const own = "<!-- advisory-reminders: 00112233445566778899aabbccddeeff -->"

// A talk is a draft's discussion and what a run makes of it.
type talk struct {
	t        testing.TB
	now      time.Time
	began    time.Time // the ledger's first run
	advisory advisory.Advisory
	comments []advisory.Comment
	record   *Record
	knows    bool // what is known of the absent one: an owner
	off      bool // commands are
}

func newTalk(t testing.TB) *talk {
	now := utc(t, "2026-11-25 17:00:00")
	return &talk{t: t, now: now, record: new(Record), advisory: advisory.Advisory{Severity: advisory.High, Counted: true, Updated: now.AddDate(0, -1, 0)}}
}

// say adds a comment of now.
func (k *talk) say(a advisory.Account, body string) *advisory.Comment {
	k.comments = append(k.comments, advisory.Comment{ID: int64(len(k.comments) + 1), Author: a, Body: body, Created: k.now, Updated: k.now})
	k.advisory.Comments, k.advisory.Updated = len(k.comments), k.now
	return &k.comments[len(k.comments)-1]
}

// hear reads what GitHub would list.
func (k *talk) hear() *Record {
	var list []advisory.Comment
	for _, c := range k.comments {
		if !c.Updated.Before(k.record.Since()) {
			list = append(list, c)
		}
	}
	may := func(a advisory.Account) Knowledge {
		switch {
		case a == ada, a == lead, a == absent && k.knows:
			return Yes
		case a == absent:
			return NotNow
		}
		return No
	}
	k.record.Hear(Reading{
		Now: k.now, Began: k.began, Advisory: k.advisory, Comments: list, Commands: !k.off,
		Rules: Rules{Location: time.UTC, Releases: time.UTC, SnoozeDays: 90},
		May:   may,
		Owns: func(a advisory.Account) Knowledge {
			if a == lead {
				return No
			}
			return may(a)
		},
		Told: func(a advisory.Account) Nothing {
			if a == lead {
				return NotTold
			}
			return ""
		},
	})
	return k.record
}

func (k *talk) later(d time.Duration) { k.now = k.now.Add(d) }

func TestWhoAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		author advisory.Account
		body   string
		by     string
	}{
		"an owner":               {ada, "I am on it", "ada"},
		"an administrator":       {lead, "I am on it", ""},
		"the reporter":           {reporter, "any news?", ""},
		"nobody knows who":       {advisory.Account{}, "I am on it", ""},
		"an app":                 {bot, "I am on it", ""},
		"the program":            {ada, "High.\n" + own, ""},
		"who quotes it":          {ada, "> High.\n> " + own + "\n\nI am on it", "ada"},
		"another command":        {ada, "/remind help", ""},
		"answered":               {lead, "/remind answered", "lead"},
		"answered, a stranger":   {reporter, "/remind answered", ""},
		"who nobody knows now":   {absent, "I am on it", ""},
		"nearly a command":       {ada, "/reminder", "ada"},
		"a command further down": {ada, "I am on it\n/remind snooze 2027-01-15 x", "ada"},
	} {
		k := newTalk(t)
		k.say(tt.author, tt.body)
		r := k.hear()
		if at := (time.Time{}); r.LastBy != tt.by || r.Last.Equal(at) != (tt.by == "") || !r.First.Equal(r.Last) || tt.by != "" && !r.Last.Equal(k.now) {
			t.Errorf("%s: answered by %q at %v", name, r.LastBy, r.Last)
		}
	}
	k := newTalk(t)
	k.say(ada, "/remind answered").Updated = k.now.Add(time.Second)
	k.later(time.Minute)
	if r := k.hear(); !r.Last.IsZero() || r.Commands[1].Problem != Edited {
		t.Errorf("an edited one counts as an answer: %+v", r)
	}
}

func TestWhoCommands(t *testing.T) {
	for name, tt := range map[string]struct {
		author  advisory.Account
		done    bool
		refused int
		again   bool
	}{
		"an owner": {ada, true, 0, false}, "an administrator": {lead, true, 0, false}, "the reporter": {reporter, false, 1, false},
		"nobody": {advisory.Account{}, false, 1, false}, "an app": {bot, false, 1, false}, "who nobody knows now": {absent, false, 0, true},
	} {
		k := newTalk(t)
		k.say(tt.author, "/remind snooze 2027-01-15 x")
		k.later(time.Hour)
		r := k.hear()
		if (r.Snooze(k.now) != nil) != tt.done || (len(r.Owed()) == 1) != tt.done || r.Refused != tt.refused || r.Again != tt.again {
			t.Errorf("%s: %+v", name, r)
		}
		k.later(time.Hour)
		if k.hear(); r.Refused != tt.refused || (len(r.Commands) == 1) != tt.done {
			t.Errorf("%s, once more: %+v", name, r)
		}
	}
	k := newTalk(t)
	k.off = true
	k.say(ada, "/remind snooze 2027-01-15 x")
	k.say(reporter, "/remind help")
	if r := k.hear(); len(r.Commands) != 0 || r.Refused != 0 || !r.Last.IsZero() {
		t.Errorf("turned off: %+v", r)
	}
	k.off = false
	k.later(time.Hour)
	if r := k.hear(); len(r.Commands) != 0 {
		t.Errorf("turned on again, it does what was said meanwhile: %+v", r)
	}
}

// Of commands, the later wins, whatever the order in which they are listed.
func TestTheLaterWins(t *testing.T) {
	for _, tt := range []struct{ said, snooze, release string }{
		{"snooze 2026-12-01 a", "2026-12-01", ""},
		{"snooze 2026-12-01 a|snooze 2026-12-03 b", "2026-12-03", ""},
		{"snooze 2026-12-03 b|snooze 2026-12-01 a", "2026-12-01", ""},
		{"snooze 2026-12-01 a|snooze off", "", ""},
		{"snooze off|snooze 2026-12-01 a", "2026-12-01", ""},
		{"snooze 2026-12-01 a|snooze 2027-12-01 b", "2026-12-01", ""},
		{"snooze 2026-12-01 a|release off|help|snooze", "2026-12-01", ""},
		{"release 2026-12-01 10:00|release 2026-12-02 10:00", "", "2026-12-02"},
		{"release 2026-12-01 10:00|release off", "", ""},
		{"release 2026-12-01 10:00|release 2026-12-05 10:00|snooze 2026-12-09 x", "2026-12-09", "2026-12-01"},
	} {
		for _, apart := range []time.Duration{0, time.Second} {
			k := newTalk(t)
			for body := range strings.SplitSeq(tt.said, "|") {
				k.say(ada, "/remind "+body)
				k.later(apart)
			}
			slices.Reverse(k.comments)
			r := k.hear()
			day := func(c *Command) string {
				if c == nil {
					return ""
				}
				return c.Until.Format(time.DateOnly)
			}
			if got := day(r.Snooze(k.now)); got != tt.snooze {
				t.Errorf("%s: snoozed until %q", tt.said, got)
			}
			if got := day(r.Release()); got != tt.release {
				t.Errorf("%s: released at %q", tt.said, got)
			}
		}
	}
}

func TestSnoozeEnds(t *testing.T) {
	k := newTalk(t)
	k.say(ada, "/remind snooze 2026-12-01 a")
	r := k.hear()
	end := utc(t, "2026-12-01 00:00:00")
	if r.Snooze(end.Add(-time.Second)) == nil || r.Snooze(end) != nil {
		t.Error("the snooze does not end with the day before")
	}
	for _, tt := range []struct {
		rates []advisory.Severity
		held  bool
	}{
		{[]advisory.Severity{advisory.High}, true},
		{[]advisory.Severity{advisory.Medium}, true},
		{[]advisory.Severity{advisory.Critical}, false},
		{[]advisory.Severity{advisory.Critical, advisory.Low}, false},
		{[]advisory.Severity{advisory.Low, advisory.Medium}, false},
		{[]advisory.Severity{advisory.Unscored, advisory.Unscored}, true},
		{[]advisory.Severity{advisory.Unscored, advisory.Low}, false},
	} {
		k := newTalk(t)
		k.say(ada, "/remind snooze 2026-12-01 a")
		r := k.hear()
		for _, s := range tt.rates {
			r.Rate(s)
		}
		if (r.Snooze(k.now) != nil) != tt.held {
			t.Errorf("%v: held %v", tt.rates, !tt.held)
		}
		k.later(time.Hour)
		k.advisory.Severity = tt.rates[len(tt.rates)-1]
		k.say(ada, "/remind snooze 2026-12-02 b")
		if k.hear(); r.Snooze(k.now) == nil || r.Snoozes(2) != 2 || r.Snoozes(1) != 1 {
			t.Errorf("%v: a new snooze does not hold, or is the first", tt.rates)
		}
	}
	(*Record)(nil).Rate(advisory.High)
}

func TestNotMine(t *testing.T) {
	k := newTalk(t)
	k.say(ada, "/remind not-mine")
	k.say(lead, "/remind not-mine")
	k.say(ada, "/remind not-mine").Updated = k.now.Add(time.Second)
	k.later(time.Hour)
	r := k.hear()
	if list := r.NotMine(); len(list) != 1 || list[0].By != "ada" || r.Commands[2].Nothing != NotTold || len(r.Owed()) != 3 {
		t.Errorf("%+v", r.Commands)
	}
}

// A comment is judged once, when it is first read: what is edited or deleted later
// undoes nothing, and is no command but where it says so.
func TestOnce(t *testing.T) {
	k := newTalk(t)
	k.say(ada, "I am on it")
	k.say(ada, "/remind snooze 2027-01-15 x")
	first := k.now
	k.hear()
	k.later(3 * time.Hour)
	answer, command := &k.comments[0], &k.comments[1]
	command.Body, command.Updated = "/remind snooze off", k.now
	answer.Body, answer.Updated = "never mind", k.now
	k.advisory.Updated = k.now
	if r := k.hear(); !r.Last.Equal(first) || r.Snooze(k.now) == nil || len(r.Commands) != 1 {
		t.Errorf("edited later: %+v", r)
	}
	k.later(time.Hour)
	answer.Body, answer.Updated = "/remind snooze off", k.now
	for range 3 {
		r := k.hear()
		if r.Snooze(k.now) == nil || len(r.Commands) != 2 || r.Commands[1].Problem != Edited || r.Commands[1].By != "ada" {
			t.Errorf("edited into a command: %+v", r)
		}
		k.later(time.Hour)
	}
	k.comments = k.comments[:0]
	if r := k.hear(); r.Snooze(k.now) == nil || !r.Last.Equal(first) {
		t.Errorf("deleted: %+v", r)
	}
	// A stranger's is counted once for each text.
	k = newTalk(t)
	k.say(reporter, "/remind snooze off")
	k.hear()
	for range 3 {
		k.later(time.Minute)
		k.hear()
	}
	if k.record.Refused != 1 {
		t.Errorf("counted %d times", k.record.Refused)
	}
}

// A comment of somebody who becomes an owner later is not judged anew, and one of
// whom nobody knew is judged once it is known.
func TestWaits(t *testing.T) {
	k := newTalk(t)
	k.say(ada, "I am on it")
	k.later(time.Second)
	k.say(absent, "me too")
	k.later(time.Minute)
	k.say(absent, "/remind snooze 2027-01-15 x")
	k.say(reporter, "/remind snooze off")
	for n := range 5 {
		k.later(24 * time.Hour)
		k.say(reporter, "/remind help")
		if r := k.hear(); r.LastBy != "ada" || len(r.Commands) != 0 || !r.Again || r.Refused != n+2 {
			t.Fatalf("day %d: %+v", n, r)
		}
	}
	k.knows = true
	r := k.hear()
	if r.LastBy != "absent" || !r.Last.Equal(k.comments[1].Created) || r.Snooze(k.now) == nil || r.Refused != 6 {
		t.Errorf("known now: %+v", r)
	}
	k.later(time.Hour)
	if k.hear(); r.Again || r.Refused != 6 || len(r.Recent) > 2 {
		t.Errorf("then: %+v", r)
	}
}

// What lies ahead is judged when its time has come.
func TestAhead(t *testing.T) {
	k := newTalk(t)
	k.later(time.Hour)
	k.say(ada, "/remind snooze 2027-01-15 x")
	k.say(ada, "I am on it")
	k.later(-time.Hour)
	if r := k.hear(); len(r.Commands) != 0 || !r.Last.IsZero() || !r.Again || !r.Until.IsZero() {
		t.Errorf("ahead: %+v", r)
	}
	k.later(time.Hour)
	if r := k.hear(); len(r.Commands) != 1 || r.LastBy != "ada" {
		t.Errorf("at its time: %+v", r)
	}
}

// A comment that is listed late is read by the next run, whether or not the
// advisory's updated_at or count tell.
func TestListedLate(t *testing.T) {
	for name, tt := range map[string]struct{ unmoved, deleted bool }{"": {}, "updated_at not moved": {unmoved: true}, "another one was deleted": {deleted: true}} {
		k := newTalk(t)
		k.say(reporter, "hello")
		old := k.advisory.Updated
		k.hear()
		k.later(24 * time.Hour)
		if k.hear(); k.record.Changed(k.advisory) {
			t.Fatal("nothing has changed")
		}
		late := advisory.Comment{ID: 2, Author: ada, Body: "/remind help", Created: k.now, Updated: k.now}
		k.later(time.Second)
		k.say(reporter, "hello again").ID = 3
		k.advisory.Comments++ // GitHub counts the late one
		if tt.unmoved {
			k.advisory.Updated = old
		}
		if tt.deleted {
			k.advisory.Comments--
		}
		if !k.record.Changed(k.advisory) {
			t.Errorf("%s: it is not read", name)
		}
		k.hear()
		k.comments = append(k.comments, late)
		k.later(24 * time.Hour)
		if !k.record.Changed(k.advisory) {
			t.Fatalf("%s: it is not read again: %+v", name, k.record)
		}
		if k.hear(); len(k.record.Commands) != 1 || k.record.Changed(k.advisory) {
			t.Errorf("%s: %+v", name, k.record)
		}
	}
}

func TestChanged(t *testing.T) {
	now := utc(t, "2026-11-25 17:00:00")
	read := &Record{Count: 3, Updated: now}
	for name, tt := range map[string]struct {
		record *Record
		a      advisory.Advisory
		want   bool
	}{
		"as it was":          {read, advisory.Advisory{Counted: true, Comments: 3, Updated: now}, false},
		"one more":           {read, advisory.Advisory{Counted: true, Comments: 4, Updated: now}, true},
		"one fewer":          {read, advisory.Advisory{Counted: true, Comments: 2, Updated: now}, true},
		"none left":          {read, advisory.Advisory{Counted: true, Updated: now.Add(1)}, false},
		"moved":              {read, advisory.Advisory{Counted: true, Comments: 3, Updated: now.Add(time.Second)}, true},
		"not counted":        {read, advisory.Advisory{Comments: 0, Updated: now.Add(time.Second)}, false},
		"never read":         {nil, advisory.Advisory{Counted: true, Comments: 1, Updated: now}, true},
		"never read, silent": {nil, advisory.Advisory{Counted: true, Updated: now}, false},
		"to be read again":   {&Record{Count: 3, Updated: now, Again: true}, advisory.Advisory{Counted: true, Comments: 3, Updated: now}, true},
	} {
		if got := tt.record.Changed(tt.a); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An answer below one of the program's comments shows that it was seen.
func TestHeard(t *testing.T) {
	for name, tt := range map[string]struct {
		said  []string // "ours", or whose
		heard bool
	}{
		"below": {[]string{"ours", "ada"}, true}, "above": {[]string{"ada", "ours"}, false}, "somebody else": {[]string{"ours", "reporter"}, false}, "nothing of ours": {[]string{"ada"}, false},
	} {
		k := newTalk(t)
		for _, who := range tt.said {
			switch who {
			case "ours":
				k.say(bot, "High.\n"+own)
			case "ada":
				k.say(ada, "I am on it")
			default:
				k.say(reporter, "hello")
			}
			k.later(24 * time.Hour)
			k.hear()
		}
		if !k.record.Heard.IsZero() != tt.heard {
			t.Errorf("%s: %v", name, k.record.Heard)
		}
	}
}

// A ledger that was begun anew does what it can still see, and answers nothing
// twice.
func TestLedgerLost(t *testing.T) {
	k := newTalk(t)
	for _, body := range []string{"snooze 2026-11-27 x", "snooze 2026-12-20 x", "release 2026-12-01 10:00", "release 2026-12-10 10:00", "not-mine", "answered", "snooze never", "help"} {
		k.say(ada, "/remind "+body)
		k.later(time.Second)
	}
	given := k.now
	k.hear()
	k.say(bot, "Done.\n"+AnswersMarker(k.record.Owed())+"\n"+own)
	k.say(ada, "/remind snooze 2026-12-22 y")
	k.record = new(Record)
	k.now = utc(t, "2026-12-05 00:00:00")
	k.began = k.now
	r := k.hear()
	if got := r.Owed(); !slices.Equal(got, []int64{10}) || !slices.Equal(r.Unsaid(), []int64{10}) {
		t.Errorf("answers %v", got)
	}
	if r.Snooze(k.now) != r.Commands[10] || r.Release() != r.Commands[4] || !r.Commands[1].Over || r.Commands[2].Over || !r.Commands[3].Over || len(r.NotMine()) != 1 || r.Last.After(given) || r.LastBy != "ada" {
		t.Errorf("%+v", r)
	}
	if r.Snoozes(10) != 2 {
		t.Errorf("snoozed %d times", r.Snoozes(10))
	}
}

// More commands than one answer has room for are done by the runs that follow.
func TestManyCommands(t *testing.T) {
	k := newTalk(t)
	for range most + 20 {
		k.say(ada, "/remind snooze 2027-01-15 x")
		k.later(time.Second)
	}
	if r := k.hear(); len(r.Commands) != most || !r.Again {
		t.Errorf("%d commands", len(r.Commands))
	}
	if r := k.hear(); len(r.Commands) != most+20 {
		t.Errorf("%d commands", len(r.Commands))
	}
}

func TestMerge(t *testing.T) {
	a := newTalk(t)
	a.say(ada, "/remind snooze 2027-01-15 x")
	a.say(ada, "I am on it")
	a.hear()
	b := *a
	both := *a.record
	b.record = &both
	b.record.Commands = map[int64]*Command{1: {}}
	*b.record.Commands[1] = *a.record.Commands[1]
	a.record.Commands[1].Answered = true
	b.record.Commands[1].Said, b.record.Commands[1].Ended = true, true
	b.later(time.Hour)
	b.say(ada, "/remind not-mine")
	b.say(ada, "done")
	b.say(reporter, "/remind help")
	b.hear()
	want := Record{Count: 5, Updated: b.now, Until: b.now, Again: true, First: a.now, Last: b.now, LastBy: "ada", Refused: 1}
	for name, m := range map[string]*Record{"ours is the later": Merge(b.record, a.record), "theirs is the later": Merge(a.record, b.record)} {
		one := m.Commands[1]
		if len(m.Commands) != 2 || !one.Answered || !one.Said || !one.Ended || len(m.NotMine()) != 1 {
			t.Errorf("%s: commands %+v", name, m.Commands)
		}
		got := *m
		got.Commands, got.Recent = nil, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
	if Merge(nil, a.record) != a.record || Merge(a.record, nil) != a.record {
		t.Error("one of them alone")
	}
}

func TestDisbelieve(t *testing.T) {
	k := newTalk(t)
	k.say(ada, "/remind snooze 2027-01-15 x")
	k.say(ada, "I am on it")
	k.later(time.Minute)
	r := k.hear()
	if r.Disbelieve(k.now) || r.Last.IsZero() {
		t.Error("what is past is not believed")
	}
	if !r.Disbelieve(k.now.Add(-time.Hour)) || !r.Last.IsZero() || !r.Since().IsZero() {
		t.Errorf("%+v", r)
	}
	if r.Snooze(k.now) == nil {
		t.Error("the command is gone")
	}
	if (*Record)(nil).Disbelieve(k.now) {
		t.Error("nothing lies ahead")
	}
}

func ExampleAnswersMarker() {
	fmt.Println(AnswersMarker([]int64{9000001, 9000003}))
	// Output: <!-- advisory-reminders answers: 5cwg1 2 -->
}

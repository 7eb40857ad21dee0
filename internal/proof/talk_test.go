package proof

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A saying is a comment that somebody made on a draft: what they may do there, and
// what they asked for, as the one who made it knows.
type saying struct {
	*sandbox.Comment
	advisory string
	does     string    // answer, snooze, snooze off, release, not-mine, answered, help; empty: nothing
	until    time.Time // of a snooze
	commands bool      // it is a command of somebody who may give it, and so is answered once
	owner    bool      // its author is one of the draft's
	known    bool      // a run in which nothing went wrong could read it
	vague    bool      // it was made a command after it had been read: whether that is seen is open
	lowest   int       // severity at any run that may have read it, and at those that have; -1: none
	surely   int
	ended    bool // of a snooze: the severity has risen since a run that has read it
	perhaps  bool // or since one that may have
}

// Who speaks besides owners and other members: somebody who was invited, and a bot.
const (
	outsider = "outsider"
	robot    = "robot[bot]"
)

// The switches: how GitHub may treat comments.
var switches = map[string]sandbox.Discussions{
	"as announced":       {},
	"no author":          {AuthorKey: "-"},
	"another author key": {AuthorKey: "author"},
	"listed late":        {Late: 30 * time.Second},
	"201 lost":           {},
	"updated_at stays":   {Unmoved: true},
	"comments missing":   {NoCount: true},
	"403":                {},
}

var switchNames = []string{"as announced", "no author", "another author key", "listed late", "201 lost", "updated_at stays", "comments missing", "403"}

// quietDays is how long an answer holds reminders back, by severity.
var quietDays = map[string]int{"critical": 3, "high": 14, "medium": 21}

func (s setting) quietLine() string {
	if s.quiet {
		return "quiet-after-answer: {weekly: 3d, monthly: 14d, quarterly: 21d}\n"
	}
	return ""
}

// invite adds those who speak on drafts that are not theirs.
func invite(w *sandbox.World) {
	w.Users = append(w.Users, &sandbox.User{Login: outsider}, &sandbox.User{Login: robot, Bot: true})
}

// speak lets people say things on drafts before the stage: 40 minutes, two minutes and
// ten seconds before it.
func (m *sim) speak() {
	if m.voice == nil {
		return
	}
	r := m.voice
	defer m.world.SetTime(m.now)
	for _, before := range []time.Duration{40 * time.Minute, 2 * time.Minute, 10 * time.Second} {
		m.world.SetTime(m.now.Add(-before))
		for range r.IntN(3) {
			m.sayOne(r)
		}
	}
	m.world.SetTime(m.now.Add(-5 * time.Second))
	if len(m.said) > 0 && r.IntN(3) == 0 {
		m.edit(r, m.said[r.IntN(len(m.said))])
	}
}

// sayOne adds one comment.
func (m *sim) sayOne(r *rand.Rand) {
	m.world.Lock()
	defer m.world.Unlock()
	a := m.world.Advisories[r.IntN(len(m.world.Advisories))]
	owners := ownersOf(m.world, a)
	members := m.world.Organizations[0].Members
	by := []string{"boss", outsider, robot, members[r.IntN(len(members))]}[r.IntN(4)]
	if len(owners) > 0 && r.IntN(3) > 0 {
		by = owners[r.IntN(len(owners))]
	}
	now := m.world.Now()
	days := []int{-3, 0, 1, 4, 10, 45, 90, 91, 300}[r.IntN(9)]
	y, mo, d := now.In(m.zone).Date()
	day := time.Date(y, mo, d+days, 0, 0, 0, 0, m.zone)
	s := &saying{advisory: a.ID, lowest: -1, surely: -1}
	body := ""
	switch r.IntN(10) {
	case 0, 1, 2:
		body, s.does = "I look into it.\n/remind not-mine", "answer"
	case 3, 4:
		body = "/remind snooze " + day.Format("2006-01-02") + " waits for upstream"
		if days >= 1 && days <= 90 {
			s.does, s.until = "snooze", day
		}
	case 5:
		body, s.does = "/remind snooze off", "snooze off"
	case 6:
		body = "/Remind release " + day.Format("2006-01-02") + " 15:00"
	case 7:
		body, s.does = "/remind not-mine\n", "not-mine"
	case 8:
		body, s.does = "/remind  answered", "answered"
	case 9:
		body = []string{"/remind help", "/remind me", "/remind snooze someday"}[r.IntN(3)]
	}
	s.owner = slices.Contains(owners, by)
	s.commands = s.does != "answer" && (s.owner || by == "boss")
	if s.does != "answer" && !s.commands || s.does == "answer" && !s.owner || s.does == "not-mine" && !s.owner {
		s.does = ""
	}
	if d := m.world.Discussions; d.AuthorKey != "" || d.NoCount {
		s.does, s.commands = "", false
	}
	if s.Comment = m.world.CommentOn(a.ID, by, body); s.Comment != nil {
		m.said = append(m.said, s)
	}
}

// edit changes somebody's comment into a command, which is none.
func (m *sim) edit(r *rand.Rand, s *saying) {
	m.world.Lock()
	defer m.world.Unlock()
	fresh := m.now.Sub(s.Created) < time.Hour && !s.known
	if s.Updated != s.Created || !fresh && !s.known {
		return // a run may have read it, or not
	}
	s.Body, s.Updated = "/remind "+[]string{"not-mine", "snooze " + m.now.AddDate(0, 0, 30).Format("2006-01-02")}[r.IntN(2)], m.world.Now().UTC().Truncate(time.Second)
	if fresh {
		s.does, s.commands = "", s.owner || s.Author == "boss"
		if d := m.world.Discussions; d.AuthorKey != "" || d.NoCount {
			s.commands = false
		}
	} else {
		s.vague = !s.commands
	}
}

// visible reports whether a run that begins now can read a comment.
func (m *sim) visible(s *saying) bool {
	return !s.Created.After(m.now.Add(-m.world.Discussions.Late))
}

// A word is what people's comments come to for a draft.
type word struct {
	disowned []string  // owners who said that it is not theirs
	snoozed  bool      // no reminders now
	perhaps  bool      // but that is open
	answered time.Time // when last
}

// hear returns what the comments of a draft come to at a run. The world must be locked.
func (m *sim) hear(a *sandbox.Advisory) (w word) {
	var last *saying
	for _, s := range m.inOrder(a.ID) {
		switch s.does {
		case "not-mine":
			w.disowned = append(w.disowned, s.Author)
		case "answer", "answered":
			w.answered = s.Created
		case "snooze", "snooze off":
			last = s
		}
	}
	if last != nil && last.does == "snooze" && m.now.Before(last.until) && !last.ended {
		w.snoozed, w.perhaps = true, last.perhaps
	}
	return w
}

// inOrder returns what was said on a draft and can be read, the first first.
func (m *sim) inOrder(id string) (list []*saying) {
	for _, s := range m.said {
		if s.advisory == id && m.visible(s) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *saying) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// rate notes the severities that a run sees, and which snoozes they end: a run in
// which nothing goes wrong reads all there is.
func (m *sim) rate(clean bool) {
	for _, s := range m.said {
		a := m.world.Advisory(s.advisory)
		if a.State != "draft" || !m.visible(s) {
			continue
		}
		now := slices.Index([]string{"", "low", "medium", "high", "critical"}, a.Severity)
		switch {
		case s.surely >= 0 && now > s.surely:
			s.ended = true
		case s.lowest >= 0 && now > s.lowest:
			s.perhaps = true
		}
		if s.lowest < 0 || now < s.lowest {
			s.lowest = now
		}
		if s.known = s.known || clean; clean && (s.surely < 0 || now < s.surely) {
			s.surely = now
		}
	}
}

// recipients returns whom a draft is to be reminded to, those left out who said that
// it is not theirs. The world must be locked.
func (m *sim) recipients(a *sandbox.Advisory, w word) []string {
	list := slices.DeleteFunc(slices.Clone(owes(m.world, a)), func(to string) bool { return slices.Contains(w.disowned, to) })
	if len(list) == 0 {
		return []string{swg}
	}
	return list
}

// quietFor reports whether an answer holds back the reminders of somebody who was
// told before.
func (m *sim) quietFor(a *sandbox.Advisory, to string, answered time.Time) bool {
	days := quietDays[a.Severity]
	return m.quiet && to != swg && days > 0 && !answered.IsZero() && answered.In(m.zone).AddDate(0, 0, days).After(m.now)
}

// answersForm is what an answer names: comments, each by its distance from the one
// before, in base 36.
var answersForm = regexp.MustCompile(`<!-- advisory-reminders answers: ([0-9a-z ]+) -->`)

// answered returns the comments that a comment says it answers.
func answered(body string) (list []int64) {
	found := answersForm.FindStringSubmatch(body)
	if found == nil {
		return nil
	}
	var last int64
	for _, field := range strings.Fields(found[1]) {
		n, _ := strconv.ParseInt(field, 36, 64)
		last += n
		list = append(list, last)
	}
	return list
}

// judgeAnswers counts the answers to every comment: one to a command of somebody who
// may give it, none to anything else.
func (m *sim) judgeAnswers() []string {
	var found []string
	m.world.Lock()
	defer m.world.Unlock()
	by := make(map[int64][]event)
	for _, e := range m.history {
		for _, id := range e.answers {
			by[id] = append(by[id], e)
		}
	}
	for _, s := range m.said {
		list := by[s.ID]
		what := fmt.Sprintf("comment %d of %s on %s at %s (%q)", s.ID, s.Author, s.advisory, s.Created.Format("2 Jan 15:04:05"), s.Body)
		a := m.world.Advisory(s.advisory)
		switch {
		case len(list) > 0 && !s.commands && !s.vague:
			found = append(found, fmt.Sprintf("%s: answered, and should not be: %s", list[0].run.name, what))
		case len(list) > 1 && !m.wrongClock(list[1].run) && !off(list[0].run) && !off(list[1].run):
			found = append(found, fmt.Sprintf("%s: answered again after %s: %s", list[1].run.name, list[0].run.name, what))
		case len(list) == 0 && s.commands && s.known && a.State == "draft" && !m.refusing:
			found = append(found, "never answered: "+what)
		}
		if s.commands && len(list) > 0 {
			m.commanded++
		}
	}
	return found
}

package action_test

import (
	"net/http"
	"testing"
	"time"
)

// On an ordinary day a changed discussion costs one request; one that has not
// changed costs none, and neither does a draft that nobody speaks on. Each answer is
// one more, and who speaks is asked about in two at the most.
func TestWhatListeningCosts(t *testing.T) {
	t.Parallel()
	s := scale{drafts: 1_000, repositories: 200, people: 150}
	w := s.world()
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "wg@example.org", "INPUT_MAX-RECIPIENTS": "0"}
	speak := func(i int, login, body string) {
		b.World.SetTime(b.now)
		b.World.Lock()
		defer b.World.Unlock()
		if w.CommentOn(w.Advisories[i].ID, login, body) == nil {
			t.Fatal("nobody can comment")
		}
	}
	for i := range 300 { // drafts on which something was said long ago
		speak(i, "dora", "an old word")
	}
	b.now = b.now.Add(time.Hour)
	b.must(0, nil)
	b.now = b.now.Add(time.Hour)
	b.must(0, nil)
	day := func() (list, post, graph int) {
		b.GitHub.ResetRequests()
		b.now = b.now.Add(time.Hour)
		b.must(0, nil)
		for _, r := range b.GitHub.Requests() {
			switch {
			case r.GraphQL:
				graph++
			case r.Method == http.MethodGet:
				list++
			default:
				post++
			}
		}
		return list, post, graph
	}
	list, post, graph := day()
	for i := range 20 {
		speak(i*17, "dora", "a word")
	}
	list20, post20, graph20 := day()
	if list20-list != 20 || post20 != post || graph20 > graph+2 {
		t.Errorf("with 20 changed discussions %d, %d and %d requests more, want 20, 0 and at most 2", list20-list, post20-post, graph20-graph)
	}
	speak(3, "dora", "/remind help")
	speak(3, "dora", "/remind help")
	listC, postC, graphC := day()
	if listC-list != 1 || postC-post != 1 || graphC-graph > 4 {
		t.Errorf("with two commands on a draft %d, %d and %d requests more, want 1, 1 and at most 4", listC-list, postC-post, graphC-graph)
	}
	t.Logf("an ordinary day: %d, %d, %d; with 20 changed discussions: %d, %d, %d; with two commands: %d, %d, %d (reads, writes, GraphQL)", list, post, graph, list20, post20, graph20, listC, postC, graphC)
}

// Commands on hundreds of drafts at once are all done by the run that reads them, and
// each is answered once: as many as the pace of comments allows, and the others by the
// next run.
func TestCommandsOnHundredsOfDrafts(t *testing.T) {
	s := scale{drafts: 500, repositories: 100, people: 50}
	w := s.world()
	for i, a := range w.Advisories { // which all have been told of
		a.Created, a.Updated = wednesday.Add(-time.Hour), wednesday.Add(-time.Hour)
		a.CollaboratingUsers = []string{"dora"}
		a.Severity = [...]string{"critical", "high"}[i%2]
	}
	b := newBench(t, w)
	b.ticks = true
	b.inputs = map[string]string{"INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "wg@example.org", "INPUT_MAX-RECIPIENTS": "0"}
	b.World.Lock()
	for _, a := range w.Advisories {
		if w.CommentOn(a.ID, "dora", "/remind snooze 2026-12-20 x") == nil {
			t.Fatal("nobody can comment")
		}
	}
	b.World.Unlock()
	answers := func() (answered, twice int) {
		for _, a := range w.Advisories {
			if n := len(b.comments(a)) - 1; n > 0 {
				answered, twice = answered+1, twice+n-1
			}
		}
		return answered, twice
	}
	for i, want := range []int{380, 500, 500} {
		b.now = b.now.Add(time.Hour)
		b.must(0, nil)
		if got, twice := answers(); got != want || twice > 0 {
			t.Errorf("run %d: %d drafts have an answer, want %d; %d have another", i+1, got, want, twice)
		}
	}
	b.now = time.Date(2026, 12, 7, 7, 17, 0, 0, time.UTC) // another month
	if r := b.must(0, nil); len(r.to()) > 1 {
		t.Errorf("mails to %q while everything is snoozed", r.to())
	}
}

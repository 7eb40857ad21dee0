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

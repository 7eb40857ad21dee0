package action_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// What GitHub allows a user in an hour: requests over REST, and requests that make
// content.
//
// Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
const (
	restAnHour    = 5_000
	contentAnHour = 500
)

// An hour is what a run asks of GitHub.
type hour struct{ reads, writes, graph, comments, opened int }

func (b *bench) hour(t *testing.T, what string) hour {
	t.Helper()
	b.GitHub.ResetRequests()
	began := time.Now()
	r := b.run(nil)
	var h hour
	for _, r := range b.GitHub.Requests() {
		switch {
		case r.GraphQL:
			h.graph++
		case r.Method == http.MethodGet:
			h.reads++
		default:
			if h.writes++; r.Method == http.MethodPatch {
				h.opened++
			} else if strings.HasSuffix(r.Path, "/comments") {
				h.comments++
			}
		}
	}
	t.Logf("%-48s exit %d  REST %5d (reads %5d, writes %4d: comments %3d, drafts opened %3d)  GraphQL %3d  %v", what, r.status, h.reads+h.writes, h.reads, h.writes, h.comments, h.opened, h.graph, time.Since(began).Round(time.Millisecond))
	if h.reads+h.writes > restAnHour || h.comments+h.opened > contentAnHour {
		t.Errorf("%s: %d requests over REST, %d that make content, want at most %d and %d", what, h.reads+h.writes, h.comments+h.opened, restAnHour, contentAnHour)
	}
	return h
}

// A run stays within what GitHub allows in an hour, however many drafts there are: on
// the first day, on those after it, on which drafts are opened and comments made, and
// on an ordinary one.
//
//	go test ./action -run TestARunStaysWithinTheHour -v -long
func TestARunStaysWithinTheHour(t *testing.T) {
	if !*long {
		t.Skip("a second goes by between two drafts that are opened; -long")
	}
	s := scale{drafts: 1_000, repositories: 200, people: 150}
	w := s.world()
	for _, u := range w.Users {
		u.Email = ""
	}
	for _, r := range w.Repositories[1:] {
		_, owner, _ := strings.Cut(r.Files["catalog-info.yaml"], "owner: ")
		owner = strings.TrimSpace(owner)
		login, person := strings.CutPrefix(owner, "user:")
		if r.Roles = map[string]string{login: "write"}; !person {
			r.Roles = map[string]string{strings.Replace(owner, "group:", "team:", 1): "write"}
		}
	}
	for i, a := range w.Advisories {
		if i%2 == 0 {
			a.CollaboratingUsers = []string{"dora"}
		}
	}
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, thread]\naccess: owners\n", "INPUT_MAX-RECIPIENTS": "0"}
	b.hour(t, "the first day")
	for _, day := range []string{"the second day", "the third day"} {
		b.now = b.now.AddDate(0, 0, 1)
		b.hour(t, day)
	}
	b.World.SetTime(b.now.Add(12 * time.Hour))
	b.World.Lock()
	for i := range 20 {
		w.CommentOn(w.Advisories[i*7].ID, "dora", "a word")
	}
	b.World.Unlock()
	b.now = b.now.AddDate(0, 0, 1)
	b.hour(t, "the fourth day, with 20 changed discussions")
}

// Owners who can't open a draft and have no address are asked about in every run: that
// costs one batched call for a hundred people and repositories, and no read more.
func TestWhatTheUnreachableCost(t *testing.T) {
	t.Parallel()
	s := scale{drafts: 1_000, repositories: 200, people: 150}
	with := func(address bool) hour {
		w := s.world()
		if !address {
			for _, u := range w.Users {
				u.Email = ""
			}
		}
		b := newBench(t, w)
		b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email, thread]\n", "INPUT_MAX-RECIPIENTS": "0"}
		what := map[bool]string{true: "everybody has an address: ", false: "nobody can be reached: "}[address]
		b.hour(t, what+"the first day")
		b.now = b.now.Add(time.Hour)
		return b.hour(t, what+"an hour later")
	}
	reached, unreached := with(true), with(false)
	if more := unreached.graph - reached.graph; more > 10 || unreached.reads > reached.reads {
		t.Errorf("those who can't be reached cost %d GraphQL calls and %d reads more in every run, want at most 10 and none", more, unreached.reads-reached.reads)
	}
}

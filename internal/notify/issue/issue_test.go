package issue

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/inert"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/real/published"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

var ops = advisory.Repository{Owner: "acme", Name: "ops"}

// What is asked is what GitHub describes, as far as the description is at hand.
func TestRequestsAreDescribed(t *testing.T) {
	const descriptions = "../../../../shared/github"
	if _, err := os.Stat(descriptions); err != nil {
		t.Skip("GitHub's descriptions of its APIs are not at hand")
	}
	judge, err := published.Load(descriptions)
	if err != nil {
		t.Fatal(err)
	}
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{Login: "acme", Members: []string{"ann", "bob"}, Admins: []string{"ann"}}},
		Users:         []*sandbox.User{{Login: "ann"}, {Login: "bob"}},
		Repositories:  []*sandbox.Repository{{Owner: "acme", Name: "ops", Visibility: "private", Roles: map[string]string{"bob": "write"}}},
		Tokens:        map[string]*sandbox.Token{"t0ken": {App: true, Members: true, Issues: []string{"acme/ops"}}},
	}
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	proxy, err := judge.Proxy(g.APIURL())
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	c, err := New(Config{
		HTTP:   transport.Authorized(transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond}), "t0ken"),
		APIURL: proxy.URL, Repository: ops, Now: w.Now,
		Wait: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	place, err := c.Look(t.Context())
	if err != nil || place.Obstacle != None {
		t.Fatalf("%v, %v", place.Obstacle, err)
	}
	r := notifytest.Full()
	for range 2 {
		if err := c.Report(t.Context(), place, r); err != nil {
			t.Fatal(err)
		}
		w.Lock()
		i := w.Repository("acme/ops").Issues[0]
		if i.Closed = true; len(i.Comments) != 1 {
			t.Errorf("%d comments", len(i.Comments))
		}
		w.Unlock()
		r.Issue, r.Tried = &ledger.Issue{Repository: "Acme/ops", Number: c.Number()}, w.Now().Add(-time.Hour)
	}
	for _, d := range proxy.Deviations() {
		t.Error(d)
	}
	t.Log(proxy.Kinds())
}

// Nothing that comes from outside does anything in a comment, and nobody is called
// but whoever is on duty.
func TestCommentsAreInert(t *testing.T) {
	lures := notifytest.Lures()
	for i := range lures {
		_, reports := notifytest.Outside(lures[i], lures[(i+1)%len(lures)], lures[(i+2)%len(lures)])
		for _, r := range reports {
			r.ID = ledger.NewID()
			for n, text := range comments(r) {
				rest, ok := strings.CutSuffix(text, "\n"+marker(r.ID, n)+"\n")
				if !ok {
					t.Fatalf("the marker is not at the end of\n%s", text)
				}
				if call, after, ok := strings.Cut(rest, ", you are on duty.\n\n"); ok && notify.Mentionable(strings.TrimPrefix(call, "@")) {
					rest = after
				}
				for _, p := range inert.Markdown(rest, notifytest.Links) {
					t.Errorf("%q: %s", lures[i], p)
				}
			}
		}
	}
	for name, tt := range map[string]struct {
		r    notify.Report
		want string
	}{
		"something needs a human": {notify.Report{OnDuty: "ada", Warnings: []string{"x"}}, "@ada, you are on duty.\n\n## "},
		"an alarm":                {notify.Report{OnDuty: "ada", Alarm: []string{"x"}}, "@ada, you are on duty.\n\n## "},
		"nothing does":            {notify.Report{OnDuty: "ada"}, "## "},
		"nobody is on duty":       {notify.Report{Warnings: []string{"x"}}, "## "},
		"a team":                  {notify.Report{OnDuty: "acme/core", Warnings: []string{"x"}}, "## "},
	} {
		if got := comments(tt.r)[0]; !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %.40q", name, got)
		}
	}
}

// A report that is stopped between two parts is one of which something is there.
func TestStoppedBetweenParts(t *testing.T) {
	w := &sandbox.World{
		Repositories: []*sandbox.Repository{{Owner: "acme", Name: "ops", Visibility: "private"}},
		Tokens:       map[string]*sandbox.Token{"t0ken": {App: true, Issues: []string{"acme/ops"}}},
	}
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	c, err := New(Config{
		HTTP:   transport.Authorized(transport.New(transport.Options{}), "t0ken"),
		APIURL: g.APIURL(), Repository: ops, Now: w.Now,
		Wait: func(context.Context, time.Duration) error { return context.Canceled },
	})
	if err != nil {
		t.Fatal(err)
	}
	place, err := c.Look(t.Context())
	if err != nil || place.Obstacle != None {
		t.Fatalf("%v, %v", place.Obstacle, err)
	}
	r := notifytest.Full()
	r.Warnings = strings.Split(strings.Repeat(strings.Repeat("word ", 100)+"\n", 200), "\n")
	var f *notify.Failure
	if err := c.Report(t.Context(), place, r); !errors.As(err, &f) || f.Outcome != notify.Unknown || len(w.Repository("acme/ops").Issues[0].Comments) != 1 {
		t.Errorf("%v", err)
	}
}

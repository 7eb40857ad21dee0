package ghsa

import (
	"os"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/real/published"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// What is asked about comments, collaborators and private reports is what GitHub
// describes, or announces.
func TestRequestsAreDescribed(t *testing.T) {
	const descriptions = "../../../shared/github"
	if _, err := os.Stat(descriptions); err != nil {
		t.Skip("GitHub's descriptions of its APIs are not at hand")
	}
	judge, err := published.Load(descriptions)
	if err != nil {
		t.Fatal(err)
	}
	w := rocketWorld()
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
	c, err := NewClient(transport.Authorized(transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond}), "t0ken"), proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	for range 101 {
		if err := c.Comment(t.Context(), rocket, rocketDraft, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := c.Comments(t.Context(), rocket, rocketDraft, w.Now().Add(-time.Hour)); err != nil || len(list) != 101 {
		t.Fatalf("%d comments, %v", len(list), err)
	}
	if o, err := c.AddCollaborators(t.Context(), rocket, rocketDraft, Collaborators{Users: []string{"ben"}, Teams: []string{"docs"}}, inTime); err != nil || o.Added().None() {
		t.Fatalf("%+v, %v", o, err)
	}
	if _, failed := c.Triage(t.Context(), "acme", nil); failed != nil {
		t.Fatal(failed)
	}
	for _, d := range proxy.Deviations() {
		t.Error(d)
	}
	if n := len(proxy.Kinds()); n != 5 {
		t.Errorf("%d kinds of exchanges: %v", n, proxy.Kinds())
	}
}

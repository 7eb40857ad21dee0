package action_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// openedx holds real files of the Open edX organization. They are not part of
// this repository.
const openedx = "../../shared/openedx"

var ownerLine = regexp.MustCompile(`(?m)^\s*owner:\s*['"]?(group:|user:)?([^'"\s]+)`)

// The program runs whole over the real organization as far as it is known: its
// catalog files, and its published advisories as if they were drafts. Who is
// told is compared with a plain look at the owner line of each file.
func TestRealOrganization(t *testing.T) {
	if _, err := os.Stat(openedx); err != nil {
		t.Skip("skipped: the real files of the organization are not here")
	}
	w, err := sandbox.Load(openedx, "openedx")
	if err != nil {
		t.Fatal(err)
	}
	repository := w.AddWorkflowRepository("openedx")
	s, err := sandbox.Start(w, repository)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := &bench{t: t, Services: s, now: time.Now()}
	env := s.Env()
	first := b.must(0, env)

	want := make(map[string][]string) // advisories by address
	var swg, unscored []string
	for _, a := range w.Advisories {
		_, name, _ := strings.Cut(a.Repository, "/")
		text, _ := os.ReadFile(openedx + "/catalog/" + name + "/catalog-info.yaml")
		m := ownerLine.FindStringSubmatch(string(text))
		switch {
		case a.Severity == "":
			unscored = append(unscored, a.ID)
			t.Logf("%-22s %-9s %-28s needs a score", a.ID, "unscored", name)
			continue
		case m == nil, m[2] == "openedx-unmaintained":
			swg = append(swg, a.ID)
			t.Logf("%-22s %-9s %-28s needs an owner: %q", a.ID, a.Severity, name, m)
			continue
		case m[1] == "user:":
			want[strings.ToLower(m[2])+"@example.org"] = append(want[strings.ToLower(m[2])+"@example.org"], a.ID)
		default:
			slug := advisory.Slug(m[2])
			for _, n := range []string{"-1", "-2"} {
				want[slug+n+"@example.org"] = append(want[slug+n+"@example.org"], a.ID)
			}
		}
		t.Logf("%-22s %-9s %-28s %s%s", a.ID, a.Severity, name, m[1], m[2])
	}
	got := make(map[string][]string)
	for _, m := range first.mails {
		got[m.To[0]] = append(got[m.To[0]], ids(m.Text)...)
	}
	for _, lists := range []map[string][]string{want, got} {
		for l := range maps.Values(lists) {
			slices.Sort(l)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("advisories by address (-want +got):\n%s", diff)
	}
	for title, want := range map[string][]string{"Needs an owner": swg, "Needs a score": unscored} {
		got := ids(first.section(title))
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", title, diff, first.summary)
		}
	}
	if len(w.Advisories) == 0 || len(first.mails) == 0 {
		t.Error("the folder holds no advisories, or nobody was told")
	}
	b.now = b.now.Add(24 * time.Hour)
	if again := b.must(0, env); len(again.mails) > 0 && b.now.Day() != 1 {
		t.Errorf("a day later %d mails are sent again", len(again.mails))
	}
}

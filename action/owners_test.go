package action_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/sandbox/graphfault"
)

// A refused owner is no reason to tell the next source's: the reminder is the working
// group's, with the reason, and the run fails as often as one is due there. Beside
// another owner of the same source it is dropped, and named.
func TestRefusedOwnersAreTheWorkingGroups(t *testing.T) {
	for _, form := range graphfault.Forms {
		if !form.Denied || !form.Partly {
			continue
		}
		for _, tt := range []struct {
			kind    graphfault.Kind
			about   string
			catalog string // of the rocket
			beside  bool
			reason  string
		}{
			{graphfault.Files, "acme/rocket", "group:rocketeers", false, "could not be read"},
			{graphfault.Teams, "acme/rocketeers", "group:rocketeers", false, "could not be looked at"},
			{graphfault.Teams, "acme/rocketeers", "[group:rocketeers, user:aaa]", true, "could not be looked at"},
			{graphfault.People, "bob", "user:bob", false, "could not be looked at"},
			{graphfault.People, "bob", "[user:bob, user:aaa]", true, "could not be looked at"},
		} {
			t.Run(form.Name+"/"+string(tt.kind)+"/"+tt.catalog, func(t *testing.T) {
				w := newTroubledWorld()
				w.Repository("acme/rocket").Files["catalog-info.yaml"] = catalog(tt.catalog)["catalog-info.yaml"]
				b := newBench(t, w)
				fault := &graphfault.Break{Form: form, Hit: func(q graphfault.Question) bool { return q.Kind == tt.kind && q.About == tt.about }}
				b.fault(fault.Fault(b.GitHub))
				for _, run := range []struct {
					name string
					days int
					due  bool
				}{{"first", 0, true}, {"the next day", 1, false}, {"the next week", 6, true}} {
					b.now = b.now.AddDate(0, 0, run.days)
					status := 0
					if run.due && !tt.beside {
						status = 1
					}
					r := b.must(status, nil)
					if slices.Contains(r.to(), "eve@acme.example") || slices.Contains(r.to(), "bob@acme.example") || slices.Contains(r.to(), "ann@acme.example") {
						t.Errorf("%s: mails to %v", run.name, r.to())
					}
					if report := r.reports(); (report != "") != run.due || strings.Contains(report, "Needs an owner") != (status == 1) || run.due && !strings.Contains(report, tt.reason) {
						t.Errorf("%s: the report\n%s", run.name, report)
					}
				}
			})
		}
	}
}

// Everybody else gets theirs where an owner is refused.
func TestRefusedOwnersHurtOnlyThemselves(t *testing.T) {
	b := newBench(t, newTroubledWorld())
	i := slices.IndexFunc(graphfault.Forms, func(f graphfault.Form) bool { return f.Denied && f.Partly })
	fault := &graphfault.Break{Form: graphfault.Forms[i], Hit: func(q graphfault.Question) bool { return q.About == "acme/rocketeers" }}
	b.fault(fault.Fault(b.GitHub))
	if diff := cmp.Diff(slices.Concat(everybody[:1], everybody[3:]), b.must(1, nil).to()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}

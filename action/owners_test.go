package action_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/sandbox/graphfault"
)

// A refused owner is no reason to tell the next source's: the reminder is the working
// group's, with the reason, and the run fails as often as one is due there. Beside
// another owner of the same source it is dropped, and named.
func TestRefusedOwnersAreTheWorkingGroups(t *testing.T) {
	t.Parallel()
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
				b := newTroubledBench(t, w)
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
	b := newTroubledBench(t, newTroubledWorld())
	i := slices.IndexFunc(graphfault.Forms, func(f graphfault.Form) bool { return f.Denied && f.Partly })
	fault := &graphfault.Break{Form: graphfault.Forms[i], Hit: func(q graphfault.Question) bool { return q.About == "acme/rocketeers" }}
	b.fault(fault.Fault(b.GitHub))
	if diff := cmp.Diff(slices.Concat(everybody[:1], everybody[3:]), b.must(1, nil).to()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}

// crowded adds a repository whose file names a team of so many people, each of whom
// can be reached, and a draft in it.
func crowded(w *sandbox.World, people int) {
	acme := w.Organizations[0]
	all := &sandbox.Team{Slug: "everyone"}
	for i := range people {
		login := fmt.Sprintf("toy-%03d", i)
		acme.Members, all.Members = append(acme.Members, login), append(all.Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login, Email: login + "@example.org"})
	}
	acme.Teams = append(acme.Teams, all)
	w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "toy", Files: catalog("group:everyone")})
	draft(w, "toy", "critical", wednesday.AddDate(0, 0, -30))
}

// A file in one repository that names half the organization stops no reminder of any
// other repository: its own go to the working group.
func TestTooManyOwnersAreTheWorkingGroups(t *testing.T) {
	for _, tt := range []struct {
		people  int
		config  string
		toy     bool // the people of the toy are told
		nothing bool // the brake holds everybody back
	}{
		{people: 25, toy: true},
		{people: 26},
		{people: 101},
		{people: 26, config: "max-owner: 26", toy: true},
		{people: 27, config: "max-owner: 26"},
		{people: 98, config: "max-owner: 0", toy: true},
		{people: 99, config: "max-owner: 0", nothing: true},
		{people: 30, config: "owners: {acme/toy: ['group:everyone']}", toy: true},
		{people: 101, config: "contacts: {'group:everyone': {email: toy@example.org}}", toy: true},
	} {
		t.Run(fmt.Sprintf("%d/%s", tt.people, tt.config), func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			crowded(w, tt.people)
			b := newBench(t, w)
			status := 0
			if tt.nothing {
				status = 1
			}
			r := b.must(status, map[string]string{"INPUT_CONFIG-TEXT": tt.config})
			others := slices.DeleteFunc(r.to(), func(to string) bool { return strings.HasPrefix(to, "toy") })
			want := []string{"ann@example.org", "bob@example.org"}
			if tt.nothing {
				want = []string{}
			}
			if diff := cmp.Diff(want, others); diff != "" {
				t.Errorf("mails about the rocket (-want +got):\n%s", diff)
			}
			if told := len(r.to()) > len(others); told != tt.toy {
				t.Errorf("the people of the toy are told: %v, want %v", told, tt.toy)
			}
			if said := strings.Contains(r.reports(), "too many people"); said == (tt.toy || tt.nothing) {
				t.Errorf("the report says that there are too many: %v\n%s", said, r.reports())
			}
		})
	}
}

// An owner who has left the organization hears nothing any more, whoever names them,
// and the working group hears of it. Only a contact in the configuration reaches
// somebody from outside.
func TestAnOwnerWhoLeft(t *testing.T) {
	for _, tt := range []struct {
		name, catalog, codeowners, config string
		still                             bool // they are told
	}{
		{name: "catalog", catalog: "user:cleo"},
		{name: "bare name in the catalog", catalog: "cleo"},
		{name: "CODEOWNERS", codeowners: "* @cleo"},
		{name: "configuration", config: "owners: {acme/wheel: ['user:cleo']}"},
		{name: "configuration, with a contact", config: "owners: {acme/wheel: ['user:cleo']}\ncontacts: {'user:cleo': {email: cleo@example.org}}", still: true},
		{name: "catalog, with a contact", catalog: "user:cleo", config: "contacts: {'user:cleo': {email: cleo@example.org}}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.Repository("acme/wheel").Files = map[string]string{"CODEOWNERS": tt.codeowners + "\n"}
			if tt.catalog != "" {
				w.Repository("acme/wheel").Files["catalog-info.yaml"] = catalog(tt.catalog)["catalog-info.yaml"]
			}
			a := draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": tt.config}
			if r := b.must(0, nil); !slices.Equal(r.to(), []string{"cleo@example.org"}) {
				t.Fatalf("mails to %v", r.to())
			}
			w.Lock()
			acme := w.Organizations[0]
			acme.Members = slices.DeleteFunc(acme.Members, func(m string) bool { return m == "cleo" })
			w.Unlock()
			b.now = b.now.AddDate(0, 0, 7)
			r := b.must(0, nil)
			if told := len(r.mails) > 0; told != tt.still {
				t.Errorf("mails to %v", r.to())
			}
			report := r.reports()
			if said := strings.Contains(report, "Needs an owner") && strings.Contains(report, "not a member of acme") && strings.Contains(report, a.ID); said == tt.still {
				t.Errorf("the report says so: %v\n%s", said, report)
			}
		})
	}
}

// A contact that is refused leaves nothing to the working group where the other
// owners are told, in this run or, where that can't be known now, in the next one.
func TestARefusedContactIsNotTheWholeRepository(t *testing.T) {
	for _, waits := range []bool{false, true} {
		t.Run(fmt.Sprintf("the others wait %v", waits), func(t *testing.T) {
			w := newTroubledWorld()
			w.Advisories = w.Advisories[:1] // the rocket's
			others := []string{"aaa@acme.example", "cleo@acme.example", "eve@acme.example", "zzz@acme.example"}
			w.Repository("acme/rocket").Files["catalog-info.yaml"] = catalog("[group:rocketeers, user:aaa, user:cleo, user:eve, user:zzz]")["catalog-info.yaml"]
			b := newTroubledBench(t, w)
			b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]\ncontacts: {'group:rocketeers': {email: gone@example.org}}"}
			b.Mail.Break(func(at sandbox.MailStep, value string) sandbox.MailAnswer {
				if at == sandbox.MailAtRecipient && strings.HasPrefix(value, "gone@") {
					return sandbox.MailAnswer{Code: 550, Text: "5.1.1 unknown"}
				}
				return sandbox.MailAnswer{}
			})
			first, status := others, 0
			if waits {
				fault := &graphfault.Break{Form: graphfault.Forms[0], Hit: func(q graphfault.Question) bool { return q.Kind == graphfault.Verified }}
				b.fault(fault.Fault(b.GitHub))
				status = 1
				// Without another mail the server's word about one address is not final.
				draft(w, "toy", "critical", wednesday.AddDate(0, 0, -30))
				w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "toy", Files: catalog("user:ann")})
				b.inputs["INPUT_CONFIG-TEXT"] = strings.Replace(b.inputs["INPUT_CONFIG-TEXT"], "contacts: {", "contacts: {'user:ann': {email: ann@example.org}, ", 1)
				first = []string{"ann@example.org"}
			}
			r := b.must(status, nil)
			if diff := cmp.Diff(first, r.to()); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
			check := func(r result) {
				t.Helper()
				if section := r.section("Needs an owner"); section != "" || r.outputs["unrouted"] != "0" || strings.Contains(r.summary, "without an owner") {
					t.Errorf("the working group is told in their place (unrouted %s):\n%s", r.outputs["unrouted"], r.summary)
				}
			}
			check(r)
			b.fault(nil)
			b.now = b.now.AddDate(0, 0, 1)
			next := b.must(0, nil)
			if waits != slices.Equal(next.to(), others) {
				t.Errorf("the next day: mails to %v", next.to())
			}
			check(next)
			b.now = b.now.AddDate(0, 0, 6)
			later := b.must(0, nil)
			if got := slices.DeleteFunc(later.to(), func(to string) bool { return strings.HasPrefix(to, "ann") }); !slices.Equal(got, others) {
				t.Errorf("the next week: mails to %v", later.to())
			}
			check(later)
		})
	}
}

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

// A trouble is what GitHub may not tell of one kind of things.
type trouble struct {
	kind   graphfault.Kind
	victim string   // one of them
	alone  []string // whose digests wait where that one is unknown
	all    []string // and where all of them are
	named  string   // what the report names as waiting for that one
}

var everybody = []string{"aaa@acme.example", "ann@acme.example", "bob@acme.example", "cleo@acme.example", "dan@example.org", "zzz@acme.example"}

var troubles = []trouble{
	{graphfault.Files, "acme/rocket", everybody[1:3], everybody, "acme/rocket"},
	{graphfault.Teams, "acme/rocketeers", everybody[1:3], []string{everybody[0], everybody[1], everybody[2], everybody[5]}, "acme/rocket"},
	{graphfault.Pages, "acme/crowd", []string{everybody[0], everybody[5]}, []string{everybody[0], everybody[5]}, "acme/span"},
	{graphfault.People, "cleo", everybody[3:4], everybody[3:5], "acme/wheel"},
	{graphfault.Verified, "cleo", everybody[3:4], everybody, "user:cleo"},
	{graphfault.Public, "dan", everybody[4:5], everybody[4:5], "user:dan"},
}

// newTroubledWorld has people with a public address and a better one in a domain
// that the organization has verified, one with nothing but a public one, and a team
// with a second page of members, of whom the first and the last can be reached.
// Every repository has a second source of owners, which names somebody else.
func newTroubledWorld() *sandbox.World {
	w := newWorld()
	acme := w.Organizations[0]
	acme.VerifiedDomains = []string{"acme.example"}
	person := func(login string) {
		acme.Members = append(acme.Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login})
	}
	for _, login := range []string{"dan", "eve", "aaa", "zzz"} {
		person(login)
		w.User(login).Email = login + "@example.org"
	}
	for _, login := range []string{"Ann", "bob", "cleo", "eve", "aaa", "zzz"} {
		w.User(login).Addresses = map[string][]string{"acme": {strings.ToLower(login) + "@acme.example"}}
	}
	crowd := &sandbox.Team{Slug: "crowd", Members: []string{"aaa", "zzz"}}
	for i := range 99 {
		login := fmt.Sprintf("crowd-%02d", i)
		person(login)
		crowd.Members = append(crowd.Members, login)
	}
	acme.Teams = append(acme.Teams, crowd)
	w.Repositories = append(w.Repositories,
		&sandbox.Repository{Owner: "acme", Name: "span", Files: catalog("group:crowd")},
		&sandbox.Repository{Owner: "acme", Name: "plain", Files: catalog("user:dan")},
	)
	for _, name := range []string{"rocket", "wheel", "span", "plain"} {
		w.Repository("acme/" + name).Files["CODEOWNERS"] = "* @eve\n"
		draft(w, name, "critical", wednesday.AddDate(0, 0, -30))
	}
	return w
}

// newTroubledBench is that world's, in which a team may be as large as it is.
func newTroubledBench(t *testing.T, w *sandbox.World) *bench {
	t.Helper()
	b := newBench(t, w)
	b.inputs = map[string]string{"INPUT_CONFIG-TEXT": "max-owner: 0"}
	return b
}

// meet makes the run that meets a fault, and the next one, which doesn't.
func meet(t *testing.T, fault *graphfault.Break) (broken, next result) {
	t.Helper()
	b := newTroubledBench(t, newTroubledWorld())
	b.fault(fault.Fault(b.GitHub))
	broken = b.run(map[string]string{"GITHUB_RUN_ID": "1"})
	b.fault(nil)
	if fault.Met() == 0 {
		t.Error("nobody asks that")
	}
	if text := broken.stdout + broken.stderr + broken.summary + broken.reports(); strings.Contains(text, graphfault.Secret) {
		t.Errorf("GitHub's explanation is quoted:\n%s", text)
	}
	return broken, b.run(map[string]string{"GITHUB_RUN_ID": "2"})
}

// An answer that says nothing is no answer, and no refusal: it is asked again, in
// halves down to the one thing that GitHub can't answer. Whom that leaves unknown
// waits for the next run, which catches up once and at the best address. Nobody is
// told at another address or in another's place, not even the working group, and
// everybody else gets theirs.
func TestNoAnswerIsNoRefusal(t *testing.T) {
	t.Parallel()
	for _, tr := range troubles {
		for _, form := range graphfault.Forms {
			if form.Denied {
				continue
			}
			for _, variant := range []string{"one, for good", "all, once", "all, for good", "one, once"} {
				one := strings.HasPrefix(variant, "one")
				if one && form.Limited || !*long && variant == "one, once" {
					continue // a limit is about the one who asks
				}
				t.Run(fmt.Sprintf("%s/%s/%s", tr.kind, form.Name, variant), func(t *testing.T) {
					fault := &graphfault.Break{Form: form.WithHeader("Retry-After", "3600"), Hit: func(q graphfault.Question) bool {
						return q.Kind == tr.kind && (!one || q.About == tr.victim)
					}}
					status, waits := 1, tr.all
					if one {
						waits = tr.alone
					}
					if strings.HasSuffix(variant, "once") {
						fault.Form, fault.Most, status, waits = form.WithHeader("Retry-After", "0"), 1, 0, nil
					}
					now := []string{}
					for _, to := range everybody {
						if !slices.Contains(waits, to) {
							now = append(now, to)
						}
					}
					broken, next := meet(t, fault)
					if broken.status != status {
						t.Errorf("exit status %d, want %d\n%s%s", broken.status, status, broken.stdout, broken.stderr)
					}
					// A limit may keep from being answered what was asked along with it.
					if diff := cmp.Diff(now, broken.to()); diff != "" && (!form.Limited || status == 0 || !subset(broken.to(), now)) {
						t.Errorf("mails (-want +got):\n%s", diff)
					}
					report := broken.reports()
					if strings.Contains(report, "Needs an owner") {
						t.Errorf("the working group is told in place of the owners:\n%s", report)
					}
					if said := strings.Contains(report, "Warnings") && strings.Contains(report, "until the next run"); said != (status == 1) {
						t.Errorf("the report says that somebody waits: %v\n%s", said, report)
					}
					if status == 1 && one && !strings.Contains(report, tr.named) {
						t.Errorf("the report does not name %s:\n%s", tr.named, report)
					}
					if next.status != 0 {
						t.Errorf("the next run ends with %d\n%s%s", next.status, next.stdout, next.stderr)
					}
					if diff := cmp.Diff(everybody, (result{mails: append(broken.mails, next.mails...)}).to()); diff != "" {
						t.Errorf("mails of both runs (-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// A refusal is a no, to addresses as a whole or to one person's: the run goes on
// without them, says so, and nobody waits for what will not come.
func TestRefusedAddresses(t *testing.T) {
	public := []string{"aaa@example.org", "ann@example.org", "bob@example.org", "cleo@example.org", "dan@example.org", "zzz@example.org"}
	for _, form := range graphfault.Forms {
		if !form.Denied {
			continue
		}
		t.Run(form.Name, func(t *testing.T) {
			want := public
			if form.Partly {
				want = slices.Concat(everybody[:3], public[3:4], everybody[4:])
			}
			broken, next := meet(t, &graphfault.Break{Form: form, Hit: func(q graphfault.Question) bool {
				return q.Kind == graphfault.Verified && (!form.Partly || q.About == "cleo")
			}})
			if diff := cmp.Diff(want, broken.to()); diff != "" || broken.status != 0 {
				t.Errorf("exit status %d, mails (-want +got):\n%s", broken.status, diff)
			}
			if said := strings.Contains(broken.reports(), "can't ask for verified addresses"); said == form.Partly {
				t.Errorf("the report says that they are refused: %v\n%s", said, broken.reports())
			}
			if len(next.mails) > 0 || next.status != 0 {
				t.Errorf("the next run ends with %d, and mails to %v", next.status, next.to())
			}
		})
	}
}

// One repository that GitHub can't get past costs the others nothing, however
// many are asked for with it.
func TestOneThatGitHubCannotAnswer(t *testing.T) {
	w := newTroubledWorld()
	for i := range 25 {
		repo := fmt.Sprintf("r%02d", i)
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: repo, Files: catalog("user:cleo")})
		draft(w, repo, "critical", wednesday.AddDate(0, 0, -40-i))
	}
	b := newTroubledBench(t, w)
	fault := &graphfault.Break{Form: graphfault.Forms[0], Hit: func(q graphfault.Question) bool { return q.Kind == graphfault.Files && q.About == "acme/rocket" }}
	b.fault(fault.Fault(b.GitHub))
	r := b.must(1, map[string]string{"GITHUB_RUN_ID": "1"})
	for _, m := range r.mails {
		if m.To[0] == "cleo@acme.example" && len(ids(m.Text)) != 26 {
			t.Errorf("cleo is told of %d advisories, want 26", len(ids(m.Text)))
		}
	}
	if diff := cmp.Diff(slices.Concat(everybody[:1], everybody[3:]), r.to()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if !strings.Contains(r.reports(), "acme/rocket could not be read") {
		t.Errorf("the report does not name the one that could not be read:\n%s", r.reports())
	}
	b.fault(nil)
	if diff := cmp.Diff(everybody[1:3], b.must(0, map[string]string{"GITHUB_RUN_ID": "2"}).to()); diff != "" {
		t.Errorf("then mails (-want +got):\n%s", diff)
	}
}

// Who can be told at the address that is asked for first, but is to be found on
// Slack by another one, waits where that other one can't be asked for: a channel is
// not left out, nor a person dropped, for what is not known now.
func TestSlackWaitsForAnAddress(t *testing.T) {
	t.Parallel()
	for _, channels := range []string{"[slack, email]", "[slack]"} {
		t.Run(channels, func(t *testing.T) {
			w := newTroubledWorld()
			b := newTroubledBench(t, w) // where Slack knows everybody by their public address
			fault := &graphfault.Break{Form: graphfault.Forms[0], Hit: func(q graphfault.Question) bool { return q.Kind == graphfault.Public }}
			b.fault(fault.Fault(b.GitHub))
			change := map[string]string{"GITHUB_RUN_ID": "1", "INPUT_CONFIG-TEXT": "max-owner: 0\nchannels: " + channels}
			r := b.must(1, change)
			if len(r.mails) > 0 || len(r.slack) != 1 || strings.Contains(r.reports(), "Needs an owner") {
				t.Errorf("mails to %v, %d messages on Slack, want the report alone:\n%s", r.to(), len(r.slack), r.reports())
			}
			b.fault(nil)
			change["GITHUB_RUN_ID"] = "2"
			if r := b.must(0, change); len(r.mails) > 0 || len(r.slack) < len(everybody) {
				t.Errorf("then mails to %v, %d messages on Slack, want one to each of %d", r.to(), len(r.slack), len(everybody))
			}
		})
	}
}

// A check fails where something can't be known now, and doesn't take it for a no:
// nobody is without an owner or a contact for that.
func TestCheckOfWhatIsNotKnown(t *testing.T) {
	for _, tr := range troubles {
		for _, one := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/one %v", tr.kind, one), func(t *testing.T) {
				b := newTroubledBench(t, newTroubledWorld())
				fault := &graphfault.Break{Form: graphfault.Forms[0], Hit: func(q graphfault.Question) bool {
					return q.Kind == tr.kind && (!one || q.About == tr.victim)
				}}
				b.fault(fault.Fault(b.GitHub))
				r := b.must(1, nil, "check")
				table := strings.Join(strings.Fields(r.stdout), " ")
				for _, no := range []string{"to the working group", "no address for dan", "no address for cleo", "no such team", "not a member", "may not", graphfault.Secret} {
					if strings.Contains(table, no) {
						t.Errorf("it says %q:\n%s", no, r.stdout)
					}
				}
				if !strings.Contains(table, "FAIL owners") {
					t.Errorf("it does not fail at the owners:\n%s", r.stdout)
				}
			})
		}
	}
}

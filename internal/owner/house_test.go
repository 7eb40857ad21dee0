package owner_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/sandbox/graphfault"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A house is an organization with repositories that have owners of their own: a
// person, a team, a team with a second page of members (a crowd), or somebody who
// has nothing but a public address. Each has a CODEOWNERS file, too, that names
// somebody whom nobody may mention as long as there are better owners.
type house struct {
	*sandbox.GitHub
	world  *sandbox.World
	client *owner.Client
	drafts []advisory.Advisory
	crowds int
}

// Whom the faults of a single thing are about, by kind.
var victims = map[graphfault.Kind]string{
	graphfault.Files:    "acme/person-03",
	graphfault.Teams:    "acme/team-03",
	graphfault.Pages:    "acme/crowd-01",
	graphfault.People:   "person-03",
	graphfault.Verified: "person-03",
	graphfault.Public:   "plain-01",
}

func newHouse(t *testing.T, crowds, more int) *house {
	t.Helper()
	org := &sandbox.Organization{Login: "acme", VerifiedDomains: []string{"acme.example"}}
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{org},
		Tokens:        map[string]*sandbox.Token{"t": {Login: "dora", Members: true, Emails: true, VerifiedEmails: true}},
	}
	h := &house{world: w, crowds: crowds}
	person := func(login string, verified bool) {
		u := &sandbox.User{Login: login, Email: login + "@public.example"}
		if verified {
			u.Addresses = map[string][]string{"acme": {login + "@acme.example"}}
		}
		org.Members, w.Users = append(org.Members, login), append(w.Users, u)
	}
	repository := func(name, owner string) {
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: name, Files: map[string]string{
			"catalog-info.yaml": "spec: {owner: '" + owner + "'}\n", "CODEOWNERS": "* @decoy\n",
		}})
		r := advisory.Repository{Owner: "acme", Name: name}
		h.drafts = append(h.drafts, advisory.Advisory{ID: r.String(), Repository: r, State: advisory.Draft})
	}
	for i := range more {
		repository(fmt.Sprintf("more-%04d", i), "user:person-00")
	}
	person("decoy", true)
	for i := range 6 {
		name := fmt.Sprintf("person-%02d", i)
		person(name, true)
		repository(name, "user:"+name)
	}
	for i := range 6 {
		name, team := fmt.Sprintf("member-%02d", i), fmt.Sprintf("team-%02d", i)
		person(name, true)
		org.Teams = append(org.Teams, &sandbox.Team{Slug: team, Name: team, Members: []string{name}})
		repository(team, "group:"+team)
	}
	var crowd []string
	for i := range 101 * min(crowds, 1) {
		name := fmt.Sprintf("crowd-%03d", i)
		person(name, false)
		crowd = append(crowd, name)
	}
	for i := range crowds {
		team := fmt.Sprintf("crowd-%02d", i)
		org.Teams = append(org.Teams, &sandbox.Team{Slug: team, Name: team, Members: crowd})
		repository(team, "group:"+team)
	}
	for i := range 3 {
		name := fmt.Sprintf("plain-%02d", i)
		person(name, false)
		repository(name, "user:"+name)
	}
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	h.GitHub = g
	patience := transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: time.Minute}
	h.client = owner.NewClient(transport.Authorized(transport.New(patience), "t"), g.GraphQLURL())
	return h
}

// ask returns, for every repository, who is to be told of its draft and by which
// address, or "waits" where nobody can know now.
func (h *house) ask(t *testing.T, b *graphfault.Break) (map[string]string, owner.Result) {
	t.Helper()
	h.ResetRequests()
	h.fault(b.Fault(h.GitHub))
	return h.told(t.Context(), t)
}

// fault lets GitHub answer some requests in another way.
func (h *house) fault(f func(*http.Request) http.Handler) {
	h.world.Lock()
	defer h.world.Unlock()
	h.Fault = f
}

func (h *house) told(ctx context.Context, t *testing.T) (map[string]string, owner.Result) {
	t.Helper()
	result, err := h.client.Begin(ctx, owner.Request{Organization: "acme"}).Result(h.drafts)
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[string]string)
	for _, d := range h.drafts {
		r := result.Of(d.ID)
		var parties []string
		for _, p := range r.Parties {
			at := "waits"
			if !p.Waits {
				at = append(p.Emails, "no address")[0]
			}
			parties = append(parties, p.Login+" "+at)
		}
		told[d.ID] = strings.Join(parties, ", ")
		switch {
		case r.Waits && len(r.Parties) > 0:
			t.Errorf("%s waits, and has parties: %v", d.ID, r.Parties)
		case r.Waits:
			told[d.ID] = "waits"
		case len(r.Parties) == 0:
			told[d.ID] = "nobody: " + r.Nobody
		}
	}
	return told, result
}

// clean returns what is told where nothing is wrong.
func (h *house) clean() map[string]string {
	told := make(map[string]string)
	crowd := make([]string, 101)
	for i := range crowd {
		crowd[i] = fmt.Sprintf("crowd-%03d crowd-%03[1]d@public.example", i)
	}
	for i := range 6 {
		told[fmt.Sprintf("acme/person-%02d", i)] = fmt.Sprintf("person-%02d person-%02[1]d@acme.example", i)
		told[fmt.Sprintf("acme/team-%02d", i)] = fmt.Sprintf("member-%02d member-%02[1]d@acme.example", i)
	}
	for i := range h.crowds {
		told[fmt.Sprintf("acme/crowd-%02d", i)] = strings.Join(crowd, ", ")
	}
	for i := range 3 {
		told[fmt.Sprintf("acme/plain-%02d", i)] = fmt.Sprintf("plain-%02d plain-%02[1]d@public.example", i)
	}
	return told
}

// unknown returns what is told where all questions of a kind, or that about its
// victim alone, have no answer.
func (h *house) unknown(kind graphfault.Kind, alone bool) map[string]string {
	told := h.clean()
	for repo, who := range told {
		name := strings.TrimPrefix(repo, "acme/")
		group, _, _ := strings.Cut(name, "-")
		parties := strings.Split(who, ", ")
		switch kind {
		case graphfault.Files:
			if !alone || repo == victims[kind] {
				parties = []string{"waits"}
			}
		case graphfault.Teams:
			if (group == "team" || group == "crowd") && (!alone || repo == victims[kind]) {
				parties = []string{"waits"}
			}
		case graphfault.Pages:
			if group == "crowd" && (!alone || repo == victims[kind]) {
				parties = []string{"waits"}
			}
		case graphfault.People:
			if (group == "person" || group == "plain") && (!alone || name == victims[kind]) {
				parties = []string{"waits"}
			}
		case graphfault.Verified, graphfault.Public:
			for i, p := range parties {
				login, address, _ := strings.Cut(p, " ")
				needed := kind == graphfault.Verified || strings.HasSuffix(address, "@public.example")
				if needed && (!alone || login == victims[kind]) {
					parties[i] = login + " waits"
				}
			}
		}
		told[repo] = strings.Join(parties, ", ")
	}
	return told
}

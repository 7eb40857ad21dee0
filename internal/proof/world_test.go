package proof

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

const (
	home       = "acme/reminders" // the repository that runs the workflow
	branchName = "advisory-reminders-ledger"
)

// wednesday is the day of the first run of every scenario, in no period's first
// or last days but those of a week.
var wednesday = time.Date(2026, 11, 18, 7, 17, 0, 0, time.UTC)

// A setting is what stays the same through a scenario.
type setting struct {
	store     string // branch, sealed or file
	channels  string // as in the configuration
	zone      *time.Location
	notifyNew bool // as in the configuration
	comments  bool // the drafts' comments are the last channel
	access    bool // whether it opens drafts to owners
	talk      bool // people speak on drafts
	quiet     bool // their answers hold reminders back
}

func drawSetting(r *rand.Rand) setting {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	zone, err := time.LoadLocation(pick("UTC", "America/New_York", "Asia/Kolkata"))
	if err != nil {
		panic(err)
	}
	return setting{store: pick("branch", "branch", "sealed", "file"), channels: pick("[email]", "[email]", "[slack, email]", "[slack]"), zone: zone}
}

var severities = []string{"critical", "high", "medium", "low"}

// drawWorld returns an organization of a few people, whose repositories are
// owned by some of them, by a team, or by nobody. At least six drafts that have
// owners are older than every draft for the working group: where a report names
// one of those, it is because somebody has to see to it, and not because it is
// among the longest open.
func drawWorld(r *rand.Rand, s setting) *sandbox.World {
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{Login: "acme", Name: "Acme", Admins: []string{"boss"}}},
		Users:         []*sandbox.User{{Login: "boss", Name: "Boss"}},
		Repositories:  []*sandbox.Repository{{Owner: "acme", Name: "reminders", Visibility: "private"}},
		Tokens: map[string]*sandbox.Token{
			sandbox.FullToken:     {Login: "boss", Scopes: []string{"repo", "read:org", "read:user", "user:email"}, Drafts: true, Members: true, Emails: true, VerifiedEmails: true},
			sandbox.WorkflowToken: {App: true, Repositories: []string{home}, Write: []string{home}},
		},
	}
	if s.store == "sealed" {
		w.Repositories[0].Visibility = "public"
	}
	org := w.Organizations[0]
	for i := range 2 + r.IntN(4) {
		login := fmt.Sprintf("person-%d", i)
		org.Members = append(org.Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login, Name: "Person", Email: login + "@example.org"})
	}
	org.Teams = []*sandbox.Team{{Slug: "crew", Name: "Crew", Members: org.Members[:2]}}
	owned := 1 + r.IntN(4)
	for i := range owned {
		owner := "group:crew"
		if i > 0 {
			owner = "user:" + org.Members[r.IntN(len(org.Members))]
		}
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: fmt.Sprintf("owned-%d", i), Files: map[string]string{
			"catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nspec:\n  owner: " + owner + "\n",
		}})
	}
	w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "orphan"})
	for i := range 6 + r.IntN(5) {
		addDraft(w, fmt.Sprintf("owned-%d", i%owned), severities[r.IntN(4)], wednesday.AddDate(0, 0, -200-r.IntN(600)))
	}
	for range r.IntN(4) {
		addDraft(w, "owned-0", severities[r.IntN(4)], wednesday.AddDate(0, 0, -r.IntN(40)).Add(-time.Duration(r.IntN(24))*time.Hour))
	}
	for range r.IntN(3) {
		addDraft(w, "orphan", severities[r.IntN(4)], wednesday.AddDate(0, 0, -100-r.IntN(90)))
	}
	if r.IntN(3) == 0 {
		addDraft(w, "owned-0", "", wednesday.AddDate(0, 0, -30-r.IntN(30)))
	}
	return w
}

func addDraft(w *sandbox.World, repo, severity string, created time.Time) {
	w.Advisories = append(w.Advisories, &sandbox.Advisory{
		ID:         fmt.Sprintf("GHSA-%s-2222-%04d", (strings.ReplaceAll(repo, "-", "") + "xxxx")[:4], len(w.Advisories)),
		Repository: "acme/" + repo,
		Summary:    "Secret title",
		State:      "draft",
		Severity:   severity,
		Created:    created,
		Updated:    created,
	})
}

// letOpen lets everybody open all drafts that have owners, where comments are a channel
// or people speak, and leaves every second person without an address where they are a
// channel.
func letOpen(w *sandbox.World, s setting) {
	if !s.comments && (!s.talk || s.access) {
		return
	}
	for i, login := range w.Organizations[0].Members {
		if i%2 == 1 && s.comments {
			w.User(login).Email = ""
		}
	}
	who := slices.Clone(w.Organizations[0].Members)
	if s.talk {
		who = append(who, outsider, robot)
	}
	for _, a := range w.Advisories {
		if strings.Contains(a.Repository, "owned") { // elsewhere they would be its owners by that
			a.CollaboratingUsers = who
		}
	}
}

// churn lets something happen between two runs, and says what.
func churn(r *rand.Rand, w *sandbox.World, now time.Time) string {
	w.Lock()
	defer w.Unlock()
	a := w.Advisories[r.IntN(len(w.Advisories))]
	switch r.IntN(6) {
	case 0:
		if a.State == "draft" && strings.Contains(a.Repository, "owned") && a.Severity != "" && old(w) > 6 {
			a.State, a.Published = "published", now
			return a.ID + " is published"
		}
	case 1:
		if a.State == "draft" && strings.Contains(a.Repository, "owned") && a.Severity != "" {
			a.Severity, a.Updated = severities[r.IntN(4)], now
			return a.ID + " becomes " + a.Severity
		}
	case 2:
		addDraft(w, "owned-0", severities[r.IntN(4)], now.Add(-time.Hour))
		return "a new draft"
	}
	return ""
}

// old counts the drafts that have owners and are older than any of the working
// group's.
func old(w *sandbox.World) (n int) {
	for _, a := range w.Advisories {
		if a.State == "draft" && a.Created.Before(wednesday.AddDate(0, 0, -199)) {
			n++
		}
	}
	return n
}

// owes returns whom a draft is to be reminded to: logins, or the working group.
// The world must be locked.
func owes(w *sandbox.World, a *sandbox.Advisory) []string {
	if owners := ownersOf(w, a); len(owners) > 0 && a.Severity != "" {
		return owners
	}
	return []string{swg}
}

// ownersOf returns the people who own a draft. The world must be locked.
func ownersOf(w *sandbox.World, a *sandbox.Advisory) []string {
	var owner string
	for _, r := range w.Repositories {
		if r.FullName() == a.Repository {
			_, owner, _ = strings.Cut(r.Files["catalog-info.yaml"], "owner: ")
		}
	}
	owner = strings.TrimSpace(owner)
	login, person := strings.CutPrefix(owner, "user:")
	switch {
	case owner == "":
		return nil
	case person:
		return []string{login}
	}
	return w.Organizations[0].Teams[0].Members
}

package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/spelling"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// tokenFacts are what is known about the token and its list of drafts.
type tokenFacts struct {
	organization string                // empty where single repositories are named
	repositories []advisory.Repository // those
	home         string                // the repository that runs the workflow
	access       ghsa.Access

	// All are the organization's repositories, as far as the token may know of
	// them and they were asked for; total is how many there are.
	all    []advisory.Repository
	total  int
	allErr error

	known    []string // repositories that may have been meant by those that are none
	drafts   []advisory.Advisory
	leftOut  []advisory.Advisory
	listErr  error
	unlisted []error
	lost     []ghsa.Lost
}

// token are the lines about the token, what it sees and what it does not.
func (c *checkup) token(ctx context.Context) group {
	if c.Advisories == nil {
		return notAsked("token")
	}
	bearer := transport.Meanwhile(func() (tokenFacts, error) { return c.bearer(), nil })
	s := c.see()
	f, err := bearer()
	if err != nil {
		panic(err) // a line of its own says so
	}
	f.drafts, f.leftOut, f.listErr, f.unlisted, f.lost = s.All, s.LeftOut, s.err, s.Unlisted, s.lost
	c.guess(ctx, &f)
	return f.lines()
}

// guess asks for the repositories that may have been meant by those that are none,
// in one call for each owner.
func (c *checkup) guess(ctx context.Context, f *tokenFacts) {
	var asked []string
	for _, r := range c.Repositories {
		if owner := strings.ToLower(r.Owner); f.noSuch(r) && !slices.Contains(asked, owner) {
			asked = append(asked, owner)
			f.known = append(f.known, c.Owners.Roster(ctx, owner).Repositories...)
		}
	}
}

// coverageWithin is how long the first run's report waits for what is known
// about the token.
const coverageWithin = 20 * time.Second

// Coverage returns what the first report says of the token, in two requests at
// most, and of who can read its issue, in two as well; and what it says only where no draft
// is listed, since one that is proves the right to see them.
func Coverage(ctx context.Context, s Subject) (list, unproved []string) {
	ctx, cancel := context.WithTimeout(ctx, coverageWithin)
	defer cancel()
	list, unproved = s.askToken(ctx, true).notes()
	if s.Issue != nil {
		readers := s.readers(ctx, "", s.Issue.Place(), "the issue with the reports")
		list = append(list, notify.Sentence(readers.detail))
	}
	return list, unproved
}

// askToken asks about the token. What is brief takes two requests at most.
func (s Subject) askToken(ctx context.Context, brief bool) tokenFacts {
	f := tokenFacts{organization: s.Organization, repositories: s.Repositories, home: s.Home}
	f.access = s.Advisories.Access(ctx, ghsa.Question{
		Organization: f.organization, Repositories: f.repositories, Brief: brief, Unscoped: s.Unscoped,
	})
	if f.access.Bearer == ghsa.Installation && !f.access.All && f.organization != "" {
		pages := 0
		if brief {
			pages = 1
		}
		f.all, f.total, f.allErr = s.Owners.Repositories(ctx, f.organization, pages)
	}
	return f
}

// lines are the token's lines of the table.
func (f tokenFacts) lines() group {
	g := group{f.who(), f.sees()}
	g = append(g, f.covers()...)
	var unlisted []error
	for _, err := range f.unlisted {
		if named, ok := errors.AsType[*ghsa.NoSuch](err); !ok || f.access.Bearer == ghsa.UnknownBearer || !f.noSuch(named.Repository) {
			unlisted = append(unlisted, err) // the others have a line above
		}
	}
	for _, text := range slices.Concat(ghsa.Texts(unlisted), ghsa.Warnings(f.lost, len(f.drafts) == 0)) {
		g = append(g, line{finding: fail, what: "drafts", detail: text, step: stepList,
			do: "see that the token has the right over each repository, by what is said of the token above"})
	}
	return g
}

// notes are what the first report says: who the token is, whether it can see
// drafts, and what an app does not cover. Whether an app can is proved by any draft
// that is listed, and unproved else.
func (f tokenFacts) notes() (list, unproved []string) {
	list = append(list, "The token is "+f.who().detail+".")
	switch l, ok := f.right(); {
	case ok && l.finding == unknown && f.access.Bearer == ghsa.Installation:
		unproved = append(unproved, notify.Sentence(l.detail))
	case ok:
		list = append(list, notify.Sentence(l.detail))
	}
	if f.access.All && f.organization != "" {
		return list, unproved // said of whose token it is
	}
	for _, l := range f.covers() {
		list = append(list, notify.Sentence(l.detail))
	}
	return list, unproved
}

// who says whose token it is.
func (f tokenFacts) who() line {
	l := line{what: "token"}
	a := f.access
	if a.Err != nil && a.Bearer == ghsa.UnknownBearer {
		l.finding, l.detail = unknown, "of a kind that can't be known: "+a.Err.Error()
		if transport.Status(a.Err) == http.StatusUnauthorized {
			l.finding, l.detail, l.do = fail, "refused by GitHub (401): it is wrong, revoked or expired", "make a new one for the input token"
		}
		return l
	}
	of, whose := "", "somebody's"
	if a.Login != "" {
		of, whose = " of "+a.Login, "their"
	}
	switch a.Bearer {
	case ghsa.Installation:
		l.detail = fmt.Sprintf("that of an app, installed on %s selected for it", notify.Plural(a.Count, "repository", "repositories"))
		if a.All {
			l.detail = fmt.Sprintf("that of an app, installed on all repositories (%d)", a.Count)
		}
		return l
	case ghsa.Classic:
		l.detail = fmt.Sprintf("a classic one%s, with the scopes %s", of, cmp.Or(strings.Join(a.Scopes, ", "), "(none)"))
	default:
		l.detail = "a fine-grained one" + of + ", or one that an app has in " + whose + " name"
	}
	switch a.Standing {
	case ghsa.OwnerOf:
		l.detail += "; they own " + f.organization
	case ghsa.MemberOf:
		l.detail += "; they are a member of " + f.organization
	case ghsa.OutsideOf:
		l.detail += "; they are not a member of " + f.organization
	}
	return l
}

// sees says which drafts are listed and, where there are none, what that
// proves.
func (f tokenFacts) sees() line {
	l := line{what: "drafts", step: stepList}
	if f.listErr != nil {
		l.finding = fail
		l.detail, l.do = listTrouble(f.listErr)
		if named, ok := errors.AsType[*ghsa.NoSuch](f.listErr); ok {
			l.detail, l.do = f.wrongName(named)
		}
		return l
	}
	if len(f.leftOut) > 0 {
		l.finding, l.detail, l.do = fail, counted(f.drafts)+"; "+ghsa.NotWhole(f.leftOut), ghsa.RestoreRight
		return l
	}
	right, known := f.right()
	if len(f.drafts) == 0 {
		right.detail = "the list is empty: " + right.detail
		return right
	}
	l.detail = counted(f.drafts)
	if f.organization != "" && f.access.Bearer != ghsa.Installation && (!known || right.finding != good) {
		l.detail += "; " + right.detail
		l.finding, l.do = warn, right.do
	}
	return l
}

// seeFor is the advice where the list may be empty for want of a right.
const seeFor = "open a draft in some repository for a trial, and check again: it has to be listed"

// right says whether the token can see drafts at all, as far as that can be
// known without seeing any, and whether anything is known.
func (f tokenFacts) right() (l line, known bool) {
	l = line{what: "drafts", step: stepList}
	a := f.access
	const ask = "use a token of an owner or security manager, or of an app with the permission \"Repository security advisories\" (write)"
	switch {
	case a.Bearer == ghsa.UnknownBearer:
		l.finding, l.detail, l.do = unknown, "whether the token can see drafts is not known", seeFor
		return l, false
	case a.Bearer == ghsa.Classic && !a.MayList():
		l.finding, l.detail = fail, "the token can't see drafts, since it has neither the scope repo nor repository_advisories:write"
		l.do = "give it the scope repo"
	case a.Standing == ghsa.OutsideOf:
		l.finding, l.detail, l.do = fail, "the token can't see drafts, since its user is not a member of "+f.organization, ask
	case f.workflowToken():
		l.finding = fail
		l.detail = "the token is for this repository alone, as GITHUB_TOKEN is, and can't see the drafts of " + f.organization
		l.do = ask
	case a.Lacks != "":
		l.finding = fail
		l.detail = "the app lacks the permission \"Repository security advisories\": GitHub refused it the drafts of a repository, which want " + a.Lacks
		l.do = "give the app that permission (write) in its settings, and accept the change where it is installed"
	case a.Bearer == ghsa.Installation:
		l.finding = unknown
		l.detail = "whether the app has the permission \"Repository security advisories\" (write) can't be known: GitHub answers with an empty list, too, where it has not"
		l.do = "look at the app's permissions; or " + seeFor
	case a.Bearer == ghsa.Classic && a.Standing == ghsa.OwnerOf:
		l.detail = "the token can see all drafts of " + f.organization + ", by its scopes and as an owner's"
	case a.Bearer == ghsa.Classic && f.organization == "" && f.administersAll():
		l.detail = "the token can see all drafts of " + f.these() + ", since it is an administrator's"
	case a.Standing == ghsa.OwnerOf:
		l.finding = unknown
		l.detail = "whether the token has the permission \"Repository security advisories\" can't be known, though it is an owner's"
		l.do = "look at the token's permissions; or " + seeFor
	case a.Standing == ghsa.MemberOf:
		l.finding = unknown
		l.detail = "its user does not own " + f.organization + ": unless they are a security manager, which can't be known, they see no more than the drafts that they work on"
		l.do = ask + "; or " + seeFor
	default:
		l.finding = unknown
		l.detail = "whether the token can see drafts can't be known" + f.refusal()
		l.do = seeFor
	}
	return l, true
}

// these names the repositories that are asked for by name.
func (f tokenFacts) these() string {
	if n := len(f.repositories); n > 1 {
		return fmt.Sprintf("these %d repositories", n)
	}
	return "this repository"
}

// refusal says why the user's standing is not known.
func (f tokenFacts) refusal() string {
	if f.access.Refused == "" {
		return ""
	}
	return " (GitHub does not tell whether its user owns " + f.organization + "; that wants the permission " + f.access.Refused + ")"
}

// workflowToken reports whether the token is for the repository that runs the
// workflow alone, as GITHUB_TOKEN is, although an organization's drafts are wanted.
func (f tokenFacts) workflowToken() bool {
	a := f.access
	return a.Bearer == ghsa.Installation && f.organization != "" && len(a.Installed) == 1 && strings.EqualFold(a.Installed[0].String(), f.home)
}

// administersAll reports whether the token's user administers every named
// repository.
func (f tokenFacts) administersAll() bool {
	return !slices.ContainsFunc(f.repositories, func(r advisory.Repository) bool { return !f.access.Admin[r.Key()] })
}

// covers says which repositories an app, or a user, sees no drafts of.
func (f tokenFacts) covers() group {
	a := f.access
	if a.Bearer == ghsa.UnknownBearer {
		return nil
	}
	if f.organization == "" {
		return f.coversNamed()
	}
	if a.Bearer != ghsa.Installation {
		return nil
	}
	l := line{what: "coverage"}
	const install = "install the app on all repositories, or name in the input repositories those that are meant"
	switch {
	case a.All:
		l.detail = "the app is installed on all repositories"
	case a.Err != nil || f.allErr != nil:
		l.finding, l.detail, l.do = unknown, "which repositories the app does not see is not known: "+cmp.Or(a.Err, f.allErr).Error(), install
	case len(a.Installed) < a.Count || len(f.all) < f.total:
		l.finding, l.do = warn, install
		l.detail = fmt.Sprintf("the app sees %d repositories of %s, which has %d that the token may know of, and maybe private ones beside them", a.Count, f.organization, f.total)
	default:
		missing := a.Uncovered(f.all)
		if len(missing) == 0 {
			l.detail = "the app sees every repository of " + f.organization + " that the token may know of; private ones that it is not installed on are hidden from it"
			break
		}
		l.finding, l.do = warn, install
		l.detail = fmt.Sprintf("the app does not see the drafts of %s of %s: %s; private ones may be missing beside them",
			notify.Plural(len(missing), "repository", "repositories"), f.organization, names(missing))
	}
	return group{l}
}

// noSuch reports whether GitHub shows no repository of that name to the token.
func (f tokenFacts) noSuch(r advisory.Repository) bool {
	return slices.Contains(f.access.Missing, r) || slices.ContainsFunc(f.unlisted, func(err error) bool {
		named, ok := errors.AsType[*ghsa.NoSuch](err)
		return ok && named.Repository == r
	})
}

// coversNamed is about repositories that were named one by one.
func (f tokenFacts) coversNamed() group {
	var g group
	a := f.access
	sees := make(map[string]bool)
	for _, r := range a.Installed {
		sees[r.Key()] = true
	}
	for _, r := range f.repositories {
		admin, asked := a.Admin[r.Key()]
		l := line{what: "coverage", detail: "the app is installed on " + r.String()}
		switch {
		case f.noSuch(r):
			l.finding, l.detail = fail, "GitHub shows no repository "+r.String()+" to the token"
			l.do = suggest(r.String(), f.known, "correct the name in the input repositories, or use a token that is for that repository")
		case a.Bearer == ghsa.Installation && (a.All || len(a.Installed) < a.Count):
			continue
		case a.Bearer == ghsa.Installation && !sees[r.Key()]:
			l.finding, l.detail, l.do = fail, "the app is not installed on "+r.String()+", and sees none of its drafts", "install it there, or correct the name in the input repositories"
		case a.Bearer == ghsa.Installation:
		case !asked:
			continue
		case admin:
			l.detail = "the token's user administers " + r.String()
		default:
			l.finding = warn
			l.detail = "the token's user does not administer " + r.String() + ": unless they are a security manager, they see no more of its drafts than those that they work on"
			l.do = "use a token of an administrator, or of an app"
		}
		g = append(g, l)
	}
	return g
}

func names(list []advisory.Repository) string {
	var all []string
	for _, r := range list {
		all = append(all, r.Name)
	}
	return notify.FirstOf(all)
}

// counted counts drafts by severity.
func counted(drafts []advisory.Advisory) string {
	n := make(map[advisory.Severity]int)
	for _, d := range drafts {
		n[d.Severity]++
	}
	var parts []string
	for _, s := range advisory.Severities {
		if n[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[s], s))
		}
	}
	if k := n[advisory.Unscored]; k > 0 {
		parts = append(parts, fmt.Sprintf("%d without a score", k))
	}
	return "sees " + notify.Plural(len(drafts), "draft", "drafts") + ": " + strings.Join(parts, ", ")
}

// wrongName says what to do about a name of which there is no list.
func (f tokenFacts) wrongName(e *ghsa.NoSuch) (detail, do string) {
	switch owner, _, _ := strings.Cut(f.home, "/"); {
	case e.Personal:
		return e.Organization + " is a personal account, which has no list of drafts", "name its repositories in the input repositories"
	case e.Organization != "":
		return "GitHub has no organization " + e.Organization, suggest(e.Organization, []string{owner}, "correct the name in the input organization")
	case f.access.Bearer == ghsa.UnknownBearer:
		return e.Error(), "correct the name in the input repositories"
	}
	return "none of the repositories can be listed", "see what is said of each below"
}

// suggest puts the name that may have been meant before what to do.
func suggest(name string, known []string, do string) string {
	if q := spelling.DidYouMean(name, known); q != "" {
		return q + " " + strings.ToUpper(do[:1]) + do[1:]
	}
	return do
}

// listTrouble says why the drafts can't be listed, and what to do.
func listTrouble(err error) (detail, do string) {
	status, ok := errors.AsType[*transport.StatusError](err)
	if !ok {
		return err.Error(), "run the check again"
	}
	detail = status.Error()
	if status.Wanted != "" {
		detail += "; it wants the permission " + status.Wanted
	}
	switch status.Status {
	case http.StatusUnauthorized:
		return detail, "make a new token for the input token: this one is wrong, revoked or expired"
	case http.StatusForbidden, http.StatusNotFound:
		return detail, "the input token has to be of an owner or security manager of the organization, or of an app with the permission \"Repository security advisories\" (write)"
	}
	return detail, "run the check again"
}

package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// seen is what the list of drafts holds.
type seen struct {
	ghsa.Drafts
	lost []ghsa.Lost
	err  error
}

// listDrafts looks as a run does, and asks for those that have vanished.
func (c *checkup) listDrafts(ctx context.Context) seen {
	var s seen
	if s.Drafts, s.err = c.Advisories.List(ctx, c.Organization, c.Repositories, func([]advisory.Advisory) {}); s.err != nil {
		return s
	}
	if l := c.load(); l.err == nil {
		_, s.lost = c.Advisories.Vanished(ctx, &s.Drafts, l.Sightings(c.Config.Forget))
	}
	return s
}

// sees says which drafts are listed and, where there are none, what that
// proves.
func (f tokenFacts) sees() line {
	l := line{what: "drafts", step: stepList}
	if f.list.err != nil {
		l.finding = fail
		l.detail, l.do = listTrouble(f.list.err)
		if named, ok := errors.AsType[*ghsa.NoSuch](f.list.err); ok {
			l.detail, l.do = f.wrongName(named)
		}
		return l
	}
	if len(f.list.LeftOut) > 0 {
		l.finding, l.detail, l.do = fail, counted(f.list.All)+"; "+ghsa.NotWhole(f.list.LeftOut), ghsa.RestoreRight
		return l
	}
	right, known := f.right()
	if len(f.list.All) == 0 {
		right.detail = "the list is empty: " + right.detail
		return right
	}
	l.detail = counted(f.list.All)
	if f.Organization != "" && f.access.Bearer != ghsa.Installation && (!known || right.finding != good) {
		l.detail += "; " + right.detail
		l.finding, l.do = warn, right.do
	}
	return l
}

// unseen says which lists are missing, and which drafts.
func (f tokenFacts) unseen() (g group) {
	var unlisted []error
	for _, err := range f.list.Unlisted {
		if named, ok := errors.AsType[*ghsa.NoSuch](err); !ok || f.access.Bearer == ghsa.UnknownBearer || !f.noSuch(named.Repository) {
			unlisted = append(unlisted, err) // the others have a line above
		}
	}
	for _, text := range slices.Concat(ghsa.Texts(unlisted), ghsa.Warnings(f.list.lost, len(f.list.All) == 0)) {
		g = append(g, line{finding: fail, what: "drafts", detail: text, step: stepList,
			do: "see that the token has the right over each repository, by what is said of the token above"})
	}
	return g
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
		l.finding, l.detail, l.do = fail, "the token can't see drafts, since its user is not a member of "+f.Organization, ask
	case f.workflowToken():
		l.finding = fail
		l.detail = "the token is for this repository alone, as GITHUB_TOKEN is, and can't see the drafts of " + f.Organization
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
		l.detail = "the token can see all drafts of " + f.Organization + ", by its scopes and as an owner's"
	case a.Bearer == ghsa.Classic && f.Organization == "" && f.administersAll():
		l.detail = "the token can see all drafts of " + f.these() + ", since it is an administrator's"
	case a.Standing == ghsa.OwnerOf:
		l.finding = unknown
		l.detail = "whether the token has the permission \"Repository security advisories\" can't be known, though it is an owner's"
		l.do = "look at the token's permissions; or " + seeFor
	case a.Standing == ghsa.MemberOf:
		l.finding = unknown
		l.detail = "its user does not own " + f.Organization + ": unless they are a security manager, which can't be known, they see no more than the drafts that they work on"
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
	if n := len(f.Repositories); n > 1 {
		return fmt.Sprintf("these %d repositories", n)
	}
	return "this repository"
}

// refusal says why the user's standing is not known.
func (f tokenFacts) refusal() string {
	if f.access.Refused == "" {
		return ""
	}
	return " (GitHub does not tell whether its user owns " + f.Organization + "; that wants the permission " + f.access.Refused + ")"
}

// workflowToken reports whether the token is for the repository that runs the
// workflow alone, as GITHUB_TOKEN is, although an organization's drafts are wanted.
func (f tokenFacts) workflowToken() bool {
	a := f.access
	return a.Bearer == ghsa.Installation && f.Organization != "" && len(a.Installed) == 1 && strings.EqualFold(a.Installed[0].String(), f.Home)
}

// administersAll reports whether the token's user administers every named
// repository.
func (f tokenFacts) administersAll() bool {
	return !slices.ContainsFunc(f.Repositories, func(r advisory.Repository) bool { return !f.access.Admin[r.Key()] })
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
	switch owner, _, _ := strings.Cut(f.Home, "/"); {
	case e.Personal:
		return e.Organization + " is a personal account, which has no list of drafts", "name its repositories in the input repositories"
	case e.Organization != "":
		return "GitHub has no organization " + e.Organization, suggest(e.Organization, []string{owner}, "correct the name in the input organization")
	case f.access.Bearer == ghsa.UnknownBearer:
		return e.Error(), "correct the name in the input repositories"
	}
	return "none of the repositories can be listed", "see what is said of each below"
}

// listTrouble says why the drafts can't be listed, and what to do.
func listTrouble(err error) (detail, do string) {
	status, ok := errors.AsType[*transport.StatusError](err)
	switch {
	case errors.Is(err, transport.ErrBroke):
		return "the program crashed here", "please report this bug"
	case !ok:
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

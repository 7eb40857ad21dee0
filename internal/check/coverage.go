package check

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// covers says which repositories an app, or a user, sees no drafts of.
func (f tokenFacts) covers() group {
	a := f.access
	if a.Bearer == ghsa.UnknownBearer {
		return nil
	}
	if f.Organization == "" {
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
		l.detail = fmt.Sprintf("the app sees %d repositories of %s, which has %d that the token may know of, and maybe private ones beside them", a.Count, f.Organization, f.total)
	default:
		missing := a.Uncovered(f.all)
		if len(missing) == 0 {
			l.detail = "the app sees every repository of " + f.Organization + " that the token may know of; private ones that it is not installed on are hidden from it"
			break
		}
		l.finding, l.do = warn, install
		l.detail = fmt.Sprintf("the app does not see the drafts of %s of %s: %s; private ones may be missing beside them",
			notify.Plural(len(missing), "repository", "repositories"), f.Organization, names(missing))
	}
	return group{l}
}

// coversNamed is about repositories that were named one by one.
func (f tokenFacts) coversNamed() group {
	var g group
	a := f.access
	sees := make(map[string]bool)
	for _, r := range a.Installed {
		sees[r.Key()] = true
	}
	for _, r := range f.Repositories {
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

// noSuch reports whether GitHub shows no repository of that name to the token.
func (f tokenFacts) noSuch(r advisory.Repository) bool {
	return slices.Contains(f.access.Missing, r) || slices.ContainsFunc(f.list.Unlisted, func(err error) bool {
		named, ok := errors.AsType[*ghsa.NoSuch](err)
		return ok && named.Repository == r
	})
}

func names(list []advisory.Repository) string {
	var all []string
	for _, r := range list {
		all = append(all, r.Name)
	}
	return notify.FirstOf(all)
}

package check

import (
	"context"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify/issue"
)

const stepIssue = "ask about the report's issue"

// issueLines say whether the report's issue can be written, and how many people can
// read it.
func (c *checkup) issueLines(ctx context.Context) group {
	switch {
	case c.Wrong.At("input report-issue"), c.Issue == nil && c.ReportIssue:
		return notAsked("report-issue")
	case c.Issue == nil:
		return c.homeReaders(ctx)
	}
	l := line{what: "report-issue"}
	place, err := c.Issue.Look(ctx)
	switch {
	case err != nil:
		l.finding, l.detail, l.do = fail, "whether the issue can be written can't be known: "+err.Error(), "run the check again; if it stays so, see whether GitHub can be reached"
	case place.Obstacle != issue.None:
		l.finding, l.wrong = fail, true
		l.detail, l.do = c.Issue.Repository()+": "+place.Obstacle.String(), place.Obstacle.Advice()
	case place.Unsure:
		l.finding, l.do = unknown, "see that the token has the permission “Issues” (write); a run tries it before it sends anything"
		l.detail = c.Issue.Repository() + " is private and has issues; whether the token can write them is UNKNOWN, since only writing would tell"
	default:
		l.detail = "an issue of " + c.Issue.Repository() + " takes the report: the repository is private, has issues, and the token can write them"
	}
	if l.finding == fail {
		return group{l}
	}
	home, _ := advisory.ParseRepository(c.Home)
	atHome := c.Issue.Place().Key() == home.Key()
	if !atHome {
		l.detail += ". Where the input token itself is rejected, the issue can't be written either: then only the failed workflow run tells"
	}
	g := group{l, c.readers(ctx, "its readers", c.Issue.Place(), "the issue with the reports")}
	if !atHome {
		g = append(g, c.homeReaders(ctx)...)
	}
	return g
}

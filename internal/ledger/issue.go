package ledger

import "time"

// An Issue is the one that holds the reports.
type Issue struct {
	Repository string    `json:"repository"` // owner/name
	Number     int       `json:"number"`
	Since      time.Time `json:"since"` // when it was first used
}

// UseIssue notes at now which issue holds the reports.
func (l *Ledger) UseIssue(repository string, number int, now time.Time) {
	if l.Issue == nil || l.Issue.Repository != repository || l.Issue.Number != number {
		l.Issue = &Issue{Repository: repository, Number: number, Since: now.UTC()}
	}
}

// laterIssue returns the one of two that was first used later.
func laterIssue(a, b *Issue) *Issue {
	if a == nil || b != nil && b.Since.After(a.Since) {
		return b
	}
	return a
}

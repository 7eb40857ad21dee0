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

// Tried returns when a delivery that is to be claimed was tried last in such a way
// that it may have arrived, as far as that is known; the zero time where it was
// not, since from. See Claim.
func (l *Ledger) Tried(d Delivery, from time.Time) time.Time {
	old := l.again(&d, from)
	switch {
	case old == nil || old.Outcome == Refused && !old.Perhaps:
		return time.Time{}
	case !old.At.IsZero():
		return old.At
	}
	return old.Since
}

package run

import (
	"cmp"
	"slices"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// inTry is how many digests a try sends.
const inTry = 20

// mostSevere returns the digests that a try sends, those with the most severe
// drafts, in the order of the plan, and how many more there are.
func mostSevere(digests []reminder.Digest) (list []reminder.Digest, more int) {
	bySeverity := slices.Clone(digests)
	slices.SortStableFunc(bySeverity, func(a, b reminder.Digest) int {
		x, y := a.Reminders[0], b.Reminders[0] // which is the most severe of each
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.Score, x.Score))
	})
	kept := bySeverity[:min(inTry, len(digests))]
	list = slices.DeleteFunc(slices.Clone(digests), func(d reminder.Digest) bool {
		return !slices.ContainsFunc(kept, func(k reminder.Digest) bool { return k.To == d.To && k.Cadence == d.Cadence })
	})
	return list, len(digests) - len(list)
}

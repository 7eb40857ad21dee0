package proof

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// The bugs that can be planted. None is in the program: the traffic is changed
// so that everybody else sees what they would see if it were.
const (
	claimedTooLate    = "sent before claimed"                       // a run's claims take effect only with its next write
	neverSettled      = "settling skipped"                          // of a run's writes only the claims take effect
	repeatsUnknown    = "repeated after an unknown outcome"         // what had no answer is sent once more at once
	futureBelieved    = "a time of the future believed"             // what lies ahead in the ledger reads as if it were now
	nextSource        = "told the next source"                      // besides those who own a repository, somebody else gets their digest
	markerIgnored     = "a comment repeated without looking for it" // a run sees none of the program's comments
	answeredUnclaimed = "a command answered before that is claimed" // a run's claims take effect only with its next write, while another is at work
	claimIgnored      = "a claim ignored"                           // a run reads the ledger as it was before the other's claims, and overwrites them
)

// byComment reports whether a bug is one of comments or commands.
func byComment(plant string) bool { return plant == markerIgnored || plant == answeredUnclaimed }

var plants = []string{claimedTooLate, neverSettled, repeatsUnknown, futureBelieved, nextSource, claimIgnored, markerIgnored, answeredUnclaimed}

// plantMove lets a write of the ledger seem done without an effect, where the
// plant says so, or overwrite what is there. It returns the answer in place of
// GitHub's, or nothing.
func (l *link) plantMove(r *http.Request, body *[]byte) string {
	late := l.plant == claimedTooLate || l.plant == answeredUnclaimed
	if !late && l.plant != neverSettled && l.plant != claimIgnored || l.begin == "" {
		return ""
	}
	now := tip(l.s.World)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, believed := range append(l.fakes, l.begin) { // where the run takes the branch to be
		*body = bytes.ReplaceAll(*body, []byte(believed), []byte(now))
	}
	n := l.count[moveLedger]
	if l.plant == claimIgnored || late && n != 1 || l.plant == neverSettled && n == 1 {
		return ""
	}
	fake := fmt.Sprintf("%040x", len(l.fakes)+1)
	l.fakes = append(l.fakes, fake)
	return `{"data":{"createCommitOnBranch":{"commit":{"oid":"` + fake + `"}}}}`
}

// stranger returns a member who owns none of what a digest is about, where the plant
// says that such a one gets it too.
func (l *link) stranger(a accepted) string {
	if l.plant != nextSource || a.to == swg || a.answers != nil {
		return ""
	}
	l.s.World.Lock()
	defer l.s.World.Unlock()
	for _, login := range l.s.World.Organizations[0].Members {
		if len(notOwed(l.s.World, login, a.ids)) == len(a.ids) {
			return login
		}
	}
	return ""
}

// asItSeems changes what a run reads of the ledger, where the plant says so: the
// branch is where it was before, or what lies ahead is now.
func (l *link) asItSeems(answer []byte) []byte {
	switch {
	case l.plant == markerIgnored:
		return oursForm.ReplaceAll(answer, []byte("<!-- somebody's"))
	case l.plant == claimIgnored && l.begin != "":
		return bytes.ReplaceAll(answer, []byte(tip(l.s.World)), []byte(l.begin))
	case l.plant == futureBelieved:
		now := l.s.World.Now()
		return timeForm.ReplaceAllFunc(answer, func(text []byte) []byte {
			if t, err := time.Parse(time.RFC3339Nano, string(text)); err != nil || !t.After(now) {
				return text
			}
			return []byte(now.UTC().Format(time.RFC3339Nano))
		})
	}
	return answer
}

var oursForm = regexp.MustCompile(`(<|\\u003c)!-- advisory-reminders`)

var timeForm = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// tip returns the commit that the ledger's branch is at, or nothing.
func tip(w *sandbox.World) string {
	w.Lock()
	defer w.Unlock()
	return w.Repositories[0].Tip(branchName)
}

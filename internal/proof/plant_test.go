package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// The bugs that can be planted. None is in the program: the traffic is changed
// so that everybody else sees what they would see if it were.
const (
	claimedTooLate = "sent before claimed"               // a run's claims take effect only with its next write
	neverSettled   = "settling skipped"                  // of a run's writes only the claims take effect
	repeatsUnknown = "repeated after an unknown outcome" // what had no answer is sent once more at once
	futureBelieved = "a time of the future believed"     // a run's clock is a year ahead, and what it writes counts
	claimIgnored   = "a claim ignored"                   // a run reads the ledger as it was before the other's claims, and overwrites them
)

var plants = []string{claimedTooLate, neverSettled, repeatsUnknown, futureBelieved, claimIgnored}

// plantMove lets a write of the ledger seem done without an effect, where the
// plant says so. It returns the answer in place of GitHub's, or nothing.
func (l *link) plantMove(r *http.Request, body *[]byte) string {
	l.mu.Lock()
	n := l.count[moveLedger]
	l.mu.Unlock()
	swallow := l.plant == claimedTooLate && n == 1 || l.plant == neverSettled && n > 1
	if l.plant == claimIgnored && r.Method == http.MethodPatch {
		*body = bytes.Replace(*body, []byte(`"force":false`), []byte(`"force":true`), 1)
	}
	if !swallow || l.begin == "" {
		return ""
	}
	if strings.HasSuffix(r.URL.Path, "/graphql") {
		return `{"errors":[{"message":"not now"}]}` // a note in between, for which the program writes the whole
	}
	var ref struct{ SHA string }
	if json.Unmarshal(*body, &ref) != nil {
		return ""
	}
	return fmt.Sprintf(`{"ref":"refs/heads/%s","object":{"type":"commit","sha":"%s"}}`, branchName, ref.SHA)
}

// asItWas lets an answer about the branch name the commit that it was at before,
// where the plant says so.
func (l *link) asItWas(answer []byte) []byte {
	if l.plant != claimIgnored || l.begin == "" {
		return answer
	}
	return bytes.ReplaceAll(answer, []byte(tip(l.s.World)), []byte(l.begin))
}

// tip returns the commit that the ledger's branch is at, or nothing.
func tip(w *sandbox.World) string {
	w.Lock()
	defer w.Unlock()
	return w.Repositories[0].Tip(branchName)
}

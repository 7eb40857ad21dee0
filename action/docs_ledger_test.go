package action_test

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// The commands in docs/operations.md that show who was told of what.
func TestReadingTheLedgerByHand(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("jq is not installed")
	}
	w := newWorld()
	a := draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.must(0, nil)
	repo, _ := advisory.ParseRepository(home)
	branch, err := ledger.NewBranch(transport.Authorized(http.DefaultClient, sandbox.WorkflowToken), b.GitHub.APIURL(), b.GitHub.GraphQLURL(), repo, branchName, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := branch.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = branch.Note(t.Context(), []ledger.Delivered{{
		Delivery:   ledger.Delivery{ID: "1", At: wednesday.AddDate(0, 0, 7), To: reminder.UserRecipient("dora")},
		Advisories: []string{a.ID},
	}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"ledger.json":    "2026-11-18\tuser:cleo\tGHSA-whee-2222-0000\t1\n",
		"delivered.json": "2026-11-25\tuser:dora\tGHSA-whee-2222-0000\n",
	} {
		text, ok := w.Repositories[0].BranchFile(branchName, name)
		command := regexp.MustCompile(`git show FETCH_HEAD:` + regexp.QuoteMeta(name) + ` \| jq -r '([^']+)'`).FindSubmatch(page)
		if command == nil || !ok {
			t.Fatalf("docs/operations.md has no such command for %s, or the branch has no such file (%v)", name, ok)
		}
		cmd := exec.Command(jq, "-r", string(command[1]))
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("%s: %v, %q, want %q", name, err, out, want)
		}
	}
}

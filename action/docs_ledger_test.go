package action_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// The command in docs/operations.md that shows who was told of what.
func TestReadingTheLedgerByHand(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("jq is not installed")
	}
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`git show FETCH_HEAD:ledger\.json \| jq -r '([^']+)'`).FindSubmatch(text)
	if command == nil {
		t.Fatal("docs/operations.md has no such command")
	}
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	path := filepath.Join(t.TempDir(), "ledger.json")
	b.must(0, map[string]string{"INPUT_LEDGER": path, "RUNNER_ENVIRONMENT": "self-hosted"})
	out, err := exec.Command(jq, "-r", string(command[1]), path).CombinedOutput()
	if want := wednesday.Format("2006-01-02") + "\tuser:cleo\tGHSA-whee-2222-0000\t1\n"; err != nil || string(out) != want {
		t.Errorf("%v, %q, want %q", err, out, want)
	}
}

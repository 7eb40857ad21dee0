package notify_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMessages(t *testing.T) {
	tests := []struct {
		file string
		got  string
	}{
		{"digest-one.txt", notify.DigestText(notifytest.One())},
		{"digest-three.txt", notify.DigestText(notifytest.Three())},
		{"digest-team.txt", notify.DigestText(notifytest.Team())},
		{"digest-many.txt", notify.DigestText(notifytest.Many(5))},
		{"digest-hostile.txt", notify.DigestText(notifytest.Hostile())},
		{"preview.txt", preview()},
		{"report-full.txt", notify.ReportText(notifytest.Full())},
		{"report-preview.txt", notify.PreviewReport(notifytest.Full())},
		{"report-heartbeat.txt", notify.ReportText(notifytest.Heartbeat())},
		{"report-routine.txt", notify.ReportText(notifytest.Routine())},
		{"report-full.md", notify.Markdown(notifytest.Full())},
		{"report-hostile.md", notify.Markdown(notifytest.HostileReport())},
		{"report-heartbeat.md", notify.Markdown(notifytest.Heartbeat())},
		{"workflow-full.txt", notify.WorkflowText(notifytest.Full())},
		{"workflow-hostile.txt", notify.WorkflowText(notifytest.HostileReport())},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			golden(t, tt.file, tt.got)
		})
	}
}

func preview() string {
	r := notifytest.Routine()
	r.DryRun = true
	return notify.PreviewDigest(notifytest.One(), "user:ada by email") + notify.ReportText(r)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got; go test -update accepts it):\n%s", path, d)
	}
}

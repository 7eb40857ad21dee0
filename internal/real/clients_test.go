package real

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/real/published"
)

// GitHub's and Slack's own clients find in the sandbox what they expect of the
// real services.
func TestClients(t *testing.T) {
	wanted(t)
	node := tool(t, "node")
	if _, err := os.Stat(filepath.Join("clients", "node_modules")); err != nil {
		lacking(t, "the packages of internal/real/clients are not installed: npm ci --prefix internal/real/clients")
	}
	began := time.Now()
	s := startSandbox(t, "-app", "repository_advisories=write,contents=read,members=read")
	address := s.env["GITHUB_API_URL"]
	if judge, err := published.Load(descriptions); err == nil {
		proxy, err := judge.Proxy(address)
		if err != nil {
			t.Fatal(err)
		}
		defer proxy.Close()
		defer func() {
			for _, d := range proxy.Deviations() {
				t.Error(d)
			}
		}()
		address = proxy.URL
	}
	var versions []string
	checks := 0
	for _, tt := range []struct {
		script string
		env    map[string]string
	}{
		{"github.mjs", map[string]string{
			"GITHUB_API_URL": address, "UNJUDGED_API_URL": s.env["GITHUB_API_URL"], "GITHUB_REPOSITORY": s.env["GITHUB_REPOSITORY"],
			"TOKEN": "sandbox-owner-token", "APP_TOKEN": s.env["INPUT_TOKEN"], "WORKFLOW_TOKEN": s.env["INPUT_LEDGER-TOKEN"],
		}},
		{"slack.mjs", map[string]string{
			"SLACK_API_URL": s.env["INPUT_SLACK-API-URL"], "SLACK_TOKEN": s.env["INPUT_SLACK-TOKEN"],
			"SLACK_CHANNEL": s.env["INPUT_SLACK-CHANNEL"], "SOMEBODY": "amara@campus.example.org",
		}},
	} {
		t.Run(tt.script, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			cmd := exec.CommandContext(ctx, node, tt.script)
			cmd.Dir = "clients"
			cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
			for k, v := range tt.env {
				cmd.Env = append(cmd.Env, k+"="+v)
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			text, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr.String())
			}
			var found struct {
				Versions string
				Checks   int
				Faults   []string
			}
			if err := json.Unmarshal(text, &found); err != nil {
				t.Fatal(err)
			}
			for _, fault := range found.Faults {
				t.Error(fault)
			}
			versions = append(versions, found.Versions)
			checks += found.Checks
		})
	}
	// What Slack's client has posted is what the sandbox has received.
	var texts []string
	for _, line := range s.inbox(t, "messages") {
		texts = append(texts, line[strings.LastIndex(line, "\t")+1:])
	}
	want := []string{"The text", "An answer", "To one alone", "Message 1", "Message 2", "Message 3", "Message 4"}
	if !slices.Equal(texts, want) {
		t.Errorf("the messages %q arrived, want %q", texts, want)
	}
	figure("%s: %d checks of the sandbox, %.0f s", strings.Join(versions, ", "), checks, time.Since(began).Seconds())
}

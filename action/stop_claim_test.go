package action_test

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// A run that is told to stop while its claims are written lets go of them: the next
// one need not wait until they end.
func TestToldToStopWhileItClaims(t *testing.T) {
	w := newWorld()
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.must(0, map[string]string{"INPUT_SEVERITIES": "low"})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var n atomic.Int32
	b.fault(func(r *http.Request) http.Handler {
		if strings.Contains(body(r), "createCommitOnBranch") && n.Add(1) == 1 {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b.GitHub.Healthy().ServeHTTP(w, r.WithContext(context.Background()))
				stop()
			})
		}
		return nil
	})
	env := b.Env()
	maps.Copy(env, map[string]string{"GITHUB_RUN_ID": "2", "GITHUB_WORKSPACE": t.TempDir()})
	var out, errs bytes.Buffer
	status := action.Main(ctx, action.Process{Getenv: func(k string) string { return env[k] }, Stdout: &out, Stderr: &errs,
		Now: func() time.Time { return b.now }, Patience: transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: time.Second},
		Wait: func(ctx context.Context, d time.Duration) error { return ctx.Err() }})
	if status != 1 || n.Load() < 1 || len(b.Mail.Mails()) > 0 {
		t.Fatalf("exit status %d after %d writes, %d mails", status, n.Load(), len(b.Mail.Mails()))
	}
	b.fault(nil)
	b.now = b.now.Add(time.Minute)
	r := b.must(0, map[string]string{"GITHUB_RUN_ID": "3"})
	if len(r.mails) != 1 {
		t.Errorf("%d mails: %s", len(r.mails), r.stdout)
	}
}

// Being told to stop is no mistake in the inputs, whatever was asked just then, and it is
// said in these words.
func TestToldToStopIsNoMistake(t *testing.T) {
	for nth := int32(1); ; nth++ {
		w := newWorld()
		draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
		w.Tokens[sandbox.WorkflowToken].Issues = []string{home}
		b := newBench(t, w)
		ctx, stop := context.WithCancel(t.Context())
		var n atomic.Int32
		count := func(*http.Request) http.Handler {
			if n.Add(1) == nth {
				stop()
			}
			return nil
		}
		b.fault(count)
		b.Slack.Break(func(_ string, r *http.Request) http.Handler { return count(r) })
		env := b.Env()
		maps.Copy(env, map[string]string{"INPUT_REPORT-ISSUE": "true", "GITHUB_WORKSPACE": t.TempDir()})
		var out bytes.Buffer
		status := action.Main(ctx, action.Process{Getenv: func(k string) string { return env[k] }, Stdout: &out, Stderr: &out,
			Now: func() time.Time { return b.now }, Patience: transport.Options{Retries: 2, MinWait: time.Millisecond, MaxWait: time.Second},
			Wait: func(ctx context.Context, d time.Duration) error { return ctx.Err() }})
		stop()
		if status == action.ExitUsage || status != 0 && !strings.Contains(out.String(), "told to stop") && !strings.Contains(out.String(), "Details are withheld because this log is public; there is no report") {
			t.Errorf("told to stop at request %d: exit status %d\n%s", nth, status, out.String())
		}
		if n.Load() < nth {
			return
		}
	}
}

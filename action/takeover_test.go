package action_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// held starts a process whose mails get no answer, from number n on, before
// carryOn is called. It returns once that mail is there.
func (c *crowd) held(n, run, attempt int, change ...string) (finishIt func() (int, string), carryOn func()) {
	var count atomic.Int32 // mails come side by side
	var first, last sync.Once
	arrived, answer := make(chan bool), make(chan bool)
	c.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
		if at == sandbox.MailAtData && count.Add(1) >= int32(n) {
			first.Do(func() { close(arrived) })
			<-answer
		}
		return sandbox.MailAnswer{}
	})
	cmd := c.start(run, attempt, change...)
	<-arrived
	return func() (int, string) { status := finish(cmd); return status, fmt.Sprint(cmd.Stdout) },
		func() { last.Do(func() { close(answer) }) }
}

// lanes is how many digests may be under way at once.
const lanes = 6

// A re-run takes over from an attempt that hangs. When that wakes up, it sends no
// more than it can before its next write is done, by which it learns of the other:
// the 20 after which it writes, 20 meanwhile, and those under way.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	const people, most = 80, 2*20 + lanes
	c := newCrowdOf(t, "branch", people)
	finishFirst, carryOn := c.held(2, 1, 1)
	defer carryOn()
	// One mail of the first attempt was accepted, and its server answers no other
	// one. The second attempt delivers everything, over a server of its own.
	other, err := sandbox.StartMail(c.World.Now, sandbox.MailOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if status := finish(c.start(1, 2, "INPUT_SMTP-PORT", fmt.Sprint(other.Port))); status != 0 {
		t.Fatalf("the second attempt ends with %d", status)
	}
	told := make(map[string]bool)
	for _, m := range append(c.Mail.Mails(), other.Mails()...) {
		told[m.To[0]] = true
	}
	if len(told) != people {
		t.Errorf("%d people were told by both attempts, want all %d", len(told), people)
	}
	carryOn()
	finishFirst()
	if n := len(c.Mail.Mails()); n > most {
		t.Errorf("the first attempt sent %d digests, want %d at most", n, most)
	}
	reports := 0
	for _, m := range c.Slack.Messages() {
		if m.ChannelName == sandbox.ReportChannel && m.ThreadTS == "" {
			reports++
		}
	}
	if reports != 1 {
		t.Errorf("%d reports, want 1", reports)
	}
}

// A severity that changes while a run is at work changes the cadence, but not
// that the reminder is in another run's hands.
func TestSeverityChangesMeanwhile(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "branch")
	finishFirst, carryOn := c.held(1, 1, 1)
	c.World.Lock()
	for _, a := range c.World.Advisories {
		a.Severity = "high"
	}
	c.World.Unlock()
	if status := finish(c.start(2, 1)); status != 0 {
		t.Errorf("the second run ends with %d", status)
	}
	carryOn()
	if status, out := finishFirst(); status != 0 {
		t.Errorf("the first run ends with %d:\n%s", status, out)
	}
	if lost, twice := c.count(0); lost+twice > 0 {
		t.Errorf("lost %d, twice %d", lost, twice)
	}
}

// The jobs of a matrix share run, job and attempt, and are two runs all the
// same.
func TestMatrixJobs(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "branch")
	finishFirst, carryOn := c.held(1, 1, 1)
	if status := finish(c.start(1, 1)); status != 0 {
		t.Errorf("the second job ends with %d", status)
	}
	carryOn()
	if status, out := finishFirst(); status != 0 {
		t.Errorf("the first job ends with %d:\n%s", status, out)
	}
	if lost, twice := c.count(0); lost+twice > 0 {
		t.Errorf("lost %d, twice %d", lost, twice)
	}
}

// Told to stop, a run ends within seven seconds even if the mail server and
// GitHub both hang.
func TestStopWhileEverythingHangs(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "branch")
	finishIt, carryOn := c.held(3, 1, 1)
	defer carryOn()
	hang := make(chan bool)
	defer close(hang)
	c.fault(func(*http.Request) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang })
	})
	if err := c.last.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(7*time.Second, func() { _ = c.last.Process.Kill() })
	defer timer.Stop()
	if status, out := finishIt(); status != 1 {
		t.Errorf("exit status %d, want 1 by itself within seven seconds:\n%s", status, out)
	}
	c.fault(nil)
}

// A refused digest that no report tells of is a failure, and counts as one.
func TestRefusedAndUnsaid(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	b.Mail.Break(sandbox.MailRefuse(550, "cleo@example.org"))
	b.Slack.RevokeToken(sandbox.SlackToken)
	mailOnly := map[string]string{"INPUT_CONFIG-TEXT": "channels: [email]"}
	r := b.must(1, mailOnly)
	if r.outputs["digests-failed"] != "1" || !strings.Contains(r.stdout, "user:cleo") {
		t.Errorf("outputs %v, log:\n%s", r.outputs, r.stdout)
	}
	b.Slack.AddToken(sandbox.SlackToken, "chat:write", "groups:read", "channels:read", "users:read.email")
	if r := b.must(0, mailOnly); !strings.Contains(r.reports(), "user:cleo can't be reached") || r.outputs["digests-failed"] != "0" {
		t.Errorf("outputs %v, the next report:\n%s", r.outputs, r.reports())
	}
	if r := b.must(0, mailOnly); len(r.mails)+len(r.slack) != 0 {
		t.Errorf("%d mails and %d messages a third time", len(r.mails), len(r.slack))
	}
}

package action_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A signal is closed once. Waiting for it ends with the test's patience, so
// that a program that waits for us fails and does not hang.
type signal struct {
	once sync.Once
	c    chan struct{}
}

func newSignal() *signal { return &signal{c: make(chan struct{})} }

func (s *signal) give() { s.once.Do(func() { close(s.c) }) }

func (s *signal) wait(t *testing.T, what string) {
	select {
	case <-s.c:
	case <-time.After(20 * time.Second):
		t.Errorf("the run waits for something before %s", what)
	}
}

// While the second page of drafts is on its way, the ledger is read, the
// repositories of the first page are asked about, and Slack for its channel.
func TestOverlap(t *testing.T) {
	w := newWorld()
	for i := range 60 {
		name := fmt.Sprintf("r%02d", i)
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: name, Files: catalog("user:cleo")})
		draft(w, name, "critical", wednesday.AddDate(0, 0, -30-i))
		draft(w, name, "critical", wednesday.AddDate(0, 0, -100-i))
	}
	b := newBench(t, w)
	ledger, repositories, channel := newSignal(), newSignal(), newSignal()
	b.fault(func(r *http.Request) http.Handler {
		switch {
		case strings.HasSuffix(r.URL.Path, "/graphql"):
			repositories.give()
		case strings.Contains(r.URL.Path, branchPath):
			ledger.give()
		case r.URL.Query().Get("after") != "":
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ledger.wait(t, "it reads the ledger")
				repositories.wait(t, "it asks about repositories")
				channel.wait(t, "it asks Slack for its channel")
				b.GitHub.Healthy().ServeHTTP(w, r)
			})
		}
		return nil
	})
	b.Slack.Break(func(method string, _ *http.Request) http.Handler {
		if strings.HasPrefix(method, "conversations.") {
			channel.give()
		}
		return nil
	})
	if r := b.must(0, nil); len(r.mails) != 1 || len(ids(r.mails[0].Text)) != 120 {
		t.Errorf("%d mails, want one with 120 advisories", len(r.mails))
	}
}

// A digest does not wait for the one before it, over mail and over Slack, and
// the report lists them in their order all the same.
func TestDeliveriesSideBySide(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"email", "slack"} {
		t.Run(channel, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			draft(w, "wheel", "high", wednesday.AddDate(0, 0, -60))
			b := newBench(t, w)
			var mu sync.Mutex
			n, third := 0, newSignal()
			meet := func() { // three digests have to be on their way at once
				mu.Lock()
				if n++; n == 3 {
					third.give()
				}
				mu.Unlock()
				third.wait(t, "the third digest leaves")
			}
			b.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == sandbox.MailAtData {
					meet()
				}
				return sandbox.MailAnswer{}
			})
			b.Slack.Break(func(method string, r *http.Request) http.Handler {
				if method == "chat.postMessage" && channel == "slack" && r.FormValue("channel") != "C0SECURITY" && r.FormValue("thread_ts") == "" {
					meet()
				}
				return nil
			})
			r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "channels: [" + channel + "]"})
			if n != 3 || r.outputs["digests-sent"] != "3" {
				t.Errorf("%d met, outputs %v", n, r.outputs)
			}
			text := r.reports()
			ann, bob, cleo := strings.Index(text, "user:ann"), strings.Index(text, "user:bob"), strings.Index(text, "user:cleo")
			if ann < 0 || ann > bob || bob > cleo {
				t.Errorf("the report is out of order (%d, %d, %d):\n%s", ann, bob, cleo, text)
			}
		})
	}
}

// A ledger that can't be read ends the run at once, however many pages of drafts
// there still are, and is what the run says.
func TestUnreadableLedgerEndsTheList(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for i := range 120 {
		draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30-i))
	}
	b := newBench(t, w)
	b.must(0, nil)
	second, gone := newSignal(), newSignal()
	b.fault(func(r *http.Request) http.Handler {
		switch {
		case strings.Contains(r.URL.Path, branchPath):
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				second.wait(t, "the second page is asked for")
				w.WriteHeader(http.StatusForbidden)
			})
		case r.URL.Query().Get("after") != "":
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				second.give()
				select {
				case <-r.Context().Done():
					gone.give()
				case <-time.After(20 * time.Second):
				}
			})
		}
		return nil
	})
	b.now = b.now.AddDate(0, 0, 7)
	if r := b.must(1, nil); !strings.Contains(r.stdout, "read the ledger") || len(r.mails) > 0 {
		t.Errorf("%d mails, and\n%s", len(r.mails), r.stdout)
	}
	gone.wait(t, "it gives up the list")
}

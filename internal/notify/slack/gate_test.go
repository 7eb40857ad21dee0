package slack

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/transport"
)

func TestGate(t *testing.T) {
	tests := []struct {
		name        string
		shut, until time.Duration // until: the context's deadline; 0 is none
		waits       bool
		detail      string
	}{
		{name: "open"},
		{name: "over", shut: -time.Second},
		{name: "for a moment", shut: time.Minute, waits: true},
		{name: "just within patience", shut: patience - time.Second, waits: true},
		{name: "for too long", shut: patience + time.Second, detail: "Slack asks to wait"},
		{name: "for an hour, with two", shut: time.Hour, until: 2 * time.Hour, waits: true},
		{name: "for an hour, with half of it", shut: time.Hour, until: 30 * time.Minute, detail: "Slack asks to wait"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var slept time.Duration
			g := &gate{}
			g.sleep = func(_ context.Context, d time.Duration) error {
				slept = d
				g.mu.Lock()
				defer g.mu.Unlock()
				g.until = time.Time{}
				return nil
			}
			g.shut(tt.shut)
			g.shut(tt.shut / 2) // the longer one holds
			ctx := t.Context()
			if tt.until > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.until)
				defer cancel()
			}
			detail := ""
			if f := g.pass(ctx); f != nil {
				detail = f.Detail
			}
			if detail != tt.detail || (slept > 0) != tt.waits || slept > max(0, tt.shut) || tt.waits && slept < tt.shut-time.Second {
				t.Errorf("slept %v, %q; want %v %v, %q", slept, detail, tt.waits, tt.shut, tt.detail)
			}
		})
	}
	g := &gate{sleep: notify.Wait}
	g.shut(time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if f := g.pass(ctx); f == nil || f.Outcome != notify.Temporary {
		t.Errorf("after the end: %v", f)
	}
}

// What Slack asks one call is asked of all.
func TestAllCallsWait(t *testing.T) {
	for name, client := range map[string]*http.Client{
		"the program's client": transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond}),
		"a plain client":       {},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusTooManyRequests)
			}))
			defer server.Close()
			c := New(Config{Token: "xoxb", APIURL: server.URL, HTTP: client, Pace: time.Nanosecond})
			if err := c.Digest(t.Context(), "U012AB3CD", notifytest.One()); err == nil {
				t.Fatal("the limit is no error")
			}
			others := []func() error{
				func() error { return c.Digest(t.Context(), "U112AB3CD", notifytest.One()) },
				func() error { return c.Report(t.Context(), "C012AB3CD", notifytest.Full()) },
				func() error { _, err := c.Lookup(t.Context(), "ada@example.org"); return err },
				func() error { _, err := c.Channel(t.Context(), "C012AB3CD"); return err },
				func() error { _, err := c.Channel(t.Context(), "security"); return err },
			}
			for i, call := range others {
				f, ok := call().(*notify.Failure)
				if !ok || f.Outcome != notify.Temporary || f.Detail != "Slack asks to wait" {
					t.Errorf("call %d: %v", i, f)
				}
			}
			if n := calls.Load(); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
}

// A message that is held up takes its slot of the pace when it may go, not
// before: whatever waits for one channel keeps its distance then.
func TestHeldUpMessagesKeepTheirDistance(t *testing.T) {
	var events []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		events = append(events, "post")
		fmt.Fprint(w, `{"ok":true,"channel":"C012AB3CD","ts":"1.1"}`)
	}))
	defer server.Close()
	c := New(Config{Token: "xoxb", APIURL: server.URL, Pace: time.Hour})
	c.gate.sleep = func(context.Context, time.Duration) error {
		events = append(events, fmt.Sprintf("gate, %d slots taken", len(c.pace.next)))
		c.gate.mu.Lock()
		defer c.gate.mu.Unlock()
		c.gate.until = time.Time{}
		return nil
	}
	c.pace.sleep = func(_ context.Context, d time.Duration) error {
		events = append(events, fmt.Sprintf("slot in %.0f h", d.Hours()))
		if d < 90*time.Minute {
			c.gate.shut(time.Minute) // meanwhile
		}
		return nil
	}
	c.gate.shut(time.Minute)
	for range 2 {
		if err := c.Report(t.Context(), "C012AB3CD", notifytest.Heartbeat()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"gate, 0 slots taken", "post", "slot in 1 h", "gate, 1 slots taken", "slot in 2 h", "post"}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
}

// A call that waits in the HTTP client holds up those that come after it.
func TestCallsWaitForTheOneThatWaits(t *testing.T) {
	var first, early atomic.Bool
	limited := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !first.Swap(true) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		select {
		case <-limited:
		default:
			early.Store(true) // before anybody has waited
		}
		fmt.Fprint(w, `{"ok":true,"channel":"D1","ts":"1.1"}`)
	}))
	defer server.Close()
	c := New(Config{Token: "xoxb", APIURL: server.URL, HTTP: transport.New(transport.Options{Retries: 1}), Pace: time.Nanosecond})
	waits := make(chan time.Duration, 1)
	c.gate.sleep = func(_ context.Context, d time.Duration) error {
		waits <- d
		close(limited)
		return notify.Wait(t.Context(), d)
	}
	one := make(chan error)
	go func() { one <- c.Digest(t.Context(), "U012AB3CD", notifytest.One()) }()
	for end := time.Now().Add(20 * time.Second); c.gate.left() <= 0 && time.Now().Before(end); { // until the limit has been met
		time.Sleep(time.Millisecond)
	}
	if err := c.Digest(t.Context(), "U112AB3CD", notifytest.One()); err != nil {
		t.Error(err)
	}
	if err := <-one; err != nil {
		t.Error(err)
	}
	if len(waits) != 1 || early.Load() {
		t.Errorf("%d waits, early %v; want the second call to wait", len(waits), early.Load())
	}
}

// Messages to different people, look-ups and channels go side by side: none is
// answered before all are asked.
func TestSideBySide(t *testing.T) {
	const all = 12
	var there atomic.Int32
	together := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if there.Add(1) == all {
			close(together)
		}
		select {
		case <-together:
		case <-time.After(20 * time.Second):
		}
		if strings.HasSuffix(r.URL.Path, "chat.postMessage") {
			fmt.Fprint(w, `{"ok":true,"channel":"D1","ts":"1.1"}`)
			return
		}
		fmt.Fprint(w, `{"ok":true,"channel":{"id":"C012AB3CD"},"user":{"id":"U1"}}`)
	}))
	defer server.Close()
	c := New(Config{Token: "xoxb", APIURL: server.URL, Pace: time.Hour})
	var calls sync.WaitGroup
	for i := range all {
		calls.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				_, err = c.Lookup(t.Context(), fmt.Sprintf("p%d@example.org", i))
			case 1:
				_, err = c.Channel(t.Context(), fmt.Sprintf("C%05dABC", i))
			case 2:
				err = c.Report(t.Context(), fmt.Sprintf("U%05dABC", i), notifytest.Heartbeat())
			}
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	calls.Wait()
	select {
	case <-together:
	default:
		t.Errorf("only %d of %d calls came together", there.Load(), all)
	}
}

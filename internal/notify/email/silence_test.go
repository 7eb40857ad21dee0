package email_test

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

// mute starts a server that says each of some lines in answer to one, and then
// nothing any more. It returns how many connections were made.
func mute(t *testing.T, answers ...string) (port int, connections *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	connections = new(atomic.Int32)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go func() {
				defer conn.Close()
				line := make([]byte, 1000)
				for i, a := range answers {
					if i > 0 {
						if _, err := conn.Read(line); err != nil {
							return
						}
					}
					io.WriteString(conn, a+"\r\n")
				}
				io.Copy(io.Discard, conn)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, connections
}

// A server that takes all its time and says nothing is asked twice in a run,
// whatever is to be sent and however often the run begins anew: three tries of
// everything would be minutes. What is said of the others is what happened.
func TestSilentServerIsAskedTwice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		security       email.Security
		answers        []string
		detail, advice string
	}{
		{"at the greeting", email.None, nil, "the server did not greet us in time", "check smtp-server, smtp-port and smtp-security"},
		{"at the greeting, and no TLS either", email.StartTLS, nil, "the server did not greet us in time", "check smtp-server, smtp-port and smtp-security"},
		{"at TLS", email.TLS, nil, "the server did not begin TLS in time", "check smtp-server, smtp-port and smtp-security"},
		{"at the recipient", email.None, []string{"220 hello", "250 hello", "250 ok"},
			"the server did not answer to RCPT TO in time", "the server is too slow, or stuck: its log says why"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			port, connections := mute(t, tt.answers...)
			c := config(port)
			c.Security, c.Timeout = tt.security, time.Second
			m := email.New(c)
			send := func() {
				f := outcome(t, m.Digest(t.Context(), to, notifytest.One()))
				if f.Outcome != notify.Temporary || f.Detail != tt.detail || f.Advice != tt.advice {
					t.Errorf("got %d %q, %q", f.Outcome, f.Detail, f.Advice)
				}
			}
			for range 2 {
				for range 5 {
					send()
				}
				m.Again()
			}
			asked := connections.Load()
			if most := map[email.Security]int32{email.None: 2, email.TLS: 2, email.StartTLS: 4}[tt.security]; asked > most {
				t.Errorf("%d connections for the digests, want at most %d", asked, most)
			}
			f := outcome(t, m.Report(t.Context(), to, notifytest.Full()))
			if f.Outcome != notify.Temporary || f.Detail != tt.detail {
				t.Errorf("the report: got %d %q", f.Outcome, f.Detail)
			}
			if n := connections.Load() - asked; n > 2 {
				t.Errorf("%d connections for the report, want one attempt", n)
			}
		})
	}
}

// The server has its time for each step, and not for all of them together, so one
// that is slow at each gets everything delivered.
func TestTimeIsForEachStep(t *testing.T) {
	t.Parallel()
	const timeout = 2 * time.Second
	s := serve(t, nil, false)
	s.stall = func(string) { time.Sleep(timeout * 6 / 10) }
	c := config(s.port)
	c.Timeout = timeout
	m := email.New(c)
	defer m.Close()
	if err := m.Digest(t.Context(), to, notifytest.One()); err != nil {
		t.Error(err)
	}
}

// endless starts a server that answers line by line, and to one of the lines with
// a text that it repeats until the client hangs up. It returns how much that was.
func endless(t *testing.T, text string, answers ...string) (port int, sent *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	sent = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				b := make([]byte, 64<<10)
				for _, a := range answers {
					io.WriteString(conn, a+"\r\n")
					for n := 0; n == 0 || strings.HasPrefix(a, "354") && !bytes.HasSuffix(b[:n], []byte("\r\n.\r\n")); {
						if n, err = conn.Read(b); err != nil {
							return
						}
					}
				}
				long := bytes.Repeat([]byte(text), 64<<10/len(text))
				for sent.Load() < 64<<20 {
					n, err := conn.Write(long)
					sent.Add(int64(n))
					if err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, sent
}

// However much a server says, in one line or in many, a bounded part of it is read.
func TestEndlessAnswers(t *testing.T) {
	all := []string{"220 hello", "250 hello", "250 ok", "250 ok", "354 go"}
	for _, tt := range []struct {
		name    string
		answers int // that come before
		outcome notify.Outcome
		detail  string
	}{
		{"the greeting", 0, notify.ChannelRefused, "the server's answer to EHLO has no end"},
		{"EHLO", 1, notify.ChannelRefused, "the server's answer to EHLO has no end"},
		{"MAIL FROM", 2, notify.Temporary, "the server's answer to MAIL FROM has no end"},
		{"RCPT TO", 3, notify.Temporary, "the server's answer to RCPT TO has no end"},
		{"the message", 5, notify.Unknown, "the server's answer to the message has no end"},
	} {
		for form, text := range map[string]string{"one line": "250 quoted ", "many lines": "250-quoted\r\n"} {
			t.Run(tt.name+", "+form, func(t *testing.T) {
				if tt.answers == 0 {
					text = strings.ReplaceAll(text, "250", "220")
				}
				port, sent := endless(t, text, all[:tt.answers]...)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				f := outcome(t, email.New(config(port)).Digest(t.Context(), to, notifytest.One()))
				runtime.ReadMemStats(&after)
				if f.Outcome != tt.outcome || f.Detail != tt.detail {
					t.Errorf("got %d %q", f.Outcome, f.Detail)
				}
				// What the system keeps between the two is a few MiB.
				if n := sent.Load(); n > 32<<20 {
					t.Errorf("the server could say %d MiB", n>>20)
				}
				if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
					t.Errorf("%d MiB were allocated", n>>20)
				}
			})
		}
	}
}

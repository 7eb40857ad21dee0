package owner_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/sandbox/graphfault"
)

// An answer that says nothing is no answer: what was asked is asked again, down
// to the one thing that can't be answered. Whom that leaves unknown waits, at
// whatever address, and nobody else does; the next source of owners, the next
// address and the working group are not taken in their place.
func TestUnanswered(t *testing.T) {
	for _, kind := range graphfault.Kinds {
		crowds := 0
		if kind == graphfault.Pages {
			crowds = 3
		}
		h := newHouse(t, crowds, 0)
		for _, form := range graphfault.Forms {
			if form.Denied || form.Limited {
				continue
			}
			for _, alone := range []bool{false, true} {
				for _, often := range []string{"once", "for good"} {
					about := "all"
					if alone {
						about = victims[kind]
					}
					t.Run(fmt.Sprintf("%s/%s/%s/%s", kind, form.Name, about, often), func(t *testing.T) {
						b := &graphfault.Break{Form: form, Hit: func(q graphfault.Question) bool {
							return q.Kind == kind && (!alone || q.About == victims[kind])
						}}
						want := h.unknown(kind, alone)
						if often == "once" {
							b.Most, want = 1, h.clean()
						}
						got, result := h.ask(t, b)
						if b.Met() == 0 {
							t.Fatal("nobody asks that")
						}
						if diff := cmp.Diff(want, got); diff != "" {
							t.Errorf("who is told of what (-want +got):\n%s", diff)
						}
						if often == "once" && len(result.Failures) > 0 || often == "for good" && len(result.Failures) == 0 {
							t.Errorf("%s, failures %q", often, result.Failures)
						}
						if len(result.Refused) > 0 || result.Blind {
							t.Errorf("it counts as a refusal: %q, blind: %v", result.Refused, result.Blind)
						}
						if text := fmt.Sprintf("%+v", result); strings.Contains(text, "SECRET") || strings.Contains(text, "127.0.0.1") {
							t.Errorf("the result quotes an answer or an address: %s", text)
						}
						if n := len(h.Requests()); n > 400 {
							t.Errorf("%d requests", n)
						}
					})
				}
			}
		}
	}
}

// A rate limit is waited for, whichever way it is told. One that lasts longer than
// that is no refusal, and nothing is asked again in halves: it is about the one who
// asks.
func TestRateLimits(t *testing.T) {
	h := newHouse(t, 1, 0)
	want, _ := h.ask(t, &graphfault.Break{Hit: func(graphfault.Question) bool { return false }})
	if diff := cmp.Diff(h.clean(), want); diff != "" {
		t.Fatalf("who is told of what (-want +got):\n%s", diff)
	}
	requests := len(h.Requests())
	for _, kind := range graphfault.Kinds {
		for _, form := range graphfault.Forms {
			if !form.Limited {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s/once", kind, form.Name), func(t *testing.T) {
				b := &graphfault.Break{Form: form.WithHeader("Retry-After", "0"), Most: 1,
					Hit: func(q graphfault.Question) bool { return q.Kind == kind }}
				got, result := h.ask(t, b)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("who is told of what (-want +got):\n%s", diff)
				}
				if len(result.Refused) > 0 || result.Blind || len(result.Failures) > 0 {
					t.Errorf("refused %q, blind %v, failures %q", result.Refused, result.Blind, result.Failures)
				}
				if n := len(h.Requests()); n != requests+1 {
					t.Errorf("%d requests, want %d", n, requests+1)
				}
			})
			t.Run(fmt.Sprintf("%s/%s/for an hour", kind, form.Name), func(t *testing.T) {
				limited := false // from the first question of the kind on
				b := &graphfault.Break{Form: form.WithHeader("Retry-After", "3600"), Hit: func(q graphfault.Question) bool {
					limited = limited || q.Kind == kind
					return limited && q.Kind != ""
				}}
				got, result := h.ask(t, b)
				waiting := 0
				for repo, parties := range got {
					for i, p := range strings.Split(parties, ", ") {
						switch clean := strings.Split(want[repo], ", "); {
						case strings.HasSuffix(p, "waits"):
							waiting++
						case i >= len(clean) || p != clean[i]:
							t.Errorf("%s: %s, want %q or nobody for now", repo, p, want[repo])
						}
					}
				}
				if waiting == 0 || len(result.Failures) == 0 || len(result.Refused) > 0 || result.Blind {
					t.Errorf("%d wait, failures %q, refused %q, blind %v", waiting, result.Failures, result.Refused, result.Blind)
				}
				if n := len(h.Requests()); n > requests {
					t.Errorf("%d requests, want no more than %d", n, requests)
				}
			})
		}
	}
}

// What is refused is a no: the run goes on without the addresses that the token
// can't ask for, and one person who can't be asked about is that person's
// matter.
func TestRefusedIsANo(t *testing.T) {
	h := newHouse(t, 0, 0)
	for _, form := range graphfault.Forms {
		if !form.Denied {
			continue
		}
		for _, kind := range []graphfault.Kind{graphfault.Verified, graphfault.Public} {
			t.Run(fmt.Sprintf("%s/%s", kind, form.Name), func(t *testing.T) {
				b := &graphfault.Break{Form: form, Hit: func(q graphfault.Question) bool {
					return q.Kind == kind && (!form.Partly || q.About == victims[kind])
				}}
				want := h.clean()
				for repo, who := range want {
					parties := strings.Split(who, ", ")
					for i, p := range parties {
						login, address, _ := strings.Cut(p, " ")
						switch {
						case form.Partly && login != victims[kind]:
						case kind == graphfault.Verified:
							address = login + "@public.example"
						case strings.HasSuffix(address, "@public.example"):
							address = "no address"
						}
						parties[i] = login + " " + address
					}
					want[repo] = strings.Join(parties, ", ")
				}
				got, result := h.ask(t, b)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("who is told of what (-want +got):\n%s", diff)
				}
				if len(result.Failures) > 0 {
					t.Errorf("failures %q", result.Failures)
				}
				if named := slices.ContainsFunc(result.Refused, func(s string) bool {
					return strings.HasPrefix(s, strings.Fields(string(kind))[0])
				}); named == form.Partly {
					t.Errorf("refused: %q", result.Refused)
				}
			})
		}
	}
}

// Owners who are refused don't wait: they are the working group's, with the reason,
// and the next source is not taken in their place.
func TestRefusedOwners(t *testing.T) {
	h := newHouse(t, 0, 0)
	for _, form := range graphfault.Forms {
		if !form.Denied {
			continue
		}
		for _, kind := range []graphfault.Kind{graphfault.Files, graphfault.Teams, graphfault.People} {
			t.Run(fmt.Sprintf("%s/%s", kind, form.Name), func(t *testing.T) {
				want := h.unknown(kind, form.Partly)
				got, result := h.ask(t, &graphfault.Break{Form: form, Hit: func(q graphfault.Question) bool {
					return q.Kind == kind && (!form.Partly || q.About == victims[kind])
				}})
				for repo, who := range got {
					if nobody := strings.HasPrefix(who, "nobody: "); nobody != (want[repo] == "waits") || !nobody && who != want[repo] {
						t.Errorf("%s: %s", repo, who)
					}
				}
				if len(result.Failures) > 0 || len(result.RefusedOwners()) == 0 || result.Blind != (kind == graphfault.Teams && !form.Partly) {
					t.Errorf("blind %v, failures %q, refused %q", result.Blind, result.Failures, result.RefusedOwners())
				}
			})
		}
	}
}

// Where nothing at all is answered, GitHub is out of order, and not one of the
// things that it was asked for: it is left in peace.
func TestAllUnanswered(t *testing.T) {
	h := newHouse(t, 0, 300)
	for _, form := range graphfault.Forms {
		if form.Denied || form.Limited {
			continue
		}
		t.Run(form.Name, func(t *testing.T) {
			b := &graphfault.Break{Form: form, Hit: func(q graphfault.Question) bool { return q.Kind != "" }}
			got, _ := h.ask(t, b)
			for id, parties := range got {
				if parties != "waits" {
					t.Fatalf("%s: %s", id, parties)
				}
			}
			if n := len(h.Requests()); n > 400 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// However many things can't be answered, the others are told as long as GitHub answers
// in between.
func TestManyUnanswered(t *testing.T) {
	h := newHouse(t, 0, 35) // of which each other one breaks what it is asked with, 17 in all
	broken := func(repo string) bool {
		var n int
		_, err := fmt.Sscanf(repo, "acme/more-%d", &n)
		return err == nil && n%2 == 1
	}
	want := h.clean()
	for _, d := range h.drafts {
		if broken(d.ID) {
			want[d.ID] = "waits"
		} else if strings.HasPrefix(d.ID, "acme/more-") {
			want[d.ID] = want["acme/person-00"]
		}
	}
	for _, form := range graphfault.Forms {
		if form.Name != "timeout, data null" {
			continue
		}
		got, result := h.ask(t, &graphfault.Break{Form: form, Hit: func(q graphfault.Question) bool { return q.Kind == graphfault.Files && broken(q.About) }})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("who is told of what (-want +got):\n%s", diff)
		}
		if len(result.Failures) != 17 {
			t.Errorf("failures %q", result.Failures)
		}
	}
}

// A deadline is a context whose time is up when the test says so.
type deadline struct {
	context.Context
	up chan struct{}
}

func (d deadline) Done() <-chan struct{} { return d.up }

func (d deadline) Err() error {
	select {
	case <-d.up:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// What is not answered by the time that there is can't be known now, and what was
// answered counts. Whoever stops asking gets an error.
func TestTimeIsUp(t *testing.T) {
	h := newHouse(t, 0, 0)
	for _, tt := range []struct {
		kind graphfault.Kind
		want map[string]string
	}{
		{graphfault.Files, h.unknown(graphfault.Files, false)},
		{graphfault.Verified, h.unknown(graphfault.Verified, false)},
	} {
		up, over := deadline{t.Context(), make(chan struct{})}, sync.Once{}
		h.fault(func(r *http.Request) http.Handler {
			for _, q := range graphfault.Questions(r) {
				if q.Kind == tt.kind {
					return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						over.Do(func() { close(up.up) })
						<-r.Context().Done()
					})
				}
			}
			return nil
		})
		got, result := h.told(up, t)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.kind, diff)
		}
		if text := strings.Join(result.Failures, "\n"); !strings.Contains(text, "no answer in time") {
			t.Errorf("%s: failures %q", tt.kind, text)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := h.client.Begin(stopped, owner.Request{Organization: "acme"}).Result(h.drafts); !errors.Is(err, context.Canceled) {
		t.Errorf("an inquiry that was stopped ends with %v", err)
	}
}

// A question about many things that fails is not asked again as it was, which takes
// a minute where GitHub takes its time: its halves are asked, and the one that can't
// be answered is found before the time is up.
func TestHalvesAtOnce(t *testing.T) {
	h := newHouse(t, 0, 0)
	for _, form := range graphfault.Forms {
		if form.Name != "502" && form.Name != "hung up" {
			continue
		}
		b := &graphfault.Break{Form: form, Hit: func(q graphfault.Question) bool { return q.About == victims[graphfault.Files] }}
		spoil := b.Fault(h.GitHub)
		asked := make(map[string]int) // several things at once, by all that is asked
		alone := 0
		h.fault(func(r *http.Request) http.Handler {
			if list := graphfault.Questions(r); len(list) > 2 || len(list) == 2 && list[1].Kind != "" {
				asked[fmt.Sprintf("%+v", list)]++
			} else if list[0].About == victims[graphfault.Files] {
				alone++
			}
			return spoil(r)
		})
		got, _ := h.told(t.Context(), t)
		if diff := cmp.Diff(h.unknown(graphfault.Files, true), got); diff != "" {
			t.Errorf("%s: who is told of what (-want +got):\n%s", form.Name, diff)
		}
		for list, times := range asked {
			if times > 1 {
				t.Errorf("%s: asked %d times for %s", form.Name, times, list)
			}
		}
		if alone < 2 {
			t.Errorf("%s: the one that can't be answered was asked for %d times by itself", form.Name, alone)
		}
	}
}

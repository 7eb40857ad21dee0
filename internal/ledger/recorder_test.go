package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A shelf is a store in memory, which can be slow, out of order, or written by
// another run in between.
type shelf struct {
	text, last []byte
	saved      []*Ledger
	slow       chan struct{} // a write takes one of it, unless it is nil
	trouble    error
	before     func() // before a write is looked at
}

func (s *shelf) Load(context.Context) (*Ledger, error) {
	s.last = s.text
	if s.text == nil {
		return New(), nil
	}
	return Decode(s.text)
}
func (s *shelf) peek(ctx context.Context) (*Ledger, error) { return s.Load(ctx) }
func (s *shelf) Place() Place                              { return Place{} }
func (s *shelf) Alone() bool                               { return false }
func (s *shelf) Probe(context.Context) error               { return nil }
func (s *shelf) Close() error                              { return nil }
func (*shelf) left() int                                   { return unknown }

func (s *shelf) form() form { return form{} }

func (s *shelf) save(_ context.Context, text []byte, _ string) (*Ledger, error) {
	if s.before != nil {
		s.before()
	}
	if s.slow != nil {
		<-s.slow
	}
	switch {
	case s.trouble != nil:
		return nil, s.trouble
	case !bytes.Equal(s.text, s.last):
		l, err := s.Load(context.Background())
		return l, errors.Join(ErrConflict, err)
	}
	l, err := Decode(text)
	s.text, s.last, s.saved = text, text, append(s.saved, l)
	return nil, err
}

// put lets another run write.
func (s *shelf) put(change func(*Ledger)) {
	l, err := Decode(s.text)
	if err != nil {
		panic(err)
	}
	change(l)
	s.text = must(l.encode())
}

// outcomes counts the deliveries of a ledger by outcome.
func outcomes(l *Ledger) map[Outcome]int {
	n := make(map[Outcome]int)
	for _, d := range l.Deliveries {
		n[d.Outcome]++
	}
	return n
}

// A rig is a run at work, with so many claims, in a bubble whose time stands still
// while anything happens.
type rig struct {
	*testing.T
	*Recorder
	shelf *shelf
	ids   []string
	stop  context.CancelFunc
}

func newRig(t *testing.T, claims int, me Claimant, public bool) *rig {
	s := new(shelf)
	l, _ := s.Load(t.Context())
	l.Advisories[ghsa] = &Advisory{Repository: "acme/widget", Opened: time.Now().AddDate(-1, 0, 0)}
	x := &rig{T: t, shelf: s}
	for i := range claims {
		d := Delivery{Kind: Digest, To: []reminder.Recipient{reminder.UserRecipient(fmt.Sprintf("p%04d", i))}, Advisories: []string{ghsa}, Cadence: "weekly"}
		x.ids = append(x.ids, l.Claim(d, me, time.Now(), time.Now()).ID)
	}
	ctx, stop := context.WithCancel(t.Context())
	x.stop = stop
	t.Cleanup(stop)
	var err error
	if x.Recorder, err = Take(ctx, ctx, t.Context(), s, l, me, time.Now, public); err != nil {
		t.Fatal(err)
	}
	return x
}

// deliver makes deliveries one after the other, and returns how many could begin.
func (x *rig) deliver(from, to int) (n int) {
	for _, id := range x.ids[from:to] {
		if _, ok := x.Begin(id); !ok {
			continue
		}
		n++
		x.End(id, Result{Outcome: Accepted, Channel: "email"})
	}
	return n
}

// After 20 deliveries the ledger is written while others go on, and no more than
// 20 of these as long as that write is on its way.
func TestAPartIsWrittenMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newRig(t, 100, runA, false)
		x.shelf.slow = make(chan struct{})
		if x.deliver(0, 19); len(x.shelf.saved) != 1 {
			t.Fatalf("%d writes, want that of the claims", len(x.shelf.saved))
		}
		x.deliver(19, 20)
		synctest.Wait() // for the write to begin
		if n := x.deliver(20, 40); n != 20 || x.Unrecorded() != 40 {
			t.Fatalf("%d of 20 went on, %d unrecorded", n, x.Unrecorded())
		}
		went := make(chan int)
		go func() { went <- x.deliver(40, 100) }()
		synctest.Wait()
		if x.Unrecorded() != 40 {
			t.Errorf("%d unrecorded, want 40: the 20 that are being written, and one part", x.Unrecorded())
		}
		x.shelf.slow <- struct{}{}
		synctest.Wait()
		if len(x.shelf.saved) != 2 || outcomes(x.shelf.saved[1])[Accepted] != 20 {
			t.Fatalf("written: %v", outcomes(x.shelf.saved[len(x.shelf.saved)-1]))
		}
		close(x.shelf.slow)
		if n := <-went; n != 60 {
			t.Errorf("%d of 60 went on", n)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		last := x.shelf.saved[len(x.shelf.saved)-1]
		if outcomes(last)[Accepted] != 100 || x.Unrecorded() != 0 {
			t.Errorf("at the end %v, %d unrecorded", outcomes(last), x.Unrecorded())
		}
	})
}

func TestPart(t *testing.T) {
	for deliveries, want := range map[int]int{0: 20, 20: 20, 1000: 20, 1049: 20, 1050: 21, 5000: 100} {
		if got := part(deliveries); got != want {
			t.Errorf("of %d deliveries a part is %d, want %d", deliveries, got, want)
		}
	}
}

// In a public repository there are two writes, whatever is due.
func TestAQuietRunWritesTwice(t *testing.T) {
	for _, claims := range []int{0, 100} {
		synctest.Test(t, func(t *testing.T) {
			x := newRig(t, claims, runA, true)
			if n := x.deliver(0, claims); n != claims {
				t.Errorf("%d of %d went out", n, claims)
			}
			if err := x.Close(); err != nil || len(x.shelf.saved) != 2 {
				t.Errorf("%d claims: %d writes, %v", claims, len(x.shelf.saved), err)
			}
		})
	}
}

// Where nothing is claimed, a private repository's ledger is written once, at the
// end.
func TestWhereNothingIsClaimedThereIsOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newRig(t, 0, runA, false)
		if len(x.shelf.saved) != 0 {
			t.Errorf("%d writes before the end", len(x.shelf.saved))
		}
		if err := x.Close(); err != nil || len(x.shelf.saved) != 1 {
			t.Errorf("%d writes, %v", len(x.shelf.saved), err)
		}
	})
}

// Who was slower claims nothing, and has to decide anew.
func TestTakeFromAnotherRunIsAConflict(t *testing.T) {
	s := new(shelf)
	s.text = must(with().encode())
	l := load(t, s)
	l.Claim(*digest(), runB, noon, noon)
	s.put(func(l *Ledger) { l.Claim(*digest(), runA, noon, noon) })
	if _, err := Take(t.Context(), t.Context(), t.Context(), s, l, runB, time.Now, false); !errors.Is(err, ErrConflict) {
		t.Errorf("%v, want ErrConflict", err)
	}
	if got := load(t, s); got.Deliveries[0].Holder != runA.Holder || len(got.Deliveries) != 1 {
		t.Errorf("the store holds %+v", got.Deliveries)
	}
}

// When deliveries may begin and go on, by the age of the claims, and when these
// are renewed: of 15 minutes, none begins in the last three, and with five left
// the next outcome is written.
func TestTheAgeOfAClaim(t *testing.T) {
	for _, life := range []time.Duration{15 * time.Minute, 20 * time.Second} {
		me := runA
		me.Life = life
		for _, tt := range []struct {
			name    string
			age     time.Duration
			trouble error
			mayGo   bool
			begins  bool
			writes  int // by the beginning, and by the end
			more    int
		}{
			{"new", 0, nil, true, true, 0, 0},
			{"more than a third left", life - life/3 - 1, nil, true, true, 0, 0},
			{"a third left", life - life/3, nil, true, true, 0, 1},
			{"more than a fifth left", life - life/5 - 1, nil, true, true, 0, 1},
			{"a fifth left", life - life/5, nil, false, true, 1, 0},
			{"over", life, nil, false, true, 1, 0},
			{"long over", 100 * life, nil, false, true, 1, 0},
			{"more than a fifth left, and the store is out of order", life - life/5 - 1, errNotWritten, true, true, 0, 0},
			{"a fifth left, and the store is out of order", life - life/5, errNotWritten, false, false, 0, 0},
		} {
			synctest.Test(t, func(t *testing.T) {
				x := newRig(t, 2, me, false)
				time.Sleep(tt.age)
				x.shelf.trouble = tt.trouble
				before := len(x.shelf.saved)
				if got := x.MayGo(); got != tt.mayGo {
					t.Errorf("%v, %s: may go %v, want %v", life, tt.name, got, tt.mayGo)
				}
				until, ok := x.Begin(x.ids[0])
				if ok != tt.begins || len(x.shelf.saved)-before != tt.writes {
					t.Errorf("%v, %s: begins %v with %d writes, want %v and %d", life, tt.name, ok, len(x.shelf.saved)-before, tt.begins, tt.writes)
				}
				if !ok {
					return
				}
				left := life - tt.age
				if tt.writes > 0 {
					left = life
				}
				if got := time.Until(until); got != left || x.MayGo() != (left > life/5) {
					t.Errorf("%v, %s: it may go on for %v, want %v", life, tt.name, got, left)
				}
				x.End(x.ids[0], Result{Outcome: Accepted})
				synctest.Wait()
				if got := len(x.shelf.saved) - before - tt.writes; got != tt.more {
					t.Errorf("%v, %s: %d writes after it, want %d", life, tt.name, got, tt.more)
				}
				if tt.more > 0 && x.shelf.saved[len(x.shelf.saved)-1].byID(x.ids[1]).Since != time.Now().UTC() {
					t.Errorf("%v, %s: the other claim was not renewed", life, tt.name)
				}
			})
		}
	}
}

// The claims are as old as they say, though deciding took a while after that.
func TestAClaimIsAsOldAsItSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(shelf)
		l := load(t, s)
		d := l.Claim(*digest(), runA, time.Now(), time.Now())
		time.Sleep(time.Minute)
		r, err := Take(t.Context(), t.Context(), t.Context(), s, l, runA, time.Now, false)
		if err != nil {
			t.Fatal(err)
		}
		if until, _ := r.Begin(d.ID); time.Until(until) != 14*time.Minute {
			t.Errorf("it may go on for %v, want 14 minutes", time.Until(until))
		}
	})
}

// A run whose claims were taken over while it stood still makes those deliveries
// that are still its own, and no others.
func TestAfterATakeOverTheRestGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newRig(t, 3, runA, false)
		time.Sleep(16 * time.Minute)
		x.shelf.put(func(l *Ledger) {
			c := *l.byID(x.ids[0])
			c.Claims = 0
			d := l.Claim(c, runB, time.Now(), time.Now().Add(-time.Hour))
			l.settle(d, Result{Outcome: Accepted}, time.Now())
			c = *l.byID(x.ids[1])
			c.Claims = 0
			l.Claim(c, runB, time.Now(), time.Now().Add(-time.Hour))
		})
		for i, want := range []bool{false, false, true} {
			if _, ok := x.Begin(x.ids[i]); ok != want {
				t.Errorf("delivery %d begins: %v, want %v", i, ok, want)
			}
		}
		// What is under way nevertheless: an acceptance counts, and what is
		// unclear leaves the other run's claim as it is.
		x.End(x.ids[1], Result{Outcome: Unclear})
		if d := x.ledger.byID(x.ids[1]); !runB.holds(d) || !d.Perhaps {
			t.Errorf("after an unclear one: %+v", d)
		}
		x.End(x.ids[1], Result{Outcome: Accepted})
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if got := outcomes(x.shelf.saved[len(x.shelf.saved)-1]); got[Accepted] != 2 || got[Claimed] != 0 {
			t.Errorf("at the end %v", got)
		}
	})
}

// As long as the ledger can't be written, no more than one part goes out; once it
// can, the rest does.
func TestWhileItCannotBeWrittenOnePartGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newRig(t, 100, runA, false)
		x.shelf.trouble = errNotWritten
		n := 0
		for i := range x.ids[:60] {
			n += x.deliver(i, i+1)
			synctest.Wait()
		}
		if n != 20 {
			t.Errorf("%d went out, want 20", n)
		}
		x.shelf.trouble = nil
		if n := x.deliver(60, 100); n != 40 {
			t.Errorf("then %d of 40", n)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if got := outcomes(x.shelf.saved[len(x.shelf.saved)-1]); got[Accepted] != 60 || got[Claimed] != 0 {
			t.Errorf("at the end %v", got)
		}
	})
}

// At the end a run lets go of what it did not deliver: what may have arrived
// before is unclear, what some channel refused is refused, the rest was never
// there.
func TestWhatIsLetGoAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newRig(t, 3, runA, false)
		x.Update(func(l *Ledger) {
			l.byID(x.ids[1]).Perhaps = true
			l.byID(x.ids[2]).Refusals = []Refusal{{"slack", "01", "weekly", time.Now().UTC()}}
		})
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		got := load(t, x.shelf)
		if got.byID(x.ids[0]) != nil || got.byID(x.ids[1]).Outcome != Unclear || got.byID(x.ids[2]).Outcome != Refused {
			t.Errorf("at the end %+v", got.Deliveries)
		}
	})
}

// A run that is told to stop begins nothing and writes once more.
func TestARunThatIsToldToStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newRig(t, 30, runA, false)
		x.deliver(0, 19)
		if _, ok := x.Begin(x.ids[19]); !ok {
			t.Fatal("it does not begin")
		}
		x.stop()
		if _, ok := x.Begin(x.ids[20]); ok {
			t.Error("a delivery begins")
		}
		x.End(x.ids[19], Result{Outcome: Accepted})
		synctest.Wait()
		if len(x.shelf.saved) != 1 {
			t.Errorf("%d writes before the last", len(x.shelf.saved))
		}
		if err := x.Close(); err != nil || outcomes(load(t, x.shelf))[Accepted] != 20 {
			t.Errorf("%v; %v", err, outcomes(load(t, x.shelf)))
		}
	})
}

// However often another run writes in between, a write begins anew with what that
// has written, and gives up after 40 times.
func TestAWriteBeginsAnewAfterAnotherRun(t *testing.T) {
	for _, tt := range []struct {
		times int
		gives bool
	}{{1, false}, {saveTries, false}, {saveTries + 1, true}} {
		synctest.Test(t, func(t *testing.T) {
			x := newRig(t, 1, runA, false)
			x.deliver(0, 1)
			n := 0
			x.shelf.before = func() {
				if n++; n <= tt.times {
					x.shelf.put(func(l *Ledger) {
						l.Deliveries = append(l.Deliveries, digest(func(d *Delivery) { d.ID, d.Holder = fmt.Sprint("other", n), runB.Holder }))
					})
				}
			}
			err := x.Close()
			if errors.Is(err, ErrConflict) != tt.gives {
				t.Fatalf("after %d: %v", tt.times, err)
			}
			if got := load(t, x.shelf); !tt.gives && (len(got.Deliveries) != tt.times+1 || outcomes(got)[Accepted] != 1) {
				t.Errorf("after %d the store holds %v", tt.times, outcomes(got))
			}
		})
	}
}

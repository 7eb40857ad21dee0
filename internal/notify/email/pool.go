package email

import (
	"context"
	"sync"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// connections is how many connections to the server there are at most. It is
// what Exchange Online takes from one account at a time: beyond that it refuses
// messages on any of them, while other servers refuse the connection.
//
// Source: https://learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements
const connections = 3

// A pool holds the connections to the server, for the messages that are sent
// side by side, and what is known of the server.
type pool struct {
	config Config

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when those who wait may go on
	idle    []*session
	open    int  // connections, those in use among them
	most    int  // connections that the server grants, as far as is known
	dialing bool // one more is being made. They are made one by one, so that no password is tried again before it is known to be right
	closed  bool // none is kept any more

	refused     *notify.Failure // the server refused us as a whole; it won't do otherwise in this run
	unreachable int             // attempts in a row in which the server did not answer
	silent      *notify.Failure // the last of them, in which it took all its time
	limited     *notify.Failure // it takes no more for now, over a new connection either
	refusals    int             // such answers in a row
}

func newPool(c Config) *pool {
	return &pool{config: c, changed: make(chan struct{}), most: connections}
}

// A want is what an attempt asks of the pool.
type want struct {
	newOne    bool        // a new connection rather than a kept one, since a kept one was broken
	impatient bool        // none where the server has not answered several times
	mayGo     func() bool // asked right before DATA; nil is yes
}

// take returns a connection for one message: one that is kept, else a new one
// if the server grants it, else the next that is given back.
func (p *pool) take(ctx context.Context, w want) (*session, *notify.Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if f := p.unwilling(ctx, w); f != nil {
			return nil, f
		}
		mayDial := !p.dialing && p.refused == nil && p.open < p.most
		n := len(p.idle)
		switch {
		case n > 0 && !(w.newOne && mayDial):
			s := p.idle[n-1]
			p.idle = p.idle[:n-1]
			s.since = p.unreachable
			return s, nil
		case p.refused != nil && p.open == 0:
			return nil, p.refused
		case mayDial:
			s, f := p.dial(ctx)
			if s != nil || p.open == 0 {
				return s, f
			}
			w.newOne = false
			continue // with those that there are
		}
		p.wait(ctx)
	}
}

// unwilling is the failure of what is not tried, or nil.
func (p *pool) unwilling(ctx context.Context, w want) *notify.Failure {
	switch {
	case ctx.Err() != nil:
		return failure(notify.Temporary, "stopped before the message was sent")
	case w.impatient && p.unreachable >= patience:
		return p.away()
	case w.impatient && p.refusals >= patience:
		f := *p.limited
		f.Answer = notify.NoAnswer // this address was not named to it
		return &f
	}
	return nil
}

// away is the failure of what is not tried, since the server does not answer.
func (p *pool) away() *notify.Failure {
	f := notify.Failure{Channel: channel, Outcome: notify.Temporary, Detail: "the server does not answer"}
	if p.silent != nil {
		f.Detail, f.Advice = p.silent.Detail, p.silent.Advice
	}
	return &f
}

// unanswered counts an attempt that the server did not answer. One that took all its
// time counts twice, and is not made again and again in a run.
func (p *pool) unanswered(since int, t *trouble) {
	weight := 1
	p.silent = nil
	if t.silent {
		weight, p.silent = 2, t.failure()
	}
	p.unreachable = max(p.unreachable, since+weight)
}

// answered notes that the server answers.
func (p *pool) answered() { p.unreachable, p.silent = 0, nil }

// replace ends a connection over which the server may take no more messages, and
// reports whether that is worth a new one: it is not if this one was new, or if the
// server has said the same over a new one.
func (p *pool) replace(s *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !s.kept || p.limited != nil {
		return false
	}
	p.open--
	go s.quit()
	p.wake()
	return true
}

// hopeless reports whether the server has taken all its time, twice in a row, and
// said nothing.
func (p *pool) hopeless() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent != nil && p.unreachable >= patience
}

// wait waits for a change, with the lock given up meanwhile.
func (p *pool) wait(ctx context.Context) {
	changed := p.changed
	p.mu.Unlock()
	defer p.mu.Lock()
	select {
	case <-changed:
	case <-ctx.Done():
	}
}

func (p *pool) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// dial makes one more connection, with the lock given up meanwhile. Where there
// are others, a failure says only that the server grants no more than those.
func (p *pool) dial(ctx context.Context) (*session, *notify.Failure) {
	p.dialing = true
	defer func() { p.dialing = false; p.wake() }()
	since := p.unreachable
	s, t := p.connect(ctx)
	if t == nil {
		p.open++
		s.since = since
		return s, nil
	}
	f := t.failure()
	if p.open > 0 {
		p.most = min(p.most, p.open)
	}
	switch {
	case f.Outcome == notify.ChannelRefused && (p.open == 0 || t.stage == loggingIn):
		// Asking again with a password that was refused may lock the account.
		p.refused = f
	case p.open == 0:
		p.unanswered(since, t)
	}
	return nil, f
}

func (p *pool) connect(ctx context.Context) (*session, *trouble) {
	p.mu.Unlock()
	defer p.mu.Lock()
	return dial(ctx, p.config)
}

// give takes back a connection after an attempt, and draws the conclusions from
// how that ended: of attempts that ran side by side, only one counts. A
// connection that is broken is gone.
func (p *pool) give(s *session, t *trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case t == nil || t.code > 0:
		p.answered()
	case t.network:
		p.unanswered(s.since, t)
	}
	switch {
	case t == nil:
		p.refusals = 0
		if !s.kept {
			p.limited = nil
		}
	case t.limit():
		// Whatever it counts, it is less with one connection.
		p.limited, p.most = t.failure(), 1
		if t.code != 451 { // which says what is the matter with the server, or with one message
			p.refusals++
		}
	}
	switch {
	case t != nil && t.broken():
		p.discard(s)
	case p.closed, p.open > p.most:
		p.open--
		go s.quit()
	default:
		s.kept = true
		p.idle = append(p.idle, s)
	}
	p.wake()
}

// drop hangs up a connection that is no news of the server: another one is to
// take its place.
func (p *pool) drop(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.discard(s)
}

// surplus hangs up a connection that the server did not let work, if there are
// others: it is one more than the server grants. It reports whether that is so.
func (p *pool) surplus(s *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == 1 {
		return false
	}
	p.discard(s)
	p.most = min(p.most, p.open)
	return true
}

// discard hangs up.
func (p *pool) discard(s *session) {
	s.conn.Close()
	p.open--
	p.wake()
}

// again grants one more attempt to those who are impatient, unless that would only
// take long once more.
func (p *pool) again() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent == nil {
		p.unreachable = min(p.unreachable, patience-1)
	}
	p.refusals = min(p.refusals, patience-1)
	p.limited = nil
}

// forget hangs up the connections that nobody uses, and with them what is known
// of the server.
func (p *pool) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.idle {
		p.discard(s)
	}
	p.idle, p.most, p.refused, p.limited, p.refusals = nil, connections, nil, nil, 0
}

// close says goodbye on the connections that nobody uses, and lets none be kept
// any more.
func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.open -= len(idle)
	p.idle, p.closed = nil, true
	p.wake()
	p.mu.Unlock()
	var all sync.WaitGroup
	for _, s := range idle {
		all.Go(s.quit)
	}
	all.Wait()
}

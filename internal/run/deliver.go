package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// An Outcome is what became of a run.
type Outcome struct {
	Open     int // drafts
	Due      int // reminders, those to the working group included
	Unrouted int // due reminders sent to the working group because no owner was found

	Sent    []notify.Sent
	Failed  []notify.Sent // the next run tries again
	Refused []refusal     // no channel takes them
	tried   notify.Refusals

	Report   notify.Report
	Reports  bool // there was one to send
	Reported bool // a channel has accepted it
	Braked   int  // digests that the brake holds back

	// Outline is, in a preview, who would get what, and what nobody would and why.
	Outline []string
	opening opening

	Unanswered []string // why commands have no answer
	Paced      int      // comments that the next run makes, for their pace
}

// trouble lists why something that was due did not go out, each reason once.
func (o Outcome) trouble() []string {
	var whose grouping[string, string] // by why
	if !o.Reported {
		for _, r := range o.forGroup() {
			whose.add(r.why, fmt.Sprintf("%s, %s", r.digest.To, notify.Often(r.digest.Cadence)))
		}
	}
	for _, f := range o.Failed {
		whose.add(f.Failure, fmt.Sprintf("%s, %s", f.To, notify.Often(f.Cadence)))
	}
	var list []string
	for _, why := range whose.keys {
		who := whose.of[why][0]
		if n := len(whose.of[why]); n > 1 {
			who = notify.Plural(n, "digest", "digests") // the report names them
		}
		list = append(list, who+": "+why)
	}
	return append(list, o.Unanswered...)
}

// lanes is how many deliveries are written and sent side by side. Mail goes over
// half as many connections, none of which is idle then; a Slack channel takes one
// message a second whatever this is.
const lanes = 6

// pauses are those before what a channel did not take now is tried again in this
// run, all of it at once. The last one repeats as long as the channel has taken
// something meanwhile, since it may limit how much it takes in a minute.
var pauses = [...]time.Duration{5 * time.Second, 20 * time.Second}

// An attempt is a delivery by one channel, after those that have refused it.
type attempt struct {
	notify.Delivery
	refused []string // why, by channel
}

// A result is what became of an attempt.
type result struct {
	attempt
	failure *notify.Failure // nil where it was accepted
	found   bool            // it was, by an earlier attempt
	begun   bool
}

// note takes down what a result shows of its address. What an earlier attempt did says
// nothing of what is taken now.
func (r result) note(tried notify.Refusals) {
	if !r.found {
		tried.Note(r.Channel, r.Address, r.failure)
	}
}

// judged says what became of an attempt, now that everything was tried. Where not all
// could be, that an address is at fault is left to the next run.
func (r result) judged(ctx context.Context, tried notify.Refusals, cut bool) *notify.Failure {
	if cut && (r.failure.Outcome == notify.AddressBlamed || r.failure.Outcome == notify.AddressDoubted) {
		return notNow(ctx, r.Channel)
	}
	return tried.Judge(r.Address, r.failure)
}

// deliver sends every delivery of a plan, whatever becomes of the others, and
// tells the recorder what became of each. It begins none where the run was told to
// stop, or its claims can't be renewed. What a channel did not take now is tried
// again in this run, all of it at once. Whether a refused address is at fault is
// judged once everything was tried, and by the next run where not all could be; what
// is refused for good takes the next channel.
func deliver(ctx, flight context.Context, c Clients, a Assignment, clock Clock, s Snapshot, p Plan, recorder *ledger.Recorder) Outcome {
	sender := sender{c: c, a: a, clock: clock, seen: s, plan: p, recorder: recorder, tried: make(notify.Refusals)}
	for _, d := range p.Deliveries {
		sender.todo = append(sender.todo, attempt{Delivery: d})
	}
	for round := 0; len(sender.todo) > 0; {
		later, some := sender.all(ctx, flight)
		if some {
			round = min(round, len(pauses)-1)
		}
		if len(later) > 0 && round < len(pauses) && clock.Wait(ctx, pauses[round]) == nil {
			round++
			for _, channel := range c.Channels {
				channel.Again()
			}
			for _, r := range later {
				sender.todo = append(sender.todo, r.attempt)
			}
		} else {
			sender.done = append(sender.done, later...)
		}
		if len(sender.todo) == 0 {
			sender.judge(ctx)
			round = 0
		}
	}
	return sender.outcome()
}

// A sender makes deliveries.
type sender struct {
	c        Clients
	a        Assignment
	clock    Clock
	seen     Snapshot
	plan     Plan
	recorder *ledger.Recorder

	todo     []attempt
	done     []result
	doubtful []result // whose address was refused, which is judged once everything was tried
	tried    notify.Refusals
	cut      bool // an attempt could not begin
}

// all makes all attempts, and returns those that can be made again, and whether some
// were accepted.
func (s *sender) all(ctx, flight context.Context) (later []result, some bool) {
	results := s.sideBySide(ctx, flight)
	s.todo = nil
	for _, r := range results {
		r.note(s.tried)
		s.cut = s.cut || !r.begun
		switch {
		case r.failure == nil:
			some = true
			s.done = append(s.done, r)
		case r.failure.Outcome == notify.AddressRefused:
			s.next(r)
		case r.failure.Outcome == notify.AddressBlamed, r.failure.Outcome == notify.AddressDoubted:
			s.doubtful = append(s.doubtful, r)
		case r.failure.Outcome == notify.Temporary:
			later = append(later, r)
		default:
			s.done = append(s.done, r)
		}
	}
	return later, some
}

// judge says what became of the doubtful, now that everything was tried.
func (s *sender) judge(ctx context.Context) {
	for _, r := range s.doubtful {
		if r.failure = r.judged(ctx, s.tried, s.cut); r.failure.Outcome == notify.AddressRefused {
			s.next(r)
		} else {
			s.done = append(s.done, r)
		}
	}
	s.doubtful = nil
}

// sideBySide makes the attempts; a preview is read from top to bottom.
func (s *sender) sideBySide(ctx, flight context.Context) []result {
	results := make([]result, len(s.todo))
	atOnce := lanes
	if s.a.Preview {
		atOnce = 1
	}
	errs := transport.Each(len(s.todo), atOnce, func(i int) error {
		results[i] = result{attempt: s.todo[i], begun: true}
		r := &results[i]
		r.failure, r.found, r.begun = once(ctx, flight, s.clock, s.recorder, &r.Delivery, func(ctx context.Context) (time.Time, error) {
			return s.send(ctx, &r.Delivery)
		})
		return nil
	})
	for i, err := range errs {
		if err != nil { // it broke, and may have arrived
			results[i].failure = &notify.Failure{Channel: s.todo[i].Channel, Outcome: notify.Unknown, Detail: err.Error()}
			s.recorder.End(s.todo[i].ID, ledger.Result{Outcome: ledger.Unclear, Channel: s.todo[i].Channel})
		}
	}
	return results
}

// once makes one attempt to send a delivery, and tells the recorder if it was accepted,
// or may have been. It reports whether an earlier attempt was found to have been, of
// which send returns when, and whether this one could begin.
func once(ctx, flight context.Context, clock Clock, recorder *ledger.Recorder, d *notify.Delivery, send func(context.Context) (found time.Time, err error)) (f *notify.Failure, found, begun bool) {
	if ctx.Err() != nil {
		return notNow(ctx, d.Channel), false, false
	}
	until, ok := recorder.Begin(d.ID)
	if !ok {
		return notNow(ctx, d.Channel), false, false
	}
	within, cancel := context.WithTimeout(flight, until.Sub(clock.Now()))
	defer cancel()
	at, err := send(within)
	switch f = notify.AsFailure(d.Channel, err); {
	case f == nil:
		recorder.End(d.ID, ledger.Result{Outcome: ledger.Accepted, Channel: d.Channel, At: at})
	case f.Outcome == notify.Unknown:
		recorder.End(d.ID, ledger.Result{Outcome: ledger.Unclear, Channel: d.Channel})
	}
	return f, !at.IsZero(), true
}

// send sends a delivery over its channel, which is asked for the address first
// where it is not known. Where an earlier attempt was accepted, it returns when.
func (s *sender) send(ctx context.Context, d *notify.Delivery) (found time.Time, err error) {
	channel := s.c.Channels[s.place(d.Channel)]
	if c := s.plan.recipient(s.a, s.seen, d.Parts[0]).Contact; d.Address == "" {
		if _, ask := channel.Knows(c); ask {
			found := channel.Find(ctx, []contact.Contact{c})[0]
			if found.Err != nil {
				return time.Time{}, found.Err
			}
			if d.Address = found.Address; d.Address == "" {
				return time.Time{}, &notify.Failure{Channel: d.Channel, Outcome: notify.AddressRefused, Detail: "knows nobody with that address"}
			}
		}
	}
	full := *d
	for _, part := range d.Parts {
		full.Digests = append(full.Digests, message(s.a, s.seen, s.plan.Closer, d.ID, part))
	}
	full.MayGo = s.recorder.MayGo
	full.Found = func(at time.Time) { found = at }
	err = channel.Send(ctx, full)
	return found, err
}

// place returns which of the channels has a name.
func (s *sender) place(channel string) int {
	return slices.IndexFunc(s.c.Channels, func(c notify.Channel) bool { return c.Name() == channel })
}

// next notes a final refusal, and goes on to the next channel, or tells the recorder
// that there is none.
func (s *sender) next(r result) {
	refused := ledger.Refusal{Channel: r.Channel, Address: ledger.AddressSum(r.Address), At: s.clock.Now().UTC()}
	s.recorder.Update(func(l *ledger.Ledger) { l.Refuse(r.ID, refused) })
	r.refused = append(r.refused, r.Channel+": "+notify.Describe(r.failure))
	if len(r.Parts) == 1 { // a delivery to several is one that no other channel makes
		way, ok := notify.Way(s.c.Channels[s.place(r.Channel)+1:], s.plan.recipient(s.a, s.seen, r.Parts[0]), s.plan.Closer.Found)
		if ok && way.Name() != threadChannel { // which follows in the next run
			next := way.Batch([]notify.Addressed{{Digest: r.Parts[0], Address: way.Address}})[0]
			next.Delivery, next.Channel = r.Delivery.Delivery, way.Name()
			s.todo = append(s.todo, attempt{Delivery: next, refused: r.refused})
			return
		}
	}
	s.recorder.End(r.ID, ledger.Result{Outcome: ledger.Refused})
	s.done = append(s.done, r)
}

// outcome sums up what became of the attempts, digest by digest.
func (s *sender) outcome() Outcome {
	o := Outcome{Braked: s.plan.Braked, tried: s.tried}
	o.Due, o.Unrouted = s.plan.counts()
	type sent struct {
		notify.Sent
		part     reminder.Digest
		refused  []string
		accepted int // reminders
	}
	digests := make(map[reminder.Key]*sent)
	for _, r := range s.done {
		switch {
		case r.failure == nil:
		case r.failure.Outcome == notify.Held: // the next run goes on
			o.Paced++
			continue
		case r.failure.Outcome == notify.Moot: // nothing is owed
			continue
		}
		for _, part := range r.Parts {
			d := digests[part.Key()]
			if d == nil {
				d = &sent{Sent: notify.Sent{To: string(part.To), Channel: r.Channel, Cadence: part.Cadence}, part: part}
				d.part.Reminders = nil
				digests[part.Key()] = d
			}
			switch {
			case r.failure == nil:
				d.accepted += len(part.Reminders)
			case r.failure.Outcome == notify.AddressRefused:
				d.part.Reminders = append(d.part.Reminders, part.Reminders...)
				for _, why := range r.refused {
					if !slices.Contains(d.refused, why) {
						d.refused = append(d.refused, why)
					}
				}
			default:
				d.Items += len(part.Reminders)
				d.Failure = notify.Describe(r.failure)
			}
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(digests), reminder.Key.Compare) {
		d := digests[k]
		if d.Failure != "" {
			o.Failed = append(o.Failed, d.Sent)
			continue
		}
		if len(d.refused) > 0 {
			o.Refused = append(o.Refused, refusal{digest: d.part, why: strings.Join(d.refused, "; ")})
		}
		if d.Items = d.accepted; d.Items > 0 { // of several comments, some of which are refused
			o.Sent = append(o.Sent, d.Sent)
		}
	}
	follows := s.follows()
	s.recorder.Read(func(l *ledger.Ledger) { leaveToGroup(o.Refused, follows, l.Told(s.a.Holder.Run), s.a.Force) })
	return o
}

// follows returns a function that reports whether the next run tells somebody over the
// thread of what another channel has refused.
func (s *sender) follows() func(reminder.Reminder, reminder.Recipient) bool {
	thread := slices.DeleteFunc(slices.Clone(s.c.Channels), func(c notify.Channel) bool { return c.Name() != threadChannel })
	var refused refusedBy // by this run too
	s.recorder.Read(func(l *ledger.Ledger) { refused = refusals(s.a, s.seen.Now, l) })
	return func(m reminder.Reminder, to reminder.Recipient) bool {
		party, _ := partyOf(s.seen.Owners, m.ID, to)
		_, ok := notify.Way(thread, s.plan.Closer.reach(s.a.book(), m.Draft, party, refused), nil)
		return ok
	}
}

// notNow is the failure of what is not delivered by this run. On the thread, having no
// time left counts as held by its pace, which is no failure of the run.
func notNow(ctx context.Context, channel string) *notify.Failure {
	why, outcome := "the ledger can't be written, or another run has taken over", notify.ChannelRefused
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		why = "there was no time left for it; the next run goes on"
		if channel == threadChannel {
			outcome = notify.Held
		}
	case ctx.Err() != nil:
		why = "the run was told to stop; the next one goes on"
	}
	return &notify.Failure{Channel: channel, Outcome: outcome, Detail: why}
}

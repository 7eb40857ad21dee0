package action

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// delivered is what became of the digests.
type delivered struct {
	sent    []notify.Sent
	failed  []notify.Sent // the next run tries again
	refused []refusal     // no channel takes them: the working group is told instead
	unsaid  bool          // the report that should have told it did not go out
}

// A refusal is a digest whose recipient no channel will take mail for.
type refusal struct {
	digest reminder.Digest
	why    string
}

// trouble is an error where something that was due did not go out, with each
// reason once.
func (d delivered) trouble() error {
	var reasons []string
	whose := make(map[string][]string)
	note := func(why string, to any, cadence reminder.Cadence) {
		if whose[why] == nil {
			reasons = append(reasons, why)
		}
		whose[why] = append(whose[why], fmt.Sprintf("%s, %s", to, cadence))
	}
	if d.unsaid {
		for _, r := range d.refused {
			note(r.why, r.digest.To, r.digest.Cadence)
		}
	}
	for _, f := range d.failed {
		note(f.Failure, f.To, f.Cadence)
	}
	var lines []string
	for _, why := range reasons {
		who := whose[why][0]
		if n := len(whose[why]); n > 1 {
			who = plural(n, "digest", "digests") // the report names them
		}
		lines = append(lines, who+": "+why)
	}
	if len(lines) == 0 {
		return nil
	}
	return failed(stepDeliver, errors.New(strings.Join(lines, "\n")))
}

// lanes is how many digests are written and delivered side by side. Mail goes
// over half as many connections, none of which is idle then; a Slack channel
// takes one message a second whatever this is.
const lanes = 6

// pauses are those before what a channel did not take now is tried again in
// this run, all of it at once.
var pauses = [...]time.Duration{5 * time.Second, 20 * time.Second}

// deliver sends every digest, whatever becomes of the others, and notes in the
// ledger what was accepted. It stops where the run is told to, or where its
// claims can't be renewed.
func (j *job) deliver(ctx context.Context, t *task) delivered {
	offers, results := make(chan trial), make(chan attempt)
	free := lanes
	if j.in.DryRun {
		free = 1 // a preview is read from top to bottom
	}
	for range free {
		go func() {
			for o := range offers {
				results <- j.try(j.flight, t.plan, o)
			}
		}()
	}
	defer close(offers)

	var done delivered
	var later []attempt    // what a channel did not take now
	var doubtful []attempt // whose address was refused, which is judged once all were tried
	var pending []trial
	for _, d := range t.plan.digests {
		pending = append(pending, trial{digest: d})
	}
	flying, round := 0, 0
	refusals := make(map[config.Channel]*notify.Refusals)
	stop := ctx.Done()
	for {
		// A claim that was taken over, or that nobody knows is alive, is not
		// ours to deliver.
		for len(pending) > 0 && (ctx.Err() != nil || !t.memory.Holds(pending[0].digest, j.holder) || !j.sure(t)) {
			done.failed = append(done.failed, sentOf(pending[0].digest, "", j.whyNot(ctx)))
			pending = pending[1:]
		}
		if len(pending) == 0 && flying == 0 {
			if len(later) > 0 && round < len(pauses) && j.pause(ctx, t, pauses[round]) {
				for _, a := range later {
					pending = append(pending, a.trial)
				}
				later, round = nil, round+1
				continue
			}
			if len(doubtful) > 0 { // by now every digest was tried
				for _, a := range doubtful {
					if f := refusals[a.channel].Judge(a.doubt); f.Outcome == notify.AddressRefused {
						pending = append(pending, a.next(f))
					} else {
						done.failed = append(done.failed, sentOf(a.digest, a.channel, describe(f)))
					}
				}
				doubtful = nil
				continue
			}
			for _, a := range later {
				done.failed = append(done.failed, a.sent)
			}
			done.sort()
			return done
		}
		var offer chan<- trial
		var next trial
		stuck := flying == 0 && t.writes.noting == nil // the ledger can't be written: one at a time then
		if len(pending) > 0 && free > 0 && (stuck || j.mayFly(t, flying+1)) {
			offer, next = offers, pending[0]
		}
		select {
		case offer <- next:
			pending, flying, free = pending[1:], flying+1, free-1
		case a := <-results:
			flying, free = flying-1, free+1
			if refusals[a.channel] == nil {
				refusals[a.channel] = notify.NewRefusals()
			}
			switch {
			case a.notNow:
				later = append(later, a)
				continue
			case a.doubt != nil:
				refusals[a.channel].Note(string(a.digest.To), a.doubt)
				doubtful = append(doubtful, a)
				continue
			case a.refused == "" && a.sent.Failure == "":
				refusals[a.channel].Note(string(a.digest.To), nil)
			}
			j.note(t, a, &done)
			j.saveInBetween(ctx, t, false)
		case n := <-t.writes.noting:
			t.writes.take(n)
			j.saveInBetween(ctx, t, false)
		case <-t.writes.tick:
			j.saveInBetween(ctx, t, true)
		case <-stop:
			stop = nil
			j.out.printf("Told to stop: what is under way may finish, the rest follows with the next run.")
		}
	}
}

// mayFly reports whether so many digests may be on their way at once, with no
// more deliveries unwritten than are promised.
func (j *job) mayFly(t *task, n int) bool {
	return j.in.LedgerKey != nil || j.in.DryRun || t.writes.unsaved+n <= saveAfter
}

// sort puts what was delivered side by side into the order of the plan.
func (d *delivered) sort() {
	compare := func(a, b notify.Sent) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.Cadence, b.Cadence))
	}
	slices.SortFunc(d.sent, compare)
	slices.SortFunc(d.failed, compare)
	slices.SortFunc(d.refused, func(a, b refusal) int {
		return cmp.Or(cmp.Compare(a.digest.To, b.digest.To), cmp.Compare(a.digest.Cadence, b.digest.Cadence))
	})
}

// pause waits before what was not taken is tried again; what was delivered is
// written meanwhile. It reports whether the run goes on. A server that did not answer
// before may do so now.
func (j *job) pause(ctx context.Context, t *task, d time.Duration) bool {
	j.saveInBetween(ctx, t, true)
	if j.meanwhileSaving(ctx, t, func() error { return j.wait(ctx, d) }) != nil {
		return false
	}
	t.plan.reach.again()
	if j.mailer != nil {
		j.mailer.Again()
	}
	return true
}

// whyNot says why a digest is not delivered by this run.
func (j *job) whyNot(ctx context.Context) string {
	if ctx.Err() != nil {
		return "the run was told to stop; the next one goes on"
	}
	return "the ledger can't be written, or another run has taken over"
}

// outlive returns a context that ends some time after ctx does.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return longer, func() { stop(); cancel() }
}

// A trial is one digest, after the channels that have refused its recipient.
type trial struct {
	digest  reminder.Digest
	tried   []config.Channel
	refused []string // why, by the channels that were tried
}

// An attempt is what became of a trial.
type attempt struct {
	trial
	channel config.Channel
	sent    notify.Sent     // with Failure, where it was not delivered
	notNow  bool            // the channel may take it in a moment
	doubt   *notify.Failure // the address was refused, perhaps for good
	refused string          // why no channel takes it; empty where that is not so
}

// next is the trial by the next channel, after a final refusal.
func (a attempt) next(f *notify.Failure) trial {
	return trial{a.digest, append(a.tried, a.channel), append(a.trial.refused, string(a.channel)+": "+describe(f))}
}

// try delivers one digest over the first channel that takes it. The next
// channel is tried only after a definite refusal of the address.
func (j *job) try(ctx context.Context, p plan, o trial) (a attempt) {
	defer func() {
		if recover() != nil {
			a = attempt{trial: o, sent: sentOf(o.digest, "", "the program broke at this digest, which is a defect of its own: please report it")}
		}
	}()
	d, party := o.digest, p.party(o.digest)
	message := j.message(p.ids[keyOf(d)], d, p, party)
	for _, w := range p.reach.ways(party, true) {
		if slices.Contains(o.tried, w.channel) {
			continue
		}
		err := j.send(ctx, p.reach, party, w, message)
		a := attempt{trial: o, channel: w.channel, sent: sentOf(d, w.channel, "")}
		if err == nil {
			return a
		}
		f, ok := errors.AsType[*notify.Failure](err)
		switch {
		case ok && (f.Outcome == notify.AddressBlamed || f.Outcome == notify.AddressDoubted):
			a.doubt = f
			return a
		case !ok || f.Outcome != notify.AddressRefused:
			a.sent.Failure, a.notNow = describe(err), ok && f.Outcome == notify.Temporary
			return a
		}
		o = a.next(f)
	}
	return attempt{trial: o, refused: cmp.Or(strings.Join(o.refused, "; "), "no channel knows an address")}
}

func sentOf(d reminder.Digest, channel config.Channel, failure string) notify.Sent {
	return notify.Sent{To: string(d.To), Channel: string(channel), Cadence: d.Cadence, Items: len(d.Reminders), Failure: failure}
}

// send delivers over one way. Who is known to Slack by address only is looked
// up first.
func (j *job) send(ctx context.Context, r *reach, party owner.Party, w way, message notify.Digest) error {
	if w.channel == config.Slack && w.address == "" {
		if r.ask(ctx, party) {
			return &notify.Failure{Channel: "slack", Outcome: notify.AddressRefused, Detail: "Slack knows nobody with that address"}
		}
		if err := r.trouble(); err != nil {
			return err
		}
		w.address = r.slackID(party)
	}
	if w.channel == config.Slack && isChannel(w.address) {
		if err := j.mustBePrivate(ctx, w.address); err != nil {
			return err
		}
	}
	return j.couriers[w.channel].Digest(ctx, w.address, message)
}

// isChannel reports whether a Slack id is that of a channel, which a team may
// have as its contact.
func isChannel(id string) bool { return strings.HasPrefix(id, "C") || strings.HasPrefix(id, "G") }

// mustBePrivate refuses a public channel, since a digest names undisclosed
// vulnerabilities.
func (j *job) mustBePrivate(ctx context.Context, id string) error {
	if j.slack == nil || j.cfg.Privacy.PublicChannel {
		return nil
	}
	channel, err := j.slack.Channel(ctx, id)
	if err == nil && !channel.Private {
		return &notify.Failure{Channel: "slack", Outcome: notify.AddressRefused, Detail: "the channel is public, and the digest names undisclosed vulnerabilities"}
	}
	return err
}

// note records what became of a digest, in the ledger where it was delivered.
func (j *job) note(t *task, a attempt, done *delivered) {
	switch {
	case a.refused != "":
		done.refused = append(done.refused, refusal{a.digest, a.refused})
		return
	case a.sent.Failure != "":
		done.failed = append(done.failed, a.sent)
		return
	}
	done.sent = append(done.sent, a.sent)
	d := a.digest
	made := ledger.Delivered{
		Delivery: ledger.Delivery{
			ID: t.plan.ids[keyOf(d)], Run: j.env.run(), At: j.now,
			To: d.To, Channel: a.sent.Channel, Cadence: d.Cadence.String(), Items: a.sent.Items,
		},
		Introduced: make(map[string]string),
	}
	for _, m := range d.Reminders {
		made.Advisories = append(made.Advisories, m.ID)
		party, ok := partyOf(t.owners, m.ID, d.To)
		if repo := t.owners.Of(m.ID).Repository.Key(); ok && t.memory.Introduced[repo][d.To] == nil && made.Introduced[repo] == "" {
			made.Introduced[repo] = fmt.Sprintf("%s, in %s", party.Owner, party.Route)
		}
	}
	t.memory.Deliver(made)
	if j.journal != nil {
		t.writes.fresh = append(t.writes.fresh, made)
	}
	t.writes.unsaved++
}

// party returns the recipient of a digest as its first reminder knows it.
func (p plan) party(d reminder.Digest) owner.Party {
	party, _ := partyOf(p.reach.owners, d.Reminders[0].ID, d.To)
	return party
}

// message is a digest with all that it shows.
func (j *job) message(id string, d reminder.Digest, p plan, party owner.Party) notify.Digest {
	m := notify.Digest{
		ID:       id,
		Name:     cmp.Or(party.Name, party.Login),
		Team:     party.Login == "",
		Cadence:  d.Cadence,
		Now:      j.now,
		Next:     d.Next,
		Location: j.cfg.Policy.Location,
		Texts:    j.texts(),
	}
	if m.Name == "" {
		m.Name = party.Owner.Name
	}
	for _, r := range d.Reminders {
		party, _ := partyOf(p.reach.owners, r.ID, d.To)
		item := j.item(r.Draft, r.Told.Times, p.reach.owners)
		item.Why = why(party, item.Repository)
		m.Items = append(m.Items, item)
	}
	return m
}

// item is one draft as messages show it.
func (j *job) item(d *reminder.Draft, reminders int, owners owner.Result) notify.Item {
	item := notify.Item{
		ID:          d.ID,
		Repository:  d.Repository,
		URL:         d.URL,
		Severity:    d.Severity,
		Score:       d.Score,
		OpenDays:    days(d.Opened, j.now, j.cfg.Policy.Location),
		Reminders:   reminders,
		PrivateFork: d.PrivateFork,
	}
	if r := owners.Of(d.ID).Repository; r.Name != "" {
		item.Repository = r
	}
	for _, p := range d.Packages {
		if item.Patched == "" {
			item.Patched = p.Patched
		}
	}
	if j.cfg.Privacy.ShowSummary {
		item.Summary = d.Summary
	}
	return item
}

// why says why somebody gets a reminder about a repository.
func why(p owner.Party, repo advisory.Repository) string {
	named := fmt.Sprintf("%s, which %s names as an owner of %s", p.Owner, p.Route, repo)
	switch {
	case p.Route == owner.FromAccount:
		return fmt.Sprintf("%s is a repository of your account", repo)
	case p.Login == "":
		return "this is the address of " + named
	case p.Owner.Kind == advisory.User, strings.EqualFold(p.Owner.Name, p.Login):
		return "you are " + named
	}
	return "you are a member of " + named
}

// days returns how many calendar days of a zone lie between two times.
func days(from, to time.Time, zone *time.Location) int {
	y1, m1, d1 := from.In(zone).Date()
	y2, m2, d2 := to.In(zone).Date()
	span := time.Date(y2, m2, d2, 0, 0, 0, 0, time.UTC).Sub(time.Date(y1, m1, d1, 0, 0, 0, 0, time.UTC))
	return max(int(span.Hours()/24), 0)
}

// describe says what happened to a delivery, without any secret.
func describe(err error) string {
	if f, ok := errors.AsType[*notify.Failure](err); ok {
		if f.Advice != "" {
			return f.Detail + " (" + f.Advice + ")"
		}
		return f.Detail
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "the run was told to stop; the next one goes on"
	}
	return "the delivery broke off"
}

// newID returns a delivery id: 32 hexadecimal digits.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // never fails
	return hex.EncodeToString(b)
}

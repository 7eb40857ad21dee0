package run

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A Plan is what a run is going to send.
type Plan struct {
	Drafts    []reminder.Draft // all of them, with whom they are for
	Decisions []reminder.Decision
	Ahead     []reminder.Upcoming // what is due next, where nothing is now

	Due    []reminder.Digest // to people and teams
	Send   []reminder.Digest // those of them that this run sends
	SWG    []reminder.Digest // to the working group, in the report
	Braked int               // digests to people who were never told before, of whom there are too many
	Brake  error             // why they are held back
	More   int               // digests that go out in no try, which sends some of them alone

	Mute    bool // there is no channel to write to maintainers
	Thread  bool // the drafts' comments are one
	Closer  Closer
	Unasked bool // somebody waits because who can open a draft could not be asked

	// Refused are the addresses that are not tried again in this period; nil where
	// the run is forced.
	Refused refusedBy

	// What is claimed.
	Deliveries []notify.Delivery
	Replies    []Reply
	Report     string    // the report's delivery id; empty: none is sent
	Tried      time.Time // the report; see notify.Report
}

// decide says who is to be reminded of what now, and over which channel. It is
// called with the zero Closer first, for whom to look closer at, and then with
// what that has found.
func decide(a Assignment, s Snapshot, closer Closer, channels []notify.Channel, l *ledger.Ledger) Plan {
	p := Plan{Closer: closer, Mute: len(channels) == 0}
	p.Thread = slices.ContainsFunc(channels, func(c notify.Channel) bool { return c.Name() == threadChannel })
	if !a.Force {
		p.Refused = refusals(a, s.Now, l)
	}
	p.Drafts, p.Unasked = p.drafts(a, s, channels, l)
	var all []reminder.Digest
	request := reminder.Request{
		Now:        s.Now,
		Policy:     a.Config.Policy,
		Drafts:     p.Drafts,
		History:    l.Told(a.Holder.Run),
		Force:      a.Force,
		Severities: a.Severities,
	}
	if all, p.Decisions = reminder.Plan(request); len(all) == 0 {
		p.Ahead = reminder.Ahead(request, p.Decisions)
	}
	for _, d := range all {
		if d.To == reminder.SWG {
			p.SWG = append(p.SWG, d)
		} else {
			p.Due = append(p.Due, d)
		}
	}
	p.Send, p.Braked, p.Brake = brake(p.Due, a.MaxRecipients, l.Met())
	if a.Try != "" {
		p.Send, p.More = mostSevere(p.Send)
	}
	return p
}

// drafts joins what was seen with who is to be told of it, and reports whether
// somebody waits because who can open a draft could not be asked.
func (p Plan) drafts(a Assignment, s Snapshot, channels []notify.Channel, l *ledger.Ledger) (list []reminder.Draft, unasked bool) {
	book := a.book()
	list = make([]reminder.Draft, 0, len(s.All))
	for i := range s.All {
		d := s.draft(a, &s.All[i])
		d.SnoozedUntil = a.snooze(d.ID).Until
		owners := s.Owners.Of(d.ID)
		d.Recipients, d.Waits = make([]reminder.Recipient, 0, len(owners.Parties)), owners.Waits
		for _, party := range owners.Parties {
			if owners.Waits || party.Waits {
				d.Waits = true
				continue
			}
			way, ok := notify.Way(channels, p.Closer.reach(book, &d, party, p.Refused), p.Closer.Found)
			switch in := p.Closer.entry(d.ID, party); {
			case !ok:
			case way.Name() == threadChannel && (in == entryWaits || in == entryUnasked):
				d.Waits, unasked = true, unasked || in == entryUnasked
			default:
				d.Recipients = append(d.Recipients, party.Recipient)
			}
		}
		heed(a, s, l, &d)
		list = append(list, d)
	}
	return list, unasked
}

// draft is an advisory as plans have it. By which cadence it is reminded of is decided
// here alone.
func (s Snapshot) draft(a Assignment, d *advisory.Advisory) reminder.Draft {
	return reminder.Draft{Advisory: d, Cadence: a.Config.Policy.CadenceOf(d.Severity), Opened: s.Opened[d.ID]}
}

// heed applies to a draft what people have said on it.
func heed(a Assignment, s Snapshot, l *ledger.Ledger, d *reminder.Draft) {
	known := l.Advisories[d.ID]
	if known == nil || known.Discussion == nil {
		return
	}
	r := known.Discussion
	d.Answered = r.Last
	if !a.Config.Commands.Enabled {
		return
	}
	if z := r.Snooze(s.Now); z != nil && !s.Now.Before(d.SnoozedUntil) {
		d.SnoozedUntil = z.Until
	}
	if owners, said := disowned(a, l, d.ID, s.Owners.Of(d.ID)); said != "" {
		d.Recipients = slices.DeleteFunc(d.Recipients, func(to reminder.Recipient) bool {
			return !slices.ContainsFunc(owners.Parties, func(p owner.Party) bool { return p.Recipient == to })
		})
	}
}

// disowned takes those out of a draft's owners who said that it is not theirs, and
// returns who that is, as a reason.
func disowned(a Assignment, l *ledger.Ledger, id string, owners owner.Resolution) (left owner.Resolution, why string) {
	known := l.Advisories[id]
	if known == nil || !a.Config.Commands.Enabled {
		return owners, ""
	}
	var names []string
	left = owners
	for _, c := range known.Discussion.NotMine() {
		if p, ok := personOf(left, advisory.Account{ID: c.Account, Login: c.By}); ok {
			names = append(names, string(p.Recipient))
			left.Parties = slices.DeleteFunc(slices.Clone(left.Parties), func(o owner.Party) bool { return o.Recipient == p.Recipient })
		}
	}
	if len(names) == 0 {
		return owners, ""
	}
	return left, strings.Join(names, ", ") + " said on the draft that it is not theirs"
}

// brake holds back the digests to all who were never told before where these are
// more than the input allows.
func brake(due []reminder.Digest, most int, met func(reminder.Recipient) bool) (send []reminder.Digest, held int, why error) {
	newcomers := make(map[reminder.Recipient]bool)
	for _, d := range due {
		if !met(d.To) {
			newcomers[d.To] = true
		}
	}
	if most == 0 || len(newcomers) <= most {
		return slices.Clone(due), 0, nil
	}
	send = slices.DeleteFunc(slices.Clone(due), func(d reminder.Digest) bool { return newcomers[d.To] })
	return send, len(due) - len(send), fmt.Errorf("%d people and teams would be told for the first time, and max-recipients allows %d: none of them was told; look at a dry run and, if they are the right ones, set max-recipients to %[1]d", len(newcomers), most)
}

// inTry is how many digests a try sends.
const inTry = 20

// mostSevere returns the digests that a try sends, those with the most severe
// drafts, in the order of the plan, and how many more there are.
func mostSevere(digests []reminder.Digest) (list []reminder.Digest, more int) {
	list = slices.Clone(digests)
	slices.SortStableFunc(list, func(a, b reminder.Digest) int {
		x, y := a.Reminders[0], b.Reminders[0] // which is the most severe of each
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.Score, x.Score))
	})
	list = list[:min(inTry, len(list))]
	slices.SortFunc(list, func(a, b reminder.Digest) int { return a.Key().Compare(b.Key()) })
	return list, len(digests) - len(list)
}

// partyOf returns a recipient as one of an advisory's owners.
func partyOf(owners owner.Result, id string, to reminder.Recipient) (owner.Party, bool) {
	parties := owners.Of(id).Parties
	i := slices.IndexFunc(parties, func(p owner.Party) bool { return p.Recipient == to })
	if i < 0 {
		return owner.Party{}, false
	}
	return parties[i], true
}

// wanted returns the recipients of a plan's digests.
func (p Plan) wanted(a Assignment, s Snapshot) []notify.Wanted {
	list := make([]notify.Wanted, len(p.Due))
	for i, d := range p.Due {
		list[i] = p.recipient(a, s, d)
	}
	return list
}

// recipient returns whom a digest is for: the first draft stands for all; see byWay.
func (p Plan) recipient(a Assignment, s Snapshot, d reminder.Digest) notify.Wanted {
	return p.reader(a, s, d.To, d.Reminders[0].Draft)
}

// reader returns a recipient of reminders of a draft.
func (p Plan) reader(a Assignment, s Snapshot, to reminder.Recipient, d *reminder.Draft) notify.Wanted {
	party, _ := partyOf(s.Owners, d.ID, to)
	return p.Closer.reach(a.book(), d, party, p.Refused)
}

// A wayed digest goes over one channel to one address.
type wayed struct {
	reminder.Digest
	notify.Route
}

// byWay splits a digest by the ways to its recipient. It is hardly ever more than one:
// an address by which somebody is told of one organization's drafts need not hold for
// those of another.
func (p Plan) byWay(a Assignment, s Snapshot, channels []notify.Channel, d reminder.Digest) []wayed {
	type way struct{ channel, address string }
	route := func(m reminder.Reminder) (r notify.Route, w way, ok bool) {
		if r, ok = notify.Way(channels, p.reader(a, s, d.To, m.Draft), p.Closer.Found); ok {
			w = way{r.Name(), r.Address}
		}
		return r, w, ok
	}
	first, same, ok := route(d.Reminders[0])
	other := func(m reminder.Reminder) bool { _, w, _ := route(m); return w != same }
	if ok && !slices.ContainsFunc(d.Reminders[1:], other) {
		return []wayed{{d, first}}
	}
	var parts grouping[way, reminder.Reminder]
	routes := make(map[way]notify.Route)
	for _, m := range d.Reminders {
		if r, w, ok := route(m); ok {
			routes[w] = r
			parts.add(w, m)
		}
	}
	list := make([]wayed, len(parts.keys))
	for i, w := range parts.keys {
		list[i] = wayed{d, routes[w]}
		list[i].Reminders = parts.of[w]
	}
	return list
}

// hidden says of what is due for the working group now where that is because
// GitHub refuses an owner to this token.
func (p Plan) hidden(s Snapshot) []string {
	var list []string
	for _, d := range p.SWG {
		for _, r := range d.Reminders {
			if found := s.Owners.Of(r.ID); r.Severity != advisory.Unscored && len(found.Parties) == 0 {
				list = append(list, found.Refused...)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// counts are the action's outputs.
func (p Plan) counts() (due, unrouted int) {
	for _, d := range p.Due {
		due += len(d.Reminders)
	}
	for _, d := range p.SWG {
		due += len(d.Reminders)
		for _, r := range d.Reminders {
			if r.Severity != advisory.Unscored {
				unrouted++
			}
		}
	}
	return due, unrouted
}

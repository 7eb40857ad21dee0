package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// refusers returns the channels that have refused one of the owners in this period.
type refusers func(d *reminder.Draft, p owner.Party) (channels []string)

// warnings are what else a human should look at now.
func warnings(s Snapshot, p Plan, done Outcome) []string {
	list := slices.Concat(s.Clocks, s.Identity, s.Unseen, s.Owners.Failures)
	if names := s.Owners.Waiting(); len(names) > 0 {
		list = append(list, "GitHub could not say now whom to tell, or at which address, so these wait until the next run: "+notify.FirstOf(names)+".")
	}
	if p.Brake != nil {
		list = append(list, failed(Brake, p.Brake).Error())
	}
	list = append(list, slices.Concat(done.opening.failures, done.opening.notes)...)
	for _, why := range done.Unanswered {
		list = append(list, notify.Sentence(why))
	}
	whose := make(map[string][]string) // by reason
	for _, r := range done.Refused {
		name := string(r.digest.To)
		switch {
		case r.follow > 0:
			list = append(list, fmt.Sprintf("%s can't be reached: %s. The next run tells them by comment.", name, r.why))
		case len(r.left) == 0 && !slices.Contains(whose[r.why], name):
			whose[r.why] = append(whose[r.why], name)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(whose)) {
		list = append(list, fmt.Sprintf("%s can't be reached: %s. Others are told instead.", strings.Join(whose[why], ", "), why))
	}
	return list
}

// notes are what every report says as long as it is so: owners that do not
// resolve or are refused, rights that the token lacks, a list that has always been empty.
func notes(s Snapshot, p Plan, done Outcome, refusing refusers) []string {
	var list []string
	if p.Mute {
		list = append(list, "No way to write to maintainers is set up (smtp-server or slack-token, and channels in the configuration), so every reminder goes to the working group.")
	}
	for _, what := range s.Owners.Refused {
		list = append(list, "The token can't ask for "+what+": the run went on without them.")
	}
	for _, err := range s.Untriaged {
		list = append(list, "What waits for triage is not known: "+err.Error()+".")
	}
	where := make(map[string][]string) // repositories, by problem
	for _, a := range s.All {
		r := s.Owners.Of(a.ID)
		name := s.repository(&a).Name
		for _, problem := range slices.Concat(r.Problems, r.Refused) {
			if !slices.Contains(where[problem], name) {
				where[problem] = append(where[problem], name)
			}
		}
	}
	var problems []string
	for problem, names := range where {
		slices.Sort(names)
		problems = append(problems, strings.Join(names, ", ")+": "+problem+".")
	}
	slices.Sort(problems)
	list = append(list, problems...)
	list = append(list, p.Closer.Access.notes()...)
	if done.Paced > 0 {
		list = append(list, notify.Plural(done.Paced, "comment is", "comments are")+" made by the next run: one run makes one a second, and 380 at most.")
	}
	return slices.Concat(list, refusedNotes(s, p, done, refusing), s.Doubts, s.Heard.silence())
}

// refusedNotes names the addresses that were refused in this period, but for those
// of which the report tells elsewhere.
func refusedNotes(s Snapshot, p Plan, done Outcome, refusing refusers) []string {
	type address struct {
		channel string
		cadence reminder.Cadence
	}
	whose := make(map[address][]string)
	for _, d := range p.Drafts {
		for _, party := range s.Owners.Of(d.ID).Parties {
			if slices.ContainsFunc(done.Refused, func(r refusal) bool { return r.digest.Key() == reminder.Key{To: party.Recipient, Cadence: d.Cadence} }) {
				continue
			}
			for _, channel := range refusing(&d, party) {
				k, name := address{channel, d.Cadence}, string(party.Recipient)
				if channel == threadChannel {
					k, name = address{channel: channel}, d.ID
				}
				if !slices.Contains(whose[k], name) {
					whose[k] = append(whose[k], name)
				}
			}
		}
	}
	var list []string
	for k, names := range whose {
		slices.Sort(names)
		if k.channel == threadChannel {
			list = append(list, "GitHub takes no comment on "+strings.Join(names, ", ")+". That is not tried again in this period.")
			continue
		}
		text := "address of %s was refused. It is"
		if len(names) > 1 {
			text = "addresses of %s were refused. They are"
		}
		list = append(list, fmt.Sprintf("The %s "+text+" not tried again for %s reminders in this period.", k.channel, strings.Join(names, ", "), notify.Often(k.cadence)))
	}
	slices.Sort(list)
	return list
}

// silence says what could not be heard.
func (h Heard) silence() (notes []string) {
	if h.Silent {
		notes = append(notes, "GitHub does not say how many comments the drafts have, so answers and commands on them are not read.")
	}
	if n := len(h.Unread); n > 0 {
		notes = append(notes, "The comments of "+notify.Plural(n, "draft", "drafts")+" could not be read; the next run tries again: "+notify.FirstOf(h.Unread)+".")
	}
	if h.Beyond > 0 {
		notes = append(notes, "The comments of "+notify.Plural(h.Beyond, "draft", "drafts")+" are read by the next run: one run reads 500 discussions at most.")
	}
	if n := len(h.Waiting); n > 0 {
		notes = append(notes, "Commands on "+notify.Plural(n, "draft", "drafts")+" wait for the next run, since GitHub could not say now whether their authors are allowed to give any: "+notify.FirstOf(h.Waiting)+".")
	}
	if h.NoRoles {
		notes = append(notes, "GitHub does not tell this token who administers a repository, so commands of administrators who are not its owners are not done.")
	}
	return notes
}

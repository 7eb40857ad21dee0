package run

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// explain shows in the log what is going to be sent, before it is. A preview shows it
// after its report; see preview.
func explain(log func(string, ...any), a Assignment, s Snapshot, p Plan) {
	if a.Preview && a.Try == "" {
		return
	}
	zone := a.Config.Policy.Location
	log("As of %s, in %s:", notify.Minute(s.Now, zone), zone)
	digests, _ := outline(s, p)
	for _, d := range digests {
		var what []string
		for _, r := range d.reminders {
			what = append(what, r.severity+" "+r.repository.String()+" "+r.id+r.note)
		}
		for _, line := range columns(who(d.to)+", "+notify.Often(d.cadence), strings.Join(what, "; "), logWidth) {
			log("%s", line)
		}
	}
	if len(digests) == 0 {
		log("%s", nothingDue(a, p))
	}
	log("")
}

// How many columns an outline has in the log, and in a preview, which a terminal shows.
const (
	logWidth     = 112
	previewWidth = 80
)

// preview says who gets what, a digest a line; what the report has as the working
// group's is not said again. Then it says what is not sent, and why.
func preview(a Assignment, s Snapshot, p Plan) (lines []string) {
	digests, held := outline(s, p)
	group, sent := 0, 0
	for _, d := range digests {
		if d.to == reminder.SWG {
			group += len(d.reminders)
			continue
		}
		sent++
		lines = append(lines, columns(who(d.to)+", "+notify.Often(d.cadence), inShort(a.Organization, d.reminders), previewWidth)...)
	}
	title := "Who gets what, as of " + notify.Minute(s.Now, a.Config.Policy.Location)
	if sent > 0 {
		title += ": " + notify.Plural(sent, "digest", "digests")
	}
	lines = append([]string{notify.Heading(title)}, lines...)
	if len(digests) == 0 {
		lines = append(lines, nothingDue(a, p))
	}
	if group > 0 {
		lines = append(lines, columns("the working group", notify.Plural(group, "draft", "drafts")+", in the report above", previewWidth)...)
	}
	for n, h := range held {
		if n == 0 || h.why != held[n-1].why {
			lines = append(lines, "", "Not now, "+h.why+":")
		}
		what := inShort(a.Organization, []outlined{h.reminder}) + ", for " + notify.SomeOf(h.whom)
		for k, line := range notify.Wrap(what, previewWidth-2, previewWidth-4) {
			lines = append(lines, "  "+strings.Repeat("  ", min(k, 1))+line)
		}
	}
	return lines
}

// inShort names drafts by severity and repository, without the organization that all
// are of.
func inShort(organization string, list []outlined) string {
	var parts []string
	for i, r := range list {
		name := r.repository.String()
		if organization != "" && strings.EqualFold(r.repository.Owner, organization) {
			name = r.repository.Name
		}
		if i == 0 || r.severity != list[i-1].severity {
			name = r.severity + " " + name
		}
		parts = append(parts, name+r.note)
	}
	return strings.Join(parts, ", ")
}

// outlined is a draft that somebody is reminded of, or would be.
type outlined struct {
	severity   string
	repository advisory.Repository
	id         string
	note       string // in brackets: why it is sent, where it is not simply due
}

// An outlinedDigest is a recipient with what they are sent by one cadence.
type outlinedDigest struct {
	to        reminder.Recipient
	cadence   reminder.Cadence
	reminders []outlined
}

// outlinedHeld is a draft that is not sent now, and to whom it is not.
type outlinedHeld struct {
	why      string
	reminder outlined
	whom     []string
}

// outline gathers who gets what, the working group at the end, and what is held back.
func outline(s Snapshot, p Plan) (digests []outlinedDigest, held []outlinedHeld) {
	type key struct {
		to      reminder.Recipient
		cadence reminder.Cadence
	}
	type reason struct{ why, id string }
	place, heldAt := make(map[key]int), make(map[reason]int)
	for _, d := range p.Decisions {
		what := outlined{severity: d.Severity.String(), repository: s.repository(d.Draft.Advisory), id: d.ID}
		if !d.Reason.Sent() {
			why := reason{d.Reason.String(), what.id}
			if _, ok := heldAt[why]; !ok {
				heldAt[why] = len(held)
				held = append(held, outlinedHeld{why: why.why, reminder: what})
			}
			held[heldAt[why]].whom = append(held[heldAt[why]].whom, who(d.To))
			continue
		}
		if d.Reason != reminder.Due {
			what.note = " (" + d.Reason.String() + ")"
		}
		k := key{d.To, d.Cadence}
		if _, ok := place[k]; !ok {
			place[k] = len(digests)
			digests = append(digests, outlinedDigest{to: d.To, cadence: d.Cadence})
		}
		digests[place[k]].reminders = append(digests[place[k]].reminders, what)
	}
	slices.SortFunc(digests, func(a, b outlinedDigest) int {
		last := func(d outlinedDigest) int {
			if d.to == reminder.SWG {
				return 1
			}
			return 0
		}
		return cmp.Or(last(a)-last(b), cmp.Compare(a.to, b.to), cmp.Compare(a.cadence, b.cadence))
	})
	slices.SortStableFunc(held, func(a, b outlinedHeld) int { return cmp.Compare(a.why, b.why) })
	return digests, held
}

// columns sets a text beside its name.
func columns(name, text string, width int) (lines []string) {
	const left = 36
	for i, line := range notify.Wrap(text, width-left, width-left) {
		head := ""
		if i == 0 {
			head = name
		}
		if i == 0 && len(name) > left-4 {
			lines, head = append(lines, "  "+name), ""
		}
		lines = append(lines, fmt.Sprintf("  %-*s%s", left-2, head, line))
	}
	return lines
}

// who names a recipient to people.
func who(to reminder.Recipient) string {
	if to == reminder.SWG {
		return "the working group"
	}
	if login, ok := strings.CutPrefix(string(to), "user:"); ok {
		return login
	}
	return strings.Replace(string(to), "team:", "team ", 1)
}

// nothingDue says when something is due next, and for how many.
func nothingDue(a Assignment, p Plan) string {
	if len(p.Ahead) == 0 {
		return "Nothing is due, and nothing is known that will be."
	}
	first := p.Ahead[0].At
	var parts []string
	for _, u := range p.Ahead {
		if u.At.Before(first) {
			first = u.At
		}
		people, teams, group := 0, 0, 0
		for _, to := range u.To {
			switch {
			case to == reminder.SWG:
				group++
			case strings.HasPrefix(string(to), "user:"):
				people++
			default:
				teams++
			}
		}
		var list []string
		if people > 0 {
			list = append(list, notify.Plural(people, "person", "people"))
		}
		if teams > 0 {
			list = append(list, notify.Plural(teams, "team", "teams"))
		}
		if group > 0 {
			list = append(list, "the working group")
		}
		parts = append(parts, notify.Often(u.Cadence)+", "+strings.Join(list, " and "))
	}
	return fmt.Sprintf("Nothing is due. Next: %s (%s).", first.In(a.Config.Policy.Location).Format("2 January"), strings.Join(parts, "; "))
}

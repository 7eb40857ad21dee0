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
	sent := make(map[reminder.Key]bool)
	for _, d := range slices.Concat(p.Send, p.SWG) {
		sent[d.Key()] = true
	}
	for _, k := range digests.keys {
		if !sent[k] {
			continue
		}
		var what []string
		for _, r := range digests.of[k] {
			what = append(what, r.Severity.String()+" "+r.repository.String()+" "+r.ID+r.note)
		}
		for _, line := range columns(who(k.To)+", "+notify.Often(k.Cadence), strings.Join(what, "; "), logWidth) {
			log("%s", line)
		}
	}
	if len(digests.keys) == 0 {
		log("%s", nothingDue(a, p))
	}
	if p.Braked > 0 {
		log("Held back by max-recipients: %s.", notify.Plural(p.Braked, "digest", "digests"))
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
	for _, k := range digests.keys {
		if k.To == reminder.SWG {
			group += len(digests.of[k])
			continue
		}
		sent++
		lines = append(lines, columns(who(k.To)+", "+notify.Often(k.Cadence), inShort(a.Organization, digests.of[k]), previewWidth)...)
	}
	title := "Who gets what, as of " + notify.Minute(s.Now, a.Config.Policy.Location)
	if sent > 0 {
		title += ": " + notify.Plural(sent, "digest", "digests")
	}
	lines = append([]string{notify.Heading(title)}, lines...)
	if len(digests.keys) == 0 {
		lines = append(lines, nothingDue(a, p))
	}
	if group > 0 {
		lines = append(lines, columns("the working group", notify.Plural(group, "draft", "drafts")+", in the report above", previewWidth)...)
	}
	for n, h := range held.keys {
		if n == 0 || h.why != held.keys[n-1].why {
			lines = append(lines, "", "Not now, "+h.why+":")
		}
		draft := outlined{Draft: h.draft, repository: s.repository(h.draft.Advisory)}
		what := inShort(a.Organization, []outlined{draft}) + ", for " + notify.SomeOf(held.of[h])
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
		if i == 0 || r.Severity != list[i-1].Severity {
			name = r.Severity.String() + " " + name
		}
		parts = append(parts, name+r.note)
	}
	return strings.Join(parts, ", ")
}

// outlined is a draft that somebody is reminded of, or would be.
type outlined struct {
	*reminder.Draft
	repository advisory.Repository // by its present name
	note       string              // in brackets: why it is sent, where it is not simply due
}

// heldBack is a draft that is not sent now, and why.
type heldBack struct {
	draft *reminder.Draft
	why   string
}

// outline gathers who gets what, the working group at the end, and to whom what is held
// back would have gone.
func outline(s Snapshot, p Plan) (digests grouping[reminder.Key, outlined], held grouping[heldBack, string]) {
	for _, d := range p.Decisions {
		if !d.Reason.Sent() {
			held.add(heldBack{d.Draft, d.Reason.String()}, who(d.To))
			continue
		}
		what := outlined{Draft: d.Draft, repository: s.repository(d.Advisory)}
		if d.Reason != reminder.Due {
			what.note = " (" + d.Reason.String() + ")"
		}
		digests.add(d.Key(), what)
	}
	slices.SortFunc(digests.keys, func(a, b reminder.Key) int {
		switch {
		case (a.To == reminder.SWG) == (b.To == reminder.SWG):
			return a.Compare(b)
		case a.To == reminder.SWG:
			return 1
		}
		return -1
	})
	slices.SortStableFunc(held.keys, func(a, b heldBack) int { return cmp.Compare(a.why, b.why) })
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

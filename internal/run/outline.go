package run

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// explain shows in the log what is going to be sent, before it is. A preview shows it
// after its report; see Outline.
func explain(log func(string, ...any), a Assignment, s Snapshot, p Plan) {
	if a.Preview && a.Try == "" {
		return
	}
	for _, line := range outline(a, s, p, false) {
		log("%s", line)
	}
	log("")
}

// outlineWidth is how many columns an outline has.
const outlineWidth = 112

// outline says who gets what, a recipient and cadence each, and in full also what is
// not sent and why.
func outline(a Assignment, s Snapshot, p Plan, full bool) (lines []string) {
	type key struct {
		to      reminder.Recipient
		cadence reminder.Cadence
	}
	zone := a.Config.Policy.Location
	lines = append(lines, fmt.Sprintf("As of %s, in %s:", notify.Minute(s.Now, zone), zone))
	drafts := make(map[string]*reminder.Draft, len(p.Drafts))
	for i := range p.Drafts {
		drafts[p.Drafts[i].ID] = &p.Drafts[i]
	}
	sent, held := make(map[key][]string), make(map[string][]string)
	var to []key
	var reasons []string
	for _, d := range p.Decisions {
		what := s.named(drafts[d.Advisory])
		switch {
		case d.Reason.Sent():
			k := key{d.To, d.Cadence}
			if sent[k] == nil {
				to = append(to, k)
			}
			if d.Reason != reminder.Due {
				what += " (" + d.Reason.String() + ")"
			}
			sent[k] = append(sent[k], what)
		case full:
			why := d.Reason.String() + ": " + what
			if held[why] == nil {
				reasons = append(reasons, why)
			}
			held[why] = append(held[why], who(d.To))
		}
	}
	slices.SortFunc(to, func(a, b key) int { // the working group at the end
		switch {
		case a.to == b.to:
			return cmp.Compare(a.cadence, b.cadence)
		case a.to == reminder.SWG:
			return 1
		case b.to == reminder.SWG:
			return -1
		}
		return cmp.Compare(a.to, b.to)
	})
	for _, k := range to {
		lines = append(lines, columns(who(k.to)+", "+notify.Often(k.cadence), strings.Join(sent[k], "; "))...)
	}
	if len(to) == 0 {
		lines = append(lines, nothingDue(a, p))
	}
	if len(reasons) > 0 {
		lines = append(lines, "", "Not now:")
		slices.Sort(reasons)
		for _, why := range reasons {
			reason, what, _ := strings.Cut(why, ": ")
			lines = append(lines, columns(reason, what+", for "+notify.FirstOf(held[why]))...)
		}
	}
	return lines
}

// named is a draft in a line: severity, repository and id.
func (s Snapshot) named(d *reminder.Draft) string {
	if d == nil {
		return ""
	}
	repo := d.Repository
	if r := s.Owners.Of(d.ID).Repository; r.Name != "" {
		repo = r
	}
	return fmt.Sprintf("%s %s %s", d.Severity, repo, d.ID)
}

// columns sets a text beside its name.
func columns(name, text string) (lines []string) {
	const left = 36
	for i, line := range notify.Wrap(text, outlineWidth-left, outlineWidth-left) {
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

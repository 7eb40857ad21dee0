package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/discussion"
)

// repliesShown is how many commands an answer speaks of one by one: the last. It has
// to stay below 8,000 characters.
const repliesShown = 10

// A Reply is an answer to commands on a draft, which everybody who can open the
// draft reads.
type Reply struct {
	ID             string         // of the delivery
	Days, Releases *time.Location // of days, and of the time of a release
	Configured     time.Time      // until when the configuration snoozes the draft; zero: it does not
	Commands       []Replied      // the first given first
}

// Replied is one of the commands.
type Replied struct {
	Comment int64
	discussion.Command
	Why    string // of a not-mine: why its giver is an owner; see Item.Why
	File   string // that says so, or empty
	Source string // its address, or empty
}

// ReplyText returns the comment that answers commands. It calls those who gave them,
// and nobody else, and repeats nothing of what they wrote.
func ReplyText(r Reply) string {
	ids := make([]int64, len(r.Commands))
	for i, c := range r.Commands {
		ids[i] = c.Comment
	}
	shown := r.Commands[max(0, len(r.Commands)-repliesShown):]
	var lines []string
	if n := len(r.Commands) - len(shown); n > 0 {
		lines = append(lines, Plural(n, "earlier command was", "earlier commands were")+" read too. Where two contradict each other, the later one counts.")
	}
	for _, c := range shown {
		lines = append(lines, call(c.By)+r.says(c))
	}
	if len(lines) > 1 {
		for i := range lines {
			lines[i] = "- " + lines[i]
		}
	}
	if slices.ContainsFunc(shown, func(c Replied) bool { return c.Problem == "" && c.Kind == discussion.Help }) {
		lines = append(lines, "", help)
	}
	return strings.Join(lines, "\n") + "\n\n" + discussion.AnswersMarker(ids) + "\n" + discussion.Marker(r.ID) + "\n"
}

// call mentions somebody.
func call(login string) string {
	if !Mentionable(login) {
		return ""
	}
	return "@" + login + " "
}

const help = "`/remind snooze YYYY-MM-DD reason` or `/remind snooze off` · " +
	"`/remind release YYYY-MM-DD HH:MM` or `/remind release off` · " +
	"`/remind answered` (an owner has answered elsewhere) · `/remind not-mine` · `/remind help`"

// says is the answer to one command.
func (r Reply) says(c Replied) string {
	if c.Problem == discussion.Edited {
		return "Not done, because that comment was edited: please write a new comment."
	}
	switch c.Kind {
	case discussion.Snooze:
		return r.snooze(c)
	case discussion.SnoozeOff:
		if !r.Configured.IsZero() {
			return "The snooze by comment has ended, but the configuration snoozes this advisory until " + r.day(r.Configured) + "."
		}
		return "The snooze has ended. Reminders of this advisory go on."
	case discussion.Release:
		return r.release(c)
	case discussion.ReleaseOff:
		return "No release is planned any more."
	case discussion.Answered:
		return "Noted: an owner has answered. It counts from " + moment(c.At, r.Days) + "."
	case discussion.NotMine:
		return r.notMine(c)
	}
	return "These are the commands:"
}

func (r Reply) snooze(c Replied) string {
	example := c.Bound.In(orUTC(r.Days)).Format(time.DateOnly)
	last := fmt.Sprintf(" The last possible day is %s: `/remind snooze %s reason`", r.day(c.Bound), example)
	switch c.Problem {
	case discussion.Past:
		return "Not snoozed: that day is not in the future." + last
	case discussion.TooFar:
		return "Not snoozed: that day is too far ahead." + last
	case discussion.NoDate:
		return "Not snoozed: the day is missing, or is not written as YYYY-MM-DD." + last
	}
	text := "Snoozed: no reminders of this advisory before " + r.day(c.Until) + ". A severity that rises ends the snooze."
	if !r.Configured.IsZero() {
		text = "The configuration snoozes this advisory until " + r.day(r.Configured) + ", and that comes first. Your snooze, until " + r.day(c.Until) + ", is noted."
	}
	if Clean(c.Reason) == "" {
		text += " Please add a comment that says why."
	}
	return text
}

func (r Reply) release(c Replied) string {
	zone := orUTC(r.Releases)
	switch c.Problem {
	case discussion.Weekend:
		return "Not planned: " + moment(c.Until, zone) + " is on a weekend. Please choose a weekday."
	case discussion.TooSoon:
		earliest := weekday(c.Bound.Add(time.Minute-1).Truncate(time.Minute), zone)
		return "Not planned: " + moment(c.Until, zone) + " is less than 48 hours after your comment. The earliest time is " + moment(earliest, zone) + ", on a weekday."
	case discussion.NoDate:
		at := weekday(c.At.AddDate(0, 0, 7), zone)
		return "Not planned: the day or the time is missing, or is not written as in `/remind release " + at.Format(time.DateOnly) + " 15:00`. The time zone is " + zone.String() + "."
	}
	return "Release planned for " + moment(c.Until, zone) + "."
}

func (r Reply) notMine(c Replied) string {
	switch c.Nothing {
	case discussion.NotTold:
		return "Nothing changes: you are not reminded of this advisory."
	case discussion.ByTeam:
		return "Nothing changes: the reminders go to your team's own address, not to you. Whoever maintains the configuration of the reminders can change that."
	}
	text := "You will not be reminded of this advisory again."
	if why := Clean(c.Why); why != "" {
		text += " You get reminders because " + escapeMarkdown(why)
		if c.File != "" {
			text += " in " + markdownLine(Line{link(c.File, c.Source)})
		}
		text += ". If the repository is not yours at all, have that changed there."
	}
	return text
}

// day is the first instant of a day.
func (r Reply) day(t time.Time) string { return moment(t, r.Days) }

// moment is a time with its day, hour and zone, such as "Friday, 15 January 2027,
// 00:00 EST (America/New_York)".
func moment(t time.Time, zone *time.Location) string {
	zone = orUTC(zone)
	text := t.In(zone).Format("Monday, 2 January 2006, 15:04 MST")
	if name := zone.String(); !strings.HasSuffix(text, " "+name) {
		text += " (" + name + ")"
	}
	return text
}

// PreviewReply returns an answer as a dry run shows it.
func PreviewReply(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, Clean(line))
	}
	return strings.Join(lines, "\n") + "\n"
}

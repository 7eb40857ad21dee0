package action

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// settings are the lines about the inputs and the configuration.
func (c *checkup) settings(context.Context) group {
	g := mistakeLines(c.wrong)
	if len(g) == 0 {
		g = group{{what: "inputs", detail: "no mistakes"}}
	}
	if c.in.DryIgnored {
		g = append(g, line{what: "dry-run", detail: "is set, and makes no difference here: this is what a live run would meet"})
	}
	if !c.broken {
		g = append(g, line{what: "configuration", detail: c.source})
	}
	return append(g, channelLine(c.cfg.Channels, c.couriers))
}

// mistakeLines are the mistakes, a line each.
func mistakeLines(wrong mistakes) group {
	var g group
	for _, m := range wrong {
		place, detail, ok := strings.Cut(m, ": ")
		if !ok {
			place, detail = "inputs", m
		}
		do := "correct it in the workflow, or on the command line"
		switch first, rest, several := strings.Cut(place, ","); {
		case place == "configuration":
			do = "correct the configuration"
			if at, _, ok := strings.Cut(detail, ": "); ok && strings.HasPrefix(at, "line ") {
				do = "correct the configuration at " + at
			}
		case several:
			detail = strings.TrimPrefix(first, "inputs ") + "," + rest + ": " + detail
			place = "inputs"
		}
		g = append(g, line{finding: fail, what: place, detail: detail, do: do, wrong: true, step: stepInputs})
	}
	return g
}

// channelLine says over what maintainers are written to.
func channelLine(preference []config.Channel, couriers map[config.Channel]courier) line {
	l := line{what: "channels"}
	var names []string
	for _, c := range preference {
		if couriers[c] != nil {
			names = append(names, string(c))
		}
	}
	if len(names) == 0 {
		l.finding = look
		l.detail = "there is no way to write to maintainers, so that every reminder goes to the working group"
		l.do = "set smtp-server or slack-token, and name the channel under channels in the configuration"
		return l
	}
	l.detail = "maintainers get " + strings.Join(names, ", else ")
	return l
}

// calendar are the lines about the cadences, who is on duty, and snoozes.
func (c *checkup) calendar(context.Context) group {
	if c.broken {
		return group{{finding: unknown, what: "periods", detail: "known once the configuration is right"}}
	}
	zone := c.cfg.Policy.Location
	g := group{{what: "time zone", detail: fmt.Sprintf("%s; now it is %s", zone, c.now.In(zone).Format("Mon 2 Jan 2006 15:04 MST"))}}
	for _, cadence := range reminder.Cadences {
		var severities []string
		for _, s := range []advisory.Severity{advisory.Critical, advisory.High, advisory.Medium, advisory.Low} {
			if c.cfg.Policy.CadenceOf(s) == cadence {
				severities = append(severities, s.String())
			}
		}
		if len(severities) == 0 {
			continue
		}
		next := cadence.Next(c.now, zone).In(zone)
		g = append(g, line{what: cadence.String(), detail: fmt.Sprintf("%s: the next period begins %s",
			strings.Join(severities, ", "), next.Format("Mon 2 Jan 2006 15:04 MST"))})
	}
	if d := c.cfg.OnDuty; d != nil {
		who, _, _ := c.onDuty()
		detail := cmp.Or(who, "nobody yet: the rotation begins "+d.Since.In(zone).Format("Mon 2 Jan 2006"))
		g = append(g, line{what: "on duty", detail: detail})
	}
	return append(g, snoozeLines(c.job)...)
}

// snoozeLines name the snoozes that have ended, and count the others.
func snoozeLines(j *job) group {
	var g group
	held := 0
	for _, s := range j.cfg.Snooze {
		if j.now.Before(s.Until) {
			held++
			continue
		}
		g = append(g, line{finding: look, what: "snooze",
			detail: fmt.Sprintf("that of %s ended on %s", s.Advisory, s.Until.In(j.cfg.Policy.Location).Format("2 Jan 2006")),
			do:     "take it out of the configuration, or give it a later day"})
	}
	if held > 0 {
		g = append(g, line{what: "snooze", detail: fmt.Sprintf("%d not ended yet", held)})
	}
	return g
}

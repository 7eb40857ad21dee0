package check

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// settings are the lines about the inputs and the configuration.
func (c *checkup) settings(context.Context) group {
	g := mistakeLines(c.Wrong)
	if len(g) == 0 {
		g = group{{what: "inputs", detail: "no mistakes"}}
	}
	if c.DryIgnored {
		g = append(g, line{what: "dry-run", detail: "is set, and makes no difference here: this is what a live run would meet"})
	}
	if !c.broken {
		g = append(g, line{what: "configuration", detail: c.ConfigSource})
	}
	return append(g, channelLine(c.Channels))
}

// mistakeLines are the mistakes, a line each.
func mistakeLines(wrong Mistakes) group {
	var g group
	for _, m := range wrong {
		l := line{finding: fail, what: m.Place, detail: m.Detail, do: cmp.Or(m.Do, "correct it in the workflow, or on the command line"), wrong: true, step: stepInputs}
		if m.Place == "configuration" {
			l.do = "correct the configuration"
			if at, _, ok := strings.Cut(m.Detail, ": "); ok && strings.HasPrefix(at, "line ") {
				l.do = "correct the configuration at " + at
			}
		}
		if several, ok := strings.CutPrefix(m.Place, "inputs "); ok {
			l.what, l.detail = "inputs", several+": "+m.Detail
		}
		g = append(g, l)
	}
	return g
}

// channelLine says over what maintainers are written to.
func channelLine(channels []notify.Channel) line {
	l := line{what: "channels"}
	var names []string
	for _, c := range channels {
		names = append(names, c.Name())
	}
	if len(names) == 0 {
		l.finding = warn
		l.detail = "there is no way to write to maintainers, so every reminder goes to the working group"
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
	zone := c.Config.Policy.Location
	g := group{{what: "time zone", detail: fmt.Sprintf("%s; now it is %s", zone, notify.Minute(c.Now, zone))}}
	for _, cadence := range reminder.Cadences {
		var severities []string
		for _, s := range advisory.Severities {
			if c.Config.Policy.CadenceOf(s) == cadence {
				severities = append(severities, s.String())
			}
		}
		if len(severities) == 0 {
			continue
		}
		if days, most := c.Config.Policy.Grace[cadence], cadence.LongestGrace(); days > most {
			g = append(g, line{finding: warn, what: "grace",
				detail: fmt.Sprintf("%s: of %dd: a first reminder can come later than the %d days after the advisory was created that are promised", cadence, days, cadence.Promise()),
				do:     fmt.Sprintf("set grace.%s in the configuration to %dd at most", cadence, most)})
		}
		g = append(g, line{what: notify.Often(cadence), detail: fmt.Sprintf("%s: the next period begins %s",
			strings.Join(severities, ", "), notify.Minute(cadence.Next(c.Now, zone), zone))})
	}
	if l, neutral := c.neutral(); neutral {
		g = append(g, l)
	}
	if d := c.Config.OnDuty; d != nil {
		who, _, _ := c.Config.Duty(c.Now)
		detail := cmp.Or(who, "nobody yet: the rotation begins "+d.Since.In(zone).Format("Mon 2 Jan 2006"))
		g = append(g, line{what: "on duty", detail: detail})
	}
	return append(g, snoozeLines(c.Config, c.Now)...)
}

// neutral says which names, addresses and links of messages are not configured, and
// left out.
func (c *checkup) neutral() (l line, some bool) {
	m := c.Config.Messages
	var missing []string
	for _, f := range []struct{ key, value string }{
		{"organization", m.Organization}, {"working-group", m.WorkingGroup}, {"contact", m.Contact},
		{"process-url", m.ProcessURL}, {"maintainers-url", m.MaintainersURL},
		{"announcement-url", m.AnnouncementURL}, {"release-channel", m.ReleaseChannel},
	} {
		if f.value == "" {
			missing = append(missing, f.key)
		}
	}
	return line{what: "messages", detail: "neutral, as far as the configuration's messages lack " + strings.Join(missing, ", ")}, len(missing) > 0
}

// snoozeLines name the snoozes that have ended, and count the others.
func snoozeLines(cfg config.Config, now time.Time) group {
	var g group
	held := 0
	for _, s := range cfg.Snooze {
		if now.Before(s.Until) {
			held++
			continue
		}
		g = append(g, line{finding: warn, what: "snooze",
			detail: fmt.Sprintf("that of %s ended on %s", s.Advisory, s.Until.In(cfg.Policy.Location).Format("2 Jan 2006")),
			do:     "take it out of the configuration, or give it a later day"})
	}
	if held > 0 {
		g = append(g, line{what: "snooze", detail: fmt.Sprintf("%d active", held)})
	}
	return g
}

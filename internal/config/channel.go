package config

import (
	"slices"
	"strings"
)

// A Channel is a way to reach a recipient.
type Channel string

// The channels.
const (
	Email  Channel = "email"
	Slack  Channel = "slack"
	Thread Channel = "thread" // the comments of a draft, which is the last one
)

// channels are all of them, each with what a report calls it.
var channels = []struct {
	name   Channel
	called string
}{
	{Email, "email"},
	{Slack, "Slack"},
	{Thread, "comment"},
}

// Called returns what a report calls a channel: its name where it is none of these.
func (c Channel) Called() string {
	for _, known := range channels {
		if known.name == c {
			return known.called
		}
	}
	return string(c)
}

// A Contact is how to reach an owner. At least one field is set.
type Contact struct {
	Email string
	Slack string // member id such as U012AB3CD, or a channel id for a team
}

func (d *decoder) contact(v value) Contact {
	var c Contact
	given, ok := d.mapping(v,
		field{name: string(Email), read: d.line(&c.Email, mailAddress, wantAddress)},
		field{name: string(Slack), read: d.line(&c.Slack, slackForm.MatchString, "a Slack id such as U012AB3CD")})
	if ok && given == 0 {
		d.fail(v, "expected email, slack or both")
	}
	return c
}

func (d *decoder) channels(v value) {
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = string(c.name)
	}
	var list []Channel
	seen := make(map[string]bool)
	for _, item := range d.items(v, "of "+listed(names, "and")) {
		name, ok := d.text(item)
		if !ok {
			continue
		}
		switch c := Channel(name); {
		case !slices.Contains(names, name):
			d.fail(item, "expected %s", listed(names, "or"))
		case !d.once(item, seen, name):
		case seen[string(Thread)] && c != Thread:
			d.fail(item, "comes after thread, which has to be the last one")
		default:
			list = append(list, c)
		}
	}
	d.config.Channels = list
}

// listed writes names with commas and, before the last one, a word.
func listed(names []string, word string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + word + " " + names[last]
}

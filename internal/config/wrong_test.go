package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A row's want is "LINE:COLUMN PATH: MESSAGE", the message as far as it matters.
func TestParseWrong(t *testing.T) {
	const (
		owner   = "expected user:LOGIN or group:TEAM"
		address = "expected a mail address"
		days    = "expected a duration such as 2d or 1w"
		date    = "expected a date in the form YYYY-MM-DD"
		zone    = "expected a time zone"
		noText  = "expected text; put a number, or true and false, in quotation marks"
		alias   = "anchors, aliases and merge keys are not supported"
	)
	snooze := func(rest string) string { return "snooze:\n  - advisory: GHSA-xxxx-xxxx-xxxx\n    " + rest }
	duty := func(rotation, since, every string) string {
		return fmt.Sprintf("on-duty:\n  rotation: %s\n  since: %s\n  every: %s\n", rotation, since, every)
	}
	tests := []struct{ text, want string }{
		// the file as a whole
		{"a scalar", "1:1 : expected a mapping"},
		{"[email]", "1:1 : expected a mapping"},
		{"- a", "1:1 : expected a mapping"},
		{"42", "1:1 : expected a mapping"},
		{"forget: []\n---\nforget: []\n", "3:1 : a second document"},
		{"forget: []\n...\nforget: []\n", "3:1 : a second document"},
		{"forget: []\nx: \xff\n", "2:1 : not UTF-8 text"},
		{"forget: []\n\x00", "2:1 : not plain text (it holds a control character)"},
		{"forget: []\n# \x1b[2J", "2:1 : not plain text (it holds a control character)"},
		{strings.Repeat("#", 1<<20) + "\n", "1:1 : the file is larger than 1 MiB"},
		{"forget: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "1:10 forget[0]: expected text"},
		{"forget: " + strings.Repeat("[", 101) + strings.Repeat("]", 101), "1:1 : nested too deeply"},
		{strings.Repeat("- ", 1<<12), "1:1 : nested too deeply"},
		{strings.Repeat("? ", 1<<12), "1:1 : nested too deeply"},
		{strings.Repeat("[", 1<<14), "1:1 : nested too deeply"},
		{"forget: " + strings.Repeat("[", 1<<12), "1:1 : not valid YAML"},
		{strings.Repeat("{a: ", 1<<12), "1:1 : not valid YAML"},
		{"x:\n" + strings.Repeat("- a\n", 59_997), "1:1 : unknown key"},
		{"x:\n" + strings.Repeat("- a\n", 59_998), "59999:1 : one entry more than a file can have"},

		// YAML's own rules
		{"forget:\n\t- a\n", "2:1 : not valid YAML (a tab in the indentation"},
		{"messages:\n  contact: x\n\ttimezone: UTC\n", "3:1 : not valid YAML (a tab in the indentation)"},
		{"timezone: UTC\nforget: [GHSA-xxxx-xxxx-xxxx\nprivacy: {}\n", "2:1 : not valid YAML (a [ without its ]"},
		{"forget: [\n  GHSA-xxxx-xxxx-xxxx]\nchannels: [\n  email\nprivacy: {}\n", "4:1 : not valid YAML (a [ without its ]"},
		{"\n\nprivacy: {show-summary: true\n", "3:1 : not valid YAML (a { without its }"},
		{"timezone: UTC\ngrace: {}\nmessages: {process-url: https://example.org/?a=b}\n", "3:1 : not valid YAML (a { without its }, or text with a ? without quotation marks)"},
		{"\ntimezone: 'UTC\n\nforget: []\n", "2:1 : not valid YAML (a quotation mark"},
		{"\ntimezone: \"U\\TC\"\n", "2:1 : not valid YAML (a \\ in double quotation marks"},
		{"\ntimezone: @x\n", "2:1 : not valid YAML (a tab in the indentation, or text that begins with @"},
		{"timezone: a: b\n", "1:1 : not valid YAML (check the quotation marks and indentation)"},
		{"forget: []\nmessages:\n  contact: a@example.org\n  organization: 'it's ours'\n  timezone: UTC\n", "4:1 : not valid YAML (check the quotation marks and indentation)"},
		{"forget: []\nmessages:\n  contact: a@example.org\n timezone: UTC\nprivacy: {}\n", "4:1 : not valid YAML (check the quotation marks and indentation)"},
		{"forget: []\ntimezone: *x\nchannels: *x\n", "2:1 : not valid YAML (an alias that leads nowhere)"},
		{"a: &x [1]\ntimezone: UTC", "1:1 : unknown key"},
		{"timezone: &x UTC\n", "1:11 timezone: " + alias},
		{"forget: &x []\n", "1:9 forget: " + alias},
		{"forget: &x\n", "1:9 forget: " + alias},
		{"<<: {forget: []}\n", "1:1 : " + alias},
		{"contacts:\n  <<: {}\n", "2:3 contacts[0]: " + alias},
		{"timezone: !!str UTC\n", "1:11 timezone: tags are not supported"},
		{"!!map {}\n", "1:1 : tags are not supported"},
		{"&x {}\n", "1:1 : " + alias},

		// keys
		{"\ntimezon: UTC\n", "2:1 : unknown key; the keys here are timezone, cadence,"},
		{"Timezone: UTC\n", "1:1 : unknown key"},
		{"1: UTC\n", "1:1 : expected text as the key"},
		{"~: UTC\n", "1:1 : expected text as the key"},
		{"timezone: UTC\nforget: []\ntimezone: UTC\n", "3:1 timezone: given twice, first in line 1"},
		{"forget:\nforget:\n", "2:1 forget: given twice, first in line 1"},
		{"forget: []\n\"forget\": []\n", "2:1 forget: given twice, first in line 1"},
		{"{forget: [], forget: []}", "1:14 forget: given twice, first in line 1"},
		{"grace: {weekly: 1d, weekly: 1d}\n", "1:21 grace.weekly: given twice, first in line 1"},

		// timezone
		{"timezone: ''", "1:11 timezone: expected text"},
		{"timezone: Local", "1:11 timezone: " + zone},
		{"timezone: Mars/Olympus", "1:11 timezone: " + zone},
		{"timezone: ../etc/passwd", "1:11 timezone: " + zone},
		{"timezone: +02:00", "1:11 timezone: " + zone},
		{"timezone: 5", "1:11 timezone: " + noText},
		{"timezone: true", "1:11 timezone: " + noText},
		{"timezone: 1.5", "1:11 timezone: " + noText},
		{"timezone: .inf", "1:11 timezone: " + noText},
		{"timezone: .nan", "1:11 timezone: " + noText},
		{"timezone: [UTC]", "1:11 timezone: expected text"},
		{"timezone: {UTC: }", "1:11 timezone: expected text"},
		{`timezone: "UTC\x07"`, "1:11 timezone: expected text of one line"},
		{"timezone: |\n  U\n  TC\n", "1:11 timezone: expected text of one line"},

		// cadence
		{"cadence: weekly", "1:10 cadence: expected a mapping"},
		{"cadence: {none: weekly}", "1:11 cadence: unknown key; the keys here are critical, high, medium, low"},
		{"cadence: {Low: weekly}", "1:11 cadence: unknown key"},
		{"cadence: {low: daily}", "1:16 cadence.low: expected weekly, monthly, quarterly or semiannually"},
		{"cadence: {low: }", "1:16 cadence.low: expected text"},
		{"cadence: {low: [weekly]}", "1:16 cadence.low: expected text"},

		// grace
		{"grace: 2d", "1:8 grace: expected a mapping"},
		{"grace: {daily: 2d}", "1:9 grace: unknown key; the keys here are weekly, monthly, quarterly, semiannually"},
		{"grace: {weekly: 2}", "1:17 grace.weekly: " + days},
		{"grace: {weekly: -1d}", "1:17 grace.weekly: " + days},
		{"grace: {weekly: 2h}", "1:17 grace.weekly: " + days},
		{"grace: {weekly: 1.5d}", "1:17 grace.weekly: " + days},
		{"grace: {weekly: 2 d}", "1:17 grace.weekly: " + days},
		{"grace: {weekly: 1w2d}", "1:17 grace.weekly: " + days},
		{"grace: {weekly: d}", "1:17 grace.weekly: " + days},
		{"grace: {weekly: 99999999999999999999d}", "1:17 grace.weekly: " + days},
		{"grace: {weekly: 61d}", "1:17 grace.weekly: expected 0d to 60d"},
		{"grace: {weekly: 9w}", "1:17 grace.weekly: expected 0d to 60d"},

		// triage-after
		{"triage-after: 3", "1:15 triage-after: " + days},
		{"triage-after: 91d", "1:15 triage-after: expected 0d to 90d"},
		{"triage-after: []", "1:15 triage-after: expected a duration such as 2d or 1w"},
		// quiet-after-answer and notify-new
		{"quiet-after-answer: 2w", "1:21 quiet-after-answer: expected a mapping"},
		{"quiet-after-answer: {daily: 2d}", "1:22 quiet-after-answer: unknown key; the keys here are weekly, monthly, quarterly, semiannually"},
		{"\nquiet-after-answer:\n  weekly: 1w\n  monthly: 2\n", "4:12 quiet-after-answer.monthly: " + days},
		{"quiet-after-answer: {monthly: -1d}", "1:31 quiet-after-answer.monthly: " + days},
		{"quiet-after-answer: {monthly: 1m}", "1:31 quiet-after-answer.monthly: " + days},
		{"quiet-after-answer: {monthly: }", "1:31 quiet-after-answer.monthly: " + days},
		{"quiet-after-answer:\n  monthly: 91d\n", "2:12 quiet-after-answer.monthly: expected 0d to 90d"},
		{"quiet-after-answer: {semiannually: 13w}", "1:36 quiet-after-answer.semiannually: expected 0d to 90d"},
		{"notify-new: yes", "1:13 notify-new: expected true or false"},
		{"notify-new: 'true'", "1:13 notify-new: expected true or false"},
		{"notify-new: [critical]", "1:13 notify-new: expected true or false"},
		{"\nnotify_new: true\n", "2:1 : unknown key"},

		// channels
		{"channels: []", "1:11 channels: expected at least one"},
		{"channels: email", "1:11 channels: expected a list"},
		{"channels: [email, sms]", "1:19 channels[1]: expected email, slack or thread"},
		{"channels: [Email]", "1:12 channels[0]: expected email, slack or thread"},
		{"channels: [email, thread, slack]", "1:27 channels[2]: comes after thread, which has to be the last one"},
		{"channels:\n  - slack\n  - slack\n", "3:5 channels[1]: is there twice"},
		{"channels: [1]", "1:12 channels[0]: " + noText},

		// owners
		{"owners: [user:a]", "1:9 owners: expected a mapping"},
		{"owners: {a: [user:a]}", "1:10 owners[0]: expected a repository as the key"},
		{"owners: {a/b/c: [user:a]}", "1:10 owners[0]: expected a repository as the key"},
		{"owners: {../b: [user:a]}", "1:10 owners[0]: expected a repository as the key"},
		{"owners: {a/..: [user:a]}", "1:10 owners[0]: expected a repository as the key"},
		{"owners: {a/b: user:a}", "1:15 owners[0]: expected a list"},
		{"owners: {a/b: }", "1:15 owners[0]: expected a list"},
		{"owners: {a/b: []}", "1:15 owners[0]: expected at least one user:LOGIN or group:TEAM"},
		{"owners:\n  a/b: [user:a]\n  c/d:\n    - user:a\n    - foo\n", "5:7 owners[1][1]: " + owner},
		{"owners: {a/b: ['user:']}", "1:16 owners[0][0]: " + owner},
		{"owners: {a/b: ['user:a b']}", "1:16 owners[0][0]: " + owner},
		{"owners: {a/b: ['group:a/b/c']}", "1:16 owners[0][0]: " + owner},
		{"owners: {a/b: ['org:a']}", "1:16 owners[0][0]: " + owner},
		{"owners: {a/b: [a@example.org]}", "1:16 owners[0][0]: " + owner},
		{"owners: {a/b: [user:a, user:A]}", "1:24 owners[0][1]: is there twice"},
		{"owners:\n  a/b: [user:a]\n  A/B: [user:b]\n", "3:3 owners[1]: is there twice"},

		// contacts
		{"contacts: [user:a]", "1:11 contacts: expected a mapping"},
		{"contacts: {a: {slack: U0000001}}", "1:12 contacts[0]: expected user:LOGIN or group:TEAM as the key"},
		{"contacts: {1: {slack: U0000001}}", "1:12 contacts[0]: expected text as the key"},
		{"contacts: {user:a: a@example.org}", "1:20 contacts[0]: expected a mapping"},
		{"contacts: {user:a: }", "1:20 contacts[0]: expected a mapping"},
		{"contacts: {user:a: {}}", "1:20 contacts[0]: expected email, slack or both"},
		{"contacts: {user:a: {mail: a@example.org, slack: U0000001}}", "1:21 contacts[0]: unknown key; the keys here are email, slack"},
		{"contacts:\n  user:a: {slack: U0000001}\n  user:b:\n    email: b\n", "4:12 contacts[1].email: " + address},
		{"contacts: {user:a: {email: 'A <a@example.org>'}}", "1:28 contacts[0].email: " + address},
		{"contacts: {user:a: {email: '<a@example.org>'}}", "1:28 contacts[0].email: " + address},
		{"contacts: {user:a: {email: 'a@example.org, b@example.org'}}", "1:28 contacts[0].email: " + address},
		{`contacts: {user:a: {email: "a@example.org\nBcc: b@example.org"}}`, "1:28 contacts[0].email: expected text of one line"},
		{"contacts: {user:a: {email: [a@example.org]}}", "1:28 contacts[0].email: expected text"},
		{"contacts: {user:a: {email: }}", "1:28 contacts[0].email: expected text"},
		{"contacts: {user:a: {slack: u0000001}}", "1:28 contacts[0].slack: expected a Slack id"},
		{"contacts: {user:a: {slack: '@octocat'}}", "1:28 contacts[0].slack: expected a Slack id"},
		{"contacts: {user:a: {slack: U00000}}", "1:28 contacts[0].slack: expected a Slack id"},
		{"contacts: {user:a: {slack: T0000001}}", "1:28 contacts[0].slack: expected a Slack id"},
		{"contacts:\n  user:a: {slack: U0000001}\n  User:A: {slack: U0000001}\n", "3:3 contacts[1]: is there twice"},
		{"contacts:\n  group:a b: {slack: U0000001}\n  group:a-b: {slack: U0000001}\n", "3:3 contacts[1]: is there twice"},

		// unmaintained
		{"unmaintained: group:x", "1:15 unmaintained: expected a list"},
		{"unmaintained: [user:x]", "1:16 unmaintained[0]: expected group:TEAM"},
		{"unmaintained: [x]", "1:16 unmaintained[0]: expected group:TEAM"},
		{"unmaintained: [group:x, group:X]", "1:25 unmaintained[1]: is there twice"},

		// snooze
		{"snooze: {advisory: GHSA-xxxx-xxxx-xxxx, until: 2027-01-15}", "1:9 snooze: expected a list"},
		{"snooze: [GHSA-xxxx-xxxx-xxxx]", "1:10 snooze[0]: expected a mapping"},
		{"snooze: [{until: 2027-01-15}]", "1:10 snooze[0]: lacks the key advisory"},
		{"snooze: [{advisory: GHSA-xxxx-xxxx-xxxx}]", "1:10 snooze[0]: lacks the key until"},
		{snooze("until: 2027-01-15\n    because: x"), "4:5 snooze[0]: unknown key; the keys here are advisory, until, reason"},
		{snooze("until: 2027-02-29"), "3:12 snooze[0].until: " + date},
		{snooze("until: 2027-1-15"), "3:12 snooze[0].until: " + date},
		{snooze("until: 15.01.2027"), "3:12 snooze[0].until: " + date},
		{snooze("until: 2027-01-15T00:00:00Z"), "3:12 snooze[0].until: " + date},
		{snooze("until: 20270115"), "3:12 snooze[0].until: " + noText},
		{snooze("until: "), "3:11 snooze[0].until: expected text"},
		{snooze("until: 2027-01-15\n    reason: [x]"), "4:13 snooze[0].reason: expected text"},
		{snooze("until: 2027-01-15\n  - {advisory: ghsa-XXXX-xxxx-xxxx, until: 2027-01-15}"), "4:16 snooze[1].advisory: is there twice"},
		{"snooze: [{advisory: CVE-2026-0001, until: 2027-01-15}]", "1:21 snooze[0].advisory: expected the id of an advisory"},
		{"snooze: [{advisory: 7, until: 2027-01-15}]", "1:21 snooze[0].advisory: " + noText},

		// forget
		{"forget: GHSA-xxxx-xxxx-xxxx", "1:9 forget: expected a list"},
		{"forget: [GHSA-xxxx-xxxx]", "1:10 forget[0]: expected the id of an advisory"},
		{"forget:\n- GHSA-xxxx-xxxx-xxxx\n- GHSA-xxxx-xxxx-xxxX\n", "3:3 forget[1]: is there twice"},

		// on-duty
		{"on-duty: user:a", "1:10 on-duty: expected a mapping"},
		{"on-duty: [user:a]", "1:10 on-duty: expected a mapping"},
		{"on-duty: {since: 2026-11-02, every: 1w}", "1:10 on-duty: lacks the key rotation"},
		{"on-duty: {rotation: [user:a], every: 1w}", "1:10 on-duty: lacks the key since"},
		{"on-duty:\n  rotation: [user:a]\n  since: 2026-11-02\n", "2:3 on-duty: lacks the key every"},
		{duty("[]", "2026-11-02", "1w"), "2:13 on-duty.rotation: expected at least one user:LOGIN"},
		{duty("user:a", "2026-11-02", "1w"), "2:13 on-duty.rotation: expected a list"},
		{duty("[group:a]", "2026-11-02", "1w"), "2:14 on-duty.rotation[0]: expected user:LOGIN"},
		{duty("[user:a]", "now", "1w"), "3:10 on-duty.since: " + date},
		{duty("[user:a]", "2026-11-02", "0d"), "4:10 on-duty.every: expected 1d to 366d"},
		{duty("[user:a]", "2026-11-02", "367d"), "4:10 on-duty.every: expected 1d to 366d"},
		{duty("[user:a]", "2026-11-02", "weekly"), "4:10 on-duty.every: " + days},
		{duty("[user:a]", "2026-11-02", "1w\n  until: 1w"), "5:3 on-duty: unknown key; the keys here are rotation, since, every"},

		// access
		{"access: all", "1:9 access: expected none, configured or owners"},
		{"access: Owners", "1:9 access: expected none, configured or owners"},
		{"access: true", "1:9 access: expected text; put a number, or true and false, in quotation marks"},
		{"access: [owners]", "1:9 access: expected text"},

		// max-owner
		{"max-owner: -1", "1:12 max-owner: expected a whole number from 0 to 10000"},
		{"max-owner: 10001", "1:12 max-owner: expected a whole number from 0 to 10000"},
		{"max-owner: 2.5", "1:12 max-owner: expected a whole number from 0 to 10000"},
		{"max-owner: '25'", "1:12 max-owner: expected a whole number from 0 to 10000"},
		{"max-owner: many", "1:12 max-owner: expected a whole number from 0 to 10000"},
		{"max-owner: 99999999999999999999", "1:12 max-owner: expected a whole number from 0 to 10000"},

		// privacy
		{"privacy: true", "1:10 privacy: expected a mapping"},
		{"privacy: {show-summary: yes}", "1:25 privacy.show-summary: expected true or false"},
		{"privacy: {public-channel: 'true'}", "1:27 privacy.public-channel: expected true or false"},
		{"privacy: {public-channel: 1}", "1:27 privacy.public-channel: expected true or false"},
		{"privacy: {show_summary: true}", "1:11 privacy: unknown key; the keys here are show-summary, public-channel"},

		// messages
		{"messages: Open edX", "1:11 messages: expected a mapping"},
		{"messages: {name: x}", "1:12 messages: unknown key; the keys here are organization, working-group,"},
		{"messages: {organization: ''}", "1:26 messages.organization: expected text"},
		{"messages: {organization: " + strings.Repeat("x", 201) + "}", "1:26 messages.organization: expected at most 200 characters"},
		{"messages: {working-group: 7}", "1:27 messages.working-group: " + noText},
		{"messages: {contact: security}", "1:21 messages.contact: " + address},
		{"messages: {process-url: example.org}", "1:25 messages.process-url: expected an address that begins with https://"},
		{"messages: {process-url: 'javascript:alert(1)'}", "1:25 messages.process-url: expected an address"},
		{"messages: {process-url: 'https://'}", "1:25 messages.process-url: expected an address"},
		{"messages: {announcement-url: 'https://a:b@example.org/'}", "1:30 messages.announcement-url: expected an address"},
		{"messages: {timezone: Local}", "1:22 messages.timezone: " + zone},
		{"messages: {release-branches: release/ulmo}", "1:30 messages.release-branches: expected a list"},
		{"messages: {release-branches: [21]}", "1:31 messages.release-branches[0]: " + noText},
		{"messages: {release-branches: [a, b, a]}", "1:37 messages.release-branches[2]: is there twice"},
		{"messages: {release-branches: ['a b']}", "1:31 messages.release-branches[0]: expected the name of a branch"},
		{"messages: {release-branches: ['a..b']}", "1:31 messages.release-branches[0]: expected the name of a branch"},
		{"messages: {release-branches: [/a]}", "1:31 messages.release-branches[0]: expected the name of a branch"},
		{"messages: {release-branches: [a/]}", "1:31 messages.release-branches[0]: expected the name of a branch"},
		{"messages: {release-branches: [a/.b]}", "1:31 messages.release-branches[0]: expected the name of a branch"},
		{"messages: {release-branches: [a.lock]}", "1:31 messages.release-branches[0]: expected the name of a branch"},
		{"messages: {release-branches: ['-f']}", "1:31 messages.release-branches[0]: expected the name of a branch"},
		{"messages: {release-branches: ['<b>']}", "1:31 messages.release-branches[0]: expected the name of a branch"},
		{"messages: {release-branches: [" + strings.Repeat("x", 101) + "]}", "1:31 messages.release-branches[0]: expected the name of a branch"},
	}
	for _, test := range tests {
		name := test.text[:min(len(test.text), 60)]
		t.Run(name, func(t *testing.T) {
			errs := parseErrors(t, test.text)
			e := errs[0]
			got := fmt.Sprintf("%d:%d %s: %s", e.Line, e.Column, e.Path, e.Message)
			if len(errs) != 1 || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q (of %d), want %q", got, len(errs), test.want)
			}
		})
	}
}

// TestParseManyMistakes also sees to it that they come in the order of the
// lines, whatever the order in which the keys are read, and quote nothing.
func TestParseManyMistakes(t *testing.T) {
	const text = `snooze:
  - {advisory: secret-id, until: secret-day, reason: secret-reason}
  - {until: 2027-01-15, secret-key: 1}
contacts:
  secret-login: {email: secret-mail, slack: secret-slack}
  user:a: {}
owners:
  secret-repository: [secret-owner]
  a/b: []
secret-root: {a: b}
on-duty: {rotation: [secret-member], since: secret-day, every: secret-turn}
forget: [secret-id, 7]
unmaintained: [secret-team]
messages: {contact: secret-mail, process-url: secret-link, timezone: secret-zone, release-branches: [secret branch]}
channels: [secret-channel]
privacy: {show-summary: secret-flag}
grace: {weekly: secret-grace}
quiet-after-answer: {weekly: secret-quiet}
notify-new: secret-flag
cadence: {low: secret-cadence}
timezone: secret-zone
`
	want := []string{
		"2 snooze[0].advisory", "2 snooze[0].until",
		"3 snooze[1]", "3 snooze[1]",
		"5 contacts[0]", "5 contacts[0].email", "5 contacts[0].slack",
		"6 contacts[1]",
		"8 owners[0]", "8 owners[0][0]",
		"9 owners[1]",
		"10 ",
		"11 on-duty.rotation[0]", "11 on-duty.since", "11 on-duty.every",
		"12 forget[0]", "12 forget[1]",
		"13 unmaintained[0]",
		"14 messages.contact", "14 messages.process-url", "14 messages.timezone", "14 messages.release-branches[0]",
		"15 channels[0]",
		"16 privacy.show-summary",
		"17 grace.weekly",
		"18 quiet-after-answer.weekly",
		"19 notify-new",
		"20 cadence.low",
		"21 timezone",
	}
	errs := parseErrors(t, text)
	var got []string
	for _, e := range errs {
		got = append(got, fmt.Sprintf("%d %s", e.Line, e.Path))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
	if strings.Contains(errs.Error(), "secret") {
		t.Errorf("the text quotes the file:\n%v", errs)
	}
}

func TestSyntaxErrorsQuoteNothing(t *testing.T) {
	for _, text := range []string{
		"secret: [secret\nsecret: {secret\n", "secret: 'secret\n", "secret: secret: secret\n", "secret:\n\tsecret: secret\n",
		"secret: @secret\n", "secret: [secret, , secret]\n", "secret: *\n", "secret: *secret\n", "secret: & secret\n", "secret: !<secret secret\n",
		"%SECRET secret\n---\n", "secret\nsecret: secret\n", "- secret\nsecret: secret\n", "secret: \"\\q secret\"\n", "secret: |9z\n secret\n",
	} {
		if got := parseErrors(t, text).Error(); strings.Contains(strings.ToLower(got), "secret") {
			t.Errorf("Parse(%q) quotes the file: %s", text, got)
		}
	}
}

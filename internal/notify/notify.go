// Package notify holds what a digest and a report say, free of the channel
// that carries them. Packages email, slack and thread below it turn them into
// mails, Slack messages and comments on drafts, and deliver them.
package notify

import (
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// A Digest is one notification to one recipient: what the plan decided, with
// all that the message shows.
type Digest struct {
	ID       string // delivery id: 32 hexadecimal digits
	Team     bool   // the recipient is a team with a contact of its own
	Cadence  reminder.Cadence
	Now      time.Time
	Next     time.Time // when the next reminder of these comes, if nothing happens
	Location *time.Location
	Items    []Item // the most severe first, then the oldest
	Texts    config.Messages
	Commands bool   // comments on the draft can hold commands
	Snooze   int    // the most days that one of these can snooze for; 0: at least as many as any example
	Try      string // whom it would go to, where one who tries the program gets it instead
}

// An Item is one advisory in a digest or a report.
type Item struct {
	ID          string // GHSA-xxxx-xxxx-xxxx
	Repository  advisory.Repository
	URL         string
	Summary     string // empty unless titles may be shown
	Severity    advisory.Severity
	Score       float64 // 0 where none was given
	OpenDays    int     // whole calendar days since it was opened
	Reminders   int     // deliveries to this recipient before this one
	New         bool    // the recipient is told of it at once, for the first time
	PrivateFork string  // address, or empty
	Patched     string  // first fixed version, or empty
	Why         string  // "you are in x, an owner of o/r", to which Source adds the file
	Reason      string  // in a report: why it is there, or who was reminded

	// What the reader of a digest can do, and whom to ask for the rest.
	Opens  owner.Knowledge // the reader can open the draft
	Admin  owner.Knowledge // the reader administers the repository: may start the fork, merge, close and publish
	Admins []string        // logins of its owners who administer the repository, as far as that is known

	LastWord time.Time // when an owner last answered on the draft; zero: nobody has
	Release  time.Time // the planned release; zero: none is planned
	Others   []string  // who else is told of it, by login or team
	File     string    // path of the file of the repository that names the reader as an owner, or empty
	Source   string    // its address, or empty

	// Of one without an answer: how often one recipient was reminded at most since
	// something happened last, and when that was.
	Unanswered int
	Since      time.Time

	Known bool // in a report: an accepted report has said so before, and it lasts
}

// A Report is the message about one run to the working group.
type Report struct {
	ID           string // delivery id
	Texts        config.Messages
	Organization string // login, or the repositories' owners
	Now          time.Time
	Location     *time.Location
	Heartbeat    bool // nothing to say, but the first run of the week
	DryRun       bool
	Try          *Try      // everything went to one who tries the program
	FirstRun     bool      // there was no ledger, and no report has said so
	NoLedger     bool      // of a preview that names none, for which everybody is told for the first time
	RunURL       string    // the workflow run, or empty
	ConfigSource string    // which configuration applied
	OnDuty       string    // login, or empty
	OnDutySlack  string    // id of the same in Slack, or empty
	NextOnDuty   string    // login of whoever takes over then; empty where nobody does
	HandOver     time.Time // first instant of the next turn

	// Tried is when an earlier attempt at this report was made that may have
	// arrived; zero where there was none.
	Tried time.Time
	Issue *ledger.Issue // that holds the reports, as far as the ledger knows one

	// Alarm is why a run failed before it could compose a report, one reason a
	// line. Then nothing else is said.
	Alarm []string

	CommentSeen bool // an owner has once answered below a comment of the program's

	Open        map[advisory.Severity]int // open drafts
	Ownerless   int                       // scored drafts that nobody but the working group is told of
	Digests     []Sent
	NeedsOwner  []Item // due for the working group because no owner was found, with Reason
	NeedsScore  []Item
	LeftOut     []Item   // drafts that GitHub's list should hold and does not
	LeftOutSaid bool     // an accepted report has said so of each
	Undelivered []Sent   // with Failure
	NoAnswer    []Item   // reminded, and nothing happened since; Reason is whom
	NeedsAdmin  []Item   // whose next step nobody can take who is reminded; Reason is which
	LeftDuty    []string // logins in the rotation on duty who are no members
	Triage      []Item   // private reports that wait for longer than they should
	SnoozeEnded []Snooze // over since the last accepted report
	Snoozed     []Snooze // held back by the configuration now
	Talk        Talk     // what people said on drafts
	Changed     []Change
	FirstTold   []FirstTold
	Resolved    []Resolved
	LongestOpen []Item
	Access      Access
	Warnings    []string // anything else that a human should look at

	Month         *Month   // in the first report of a month
	LeftDutyKnown int      // how many of LeftDuty an accepted report has said before
	WarningsKnown int      // how many of these an accepted report has said before, and they last
	Standing      int      // things that need a human, which last and are not said again this week
	Notes         []string // what is worth knowing, but is no reason to send a report
}

// Sent is one digest of a run.
type Sent struct {
	To      string // user:octocat, team:openedx/x
	Channel string // email, slack or thread
	Cadence reminder.Cadence
	Items   int
	Failure string // empty where it was delivered
}

// Snooze is an advisory that the configuration holds back, or has held back,
// until the first instant of a day.
type Snooze struct {
	Item   Item
	Until  time.Time
	Reason string // the configuration's, or empty
}

// Change is an advisory whose severity is another than at the last run.
type Change struct {
	Item     Item
	From, To advisory.Severity
}

// FirstTold are recipients who were told about a repository for the first time,
// by one route.
type FirstTold struct {
	To         string // separated by commas
	Repository advisory.Repository
	URL        string // of the repository
	Route      string // such as "catalog-info.yaml names group:x"
}

// Resolved is an advisory that was a draft and is no longer.
type Resolved struct {
	Item  Item
	State advisory.State
}

// Access is what a report says of whom drafts were opened to, will be, and will not.
type Access struct {
	Given      []Opened // since the last accepted report
	Will       []Opened // at the next run of a later day
	Removed    []Opened // not added again, since somebody removed them
	RemovedNew bool     // no accepted report has said so of one of these
}

// Opened is a draft, and people and teams to whom it is, will be, or won't be opened.
type Opened struct {
	Item Item
	To   []string // user:octocat, team:openedx/x
}

// Talk is what people have said on drafts, and what holds because of it.
type Talk struct {
	Commands []Given        // that no accepted report has named
	Again    []Given        // of these, snoozes of drafts that had been snoozed before
	Refused  map[string]int // commands of people who may give none, by advisory id, that no accepted report has counted

	Held    []HeldBack // by a command or an answer
	Planned []Item     // with Release
	Overdue []Item     // with Release, which has passed
}

// Given is a command on a draft.
type Given struct {
	Item    Item
	Comment int64
	*discussion.Command
}

// HeldBack is a draft whose reminders are held back until then.
type HeldBack struct {
	Item   Item
	By     string // login
	Until  time.Time
	Reason string // of a snooze, or empty
	Answer bool   // because somebody has answered, else by a snooze
}

// A Month is what became of the drafts in a calendar month.
type Month struct {
	First    time.Time // its first instant
	Opened   int
	Resolved int

	// The medians, in whole days: of those whose owners answered first in that month,
	// and of those that were resolved in it; -1: there are none.
	Answer, End int
}

// A Try is what the report of a live try says: everything went to the one who
// tries it, and to nobody else.
type Try struct {
	Place string // where the report would go
	Sent  int    // digests that went to the one who tries
	More  int    // further digests, which went nowhere
}

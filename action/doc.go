// Package action is the face of the program: its commands, its inputs, and the
// one way out for everything that it prints. The environment is read here, and
// nowhere below, and so is the clock, but for the deadlines of connections.
//
// # A tour of the house
//
// Imports run one way, from cmd/advisory-reminders, which owns signals and the
// exit status, over this package to internal/run and internal/check, and from
// there down to the domain. From the ground up:
//
//   - internal/advisory holds the domain's words: Advisory, Severity, Owner.
//   - internal/reminder decides who is to be reminded of what, and when. It is
//     pure: everything follows from the time, the policy, the drafts and the
//     history.
//   - internal/transport is the HTTP client that all services share: retries,
//     rate limits, GraphQL, GitHub's clock, and the way to do things side by side.
//   - internal/yamlfile reads YAML that anybody may have written.
//   - internal/spelling guesses which known name was meant.
//   - internal/config reads the configuration.
//   - internal/ghsa lists draft advisories over GitHub's REST API, reads and writes
//     their comments, adds collaborators, and asks what a token may see.
//   - internal/owner finds out who maintains a repository, over GraphQL.
//   - internal/contact knows how somebody is reached.
//   - internal/ledger remembers all deliveries: what was meant to be sent, and
//     what became of it.
//   - internal/notify holds what a digest and a report say, and what a channel is;
//     internal/notify/email, internal/notify/slack and internal/notify/thread are
//     the channels.
//   - internal/run is one run.
//   - internal/check asks everything and sends nothing.
//
// The rest is for trying it:
//
//   - internal/sandbox is a world on loopback, for tests and the demo:
//     internal/sandbox/github, internal/sandbox/slack and internal/sandbox/mail are
//     its servers, internal/sandbox/load fills it with files of a real organization,
//     internal/sandbox/graphfault spoils GitHub's GraphQL answers, and
//     internal/sandbox/serve runs it by itself.
//   - internal/demo runs the whole program through half a year there, and writes
//     a page that shows what everybody got.
//   - internal/notify/inert and internal/notify/notifytest are for tests of
//     messages: what outside text does in them, and examples.
//   - internal/proof tries the promise, with scenarios by the thousand and kills.
//   - internal/real tries the program and the sandbox against software that nobody
//     here wrote; internal/real/published judges exchanges with GitHub by what
//     GitHub publishes.
//
// # This package
//
//   - main.go: Main, the commands, and what a process is given by its system.
//   - inputs.go: the inputs and flags, each with its rule.
//   - settings.go: the environment, the configuration's text, the time to start at.
//   - run.go: the command run, from the inputs to the summary and the outputs.
//   - check.go: the command check.
//   - connect.go: which services a run talks to. A further channel is a line here.
//   - alarm.go: what a scheduled run says that fails before its report.
//   - console.go: the one way out for everything that is printed; what it says in
//     a public log.
//   - doc.go: this tour.
//
// # A run
//
//   - run.go: Run, the line that the other files are steps of, and what is given to
//     it.
//   - grid.go: when the steps happen where the log is public.
//   - look.go: Snapshot, what there is.
//   - identity.go: which accounts the configuration's logins mean.
//   - access.go: which drafts are opened to whom.
//   - prospect.go: the same for a check.
//   - decide.go: Plan, what is to be sent to whom, over which channel.
//   - claim.go: the deliveries of a plan, claimed in one write.
//   - open.go: drafts opened to those who are to be told of them.
//   - deliver.go: Outcome, what became of the deliveries.
//   - refused.go: of which refused digests the working group is told instead.
//   - message.go: a digest with all that it shows.
//   - report.go: what the working group is told, and when that counts as said.
//   - opened.go: what the report says of access.
//   - lasting.go: the report's lists of what stalls and of snoozes.
//
// # A check
//
//   - check.go: Run, and Subject, what is checked.
//   - settings.go: the lines about inputs, configuration, cadences and snoozes.
//   - token.go: those about the token, and what the list of drafts proves.
//   - names.go: those about what the configuration names and there is not.
//   - owners.go: those about owners, contacts, and who can't open a draft.
//   - access.go: those about whom runs will open drafts to.
//   - rights.go: what rights a token lacks for that, and what to do about it.
//   - channels.go: those about Slack and the mail server.
//   - ledger.go: those about the ledger.
//   - table.go: lines, how they are laid out, and what they come to.
package action

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
//   - internal/wholefile writes files whole or not at all.
//   - internal/config reads the configuration.
//   - internal/ghsa lists draft advisories over GitHub's REST API, without those of
//     temporary private forks (fork.go there), reads and writes their comments, adds
//     collaborators, and asks what a token may see.
//   - internal/owner finds out who maintains a repository, over GraphQL.
//   - internal/discussion understands what people say on drafts: answers, commands,
//     who may give these, and what they come to. It is pure.
//   - internal/contact knows how somebody is reached.
//   - internal/ledger remembers all deliveries: what was meant to be sent, and
//     what became of it.
//   - internal/notify holds what a digest and a report say, and what a channel is;
//     internal/notify/email, internal/notify/slack and internal/notify/thread are
//     the channels; internal/notify/issue is one for reports alone.
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
//   - help.go: what help says, and which names an error may quote.
//   - inputs.go: the inputs and flags, each with its rule.
//   - settings.go: the environment, the configuration's text, the time to start at.
//   - run.go: the command run, from the inputs to the summary and the outputs.
//   - check.go: the command check.
//   - connect.go: which services a run talks to. A further channel is a line here.
//   - places.go: where the report goes, and what it means that one place takes it.
//   - reply.go: what answers commands on drafts.
//   - sendall.go: a live try, of which one person gets everything.
//   - unknown.go: the preview of one's own repository, where hardly any address is
//     known.
//   - alarm.go: what a scheduled run says that fails before its report.
//   - preview.go: what a dry run shows, and in which order.
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
//   - listen.go: what people say on drafts, and who they are.
//   - identity.go: which accounts the configuration's logins mean.
//   - access.go: which drafts are opened to whom.
//   - prospect.go: the same for a check.
//   - decide.go: Plan, what is to be sent to whom, over which channel.
//   - outline.go: who gets what, for the log and for a dry run.
//   - claim.go: the deliveries of a plan, claimed in one write.
//   - reply.go: answers to commands.
//   - open.go: drafts opened to those who are to be told of them.
//   - deliver.go: Outcome, what became of the deliveries.
//   - refused.go: of which refused digests the working group is told instead.
//   - message.go: a digest with all that it shows.
//   - try.go: which digests a try sends.
//   - report.go: what the working group is told, and when that counts as said.
//   - opened.go: what the report says of access.
//   - talk.go: what the report says of what people said.
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
//   - discussion.go: those about comments that can't be read.
//   - channels.go: those about Slack and the mail server.
//   - issue.go: those about the report's issue, and who can read it.
//   - ledger.go: those about the ledger.
//   - table.go: lines, how they are laid out, and what they come to.
//
// # Owners
//
//   - owner.go: what is asked for and what is found, and the routes in their order.
//   - inquiry.go: Inquiry, which asks while the drafts are still being listed.
//   - ask.go: questions to GitHub in batches, as text.
//   - answer.go: what an answer says: found, missing, refused, or not known now.
//   - page.go: how a list of GitHub's goes on.
//   - repositories.go: the question about a repository and its two files.
//   - teams.go: the question about a team and its members.
//   - people.go: the question about a person.
//   - addresses.go: the question about people's addresses, and what to do without.
//   - routes.go: the places that can name owners of a draft, in the order of the
//     search. A further one is a line there, a Route in owner.go, and a file that
//     reads it.
//   - catalog.go: what catalog-info.yaml says.
//   - codeowners.go: what CODEOWNERS says.
//   - named.go: what any such file comes to.
//   - rights.go: who may write to a repository.
//   - resolve.go: who of those named is told, and why nobody is.
//   - access.go: whose rights the check asks about, and the list of repositories.
//   - speakers.go: who those are that speak on drafts and are no owners.
//   - names.go: whether names exist, for the check.
//
// # The configuration
//
//   - config.go: Config, its defaults, and Open edX's own.
//   - parse.go: the keys at the top; time zone, cadences, channels, messages.
//   - people.go: owners, contacts, unmaintained teams.
//   - commands.go: commands in comments, and the working group's team.
//   - schedule.go: snoozes, what is to be forgotten, the rotation.
//   - values.go: durations, days, addresses and the like.
//   - decoder.go: how a node of YAML is read, and what is wrong with it.
//   - syntax.go: the text as nodes.
//   - errors.go: mistakes, with their line and key.
//   - access.go: to whom drafts are opened.
//   - logins.go: the logins that it names, and how they are renamed.
//   - duty.go: who is on duty.
//
// The cadences themselves, their words and periods, are in internal/reminder.
//
// # The ledger
//
//   - ledger.go: Ledger, what it holds, and what follows from its deliveries.
//   - claim.go: claims, which reminder a delivery is, and what a report has said.
//   - recorder.go: Recorder, which writes while a run goes on.
//   - access.go: who collaborates on drafts, and to whom they are opened.
//   - merge.go: how two ledgers become one, and what is dropped.
//   - discussion.go: what was said on drafts, and the answers that are owed.
//   - account.go: people by their accounts, and the accounts of the configuration.
//   - alarm.go: an alarm once a day.
//   - issue.go: which issue holds the reports, and when a report was tried before.
//   - encode.go: the ledger as JSON.
//   - seal.go: the ledger encrypted.
//   - store.go: Store, where it is kept. A further one is a file beside the next two,
//     an input, and a line in connect.go of the package action.
//   - branch.go: a branch of a repository.
//   - file.go: a file.
//
// # Messages
//
// The text forms are the templates beside these files; internal/notify/email has
// those in HTML, and internal/notify/slack lays out the same values in blocks.
//
//   - notify.go: Digest, Item and Report, what a message is about.
//   - letter.go: a digest in words: what it says and in which order.
//   - announcement.go: the announcement of a release.
//   - section_access.go: what a report says of access.
//   - section.go: a report in words: its sections, headings and rows.
//   - section_discussion.go: those about what people said on drafts.
//   - reply.go: an answer to commands.
//   - glance.go: the lines at its beginning, and the notes about the run at its end.
//   - words.go: words that both use.
//   - try.go: what both say in a live try.
//   - span.go: pieces of text: plain, bold, code, links.
//   - clean.go: outside text made harmless, and addresses that may be links.
//   - text.go: both as plain text.
//   - markdown.go: a report for the job summary.
//   - parts.go: the same in parts, for comments of an issue.
//   - call.go: whom a report calls.
//   - comment.go: what a comment on GitHub may hold, and how it is found again.
//   - channel.go: Channel, which delivers.
//   - failure.go: Failure, and what became of a delivery.
//   - judge.go: whose fault a refusal is, once all digests have been tried.
//   - wait.go: waiting.
package action

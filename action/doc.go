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
//   - inputs.go: the inputs, each with its part and its rule.
//   - rules.go: what the inputs come to, which of them need or exclude each other, and
//     what they may not be where the log is public.
//   - flags.go: the command line.
//   - settings.go: the environment, the configuration's text, the time to start at.
//   - run.go: the command run, from the inputs to the summary and the outputs.
//   - check.go: the command check.
//   - connect.go: which services a run or a check talks to.
//   - places.go: where the report goes, and what it means that one place takes it.
//   - sendall.go: a live try, of which one person gets everything.
//   - unknown.go: the preview of one's own repository, where hardly any address is
//     known.
//   - report_file.go: the report as a file in the workspace.
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
//   - decide.go: Plan, what is to be sent to whom, by which cadence and over which
//     channel; the brake of max-recipients, and what a try sends.
//   - outline.go: who gets what, for the log and for a dry run.
//   - closer.go: Closer, what looking closer at those alone finds: addresses, and who
//     can open which draft.
//   - claim.go: the deliveries of a plan, claimed in one write.
//   - reply.go: answers to commands.
//   - open.go: drafts opened to those who are to be told of them.
//   - deliver.go: Outcome, what became of the deliveries.
//   - refused.go: of which refused digests the working group is told instead.
//   - message.go: a digest with all that it shows.
//   - report.go: the report, section by section, and when it counts as said.
//   - section.go: what its sections hold, but for these:
//   - section_group.go: what is due for the working group itself, and why.
//   - section_access.go: whom drafts are opened to.
//   - section_administrator.go: drafts whose next step is an administrator's.
//   - section_discussion.go: what people said.
//   - section_month.go: the numbers of a month.
//   - notes.go: its warnings, and the notes at its end.
//   - lasting.go: what lasts, and is said when it begins and once a week.
//
// # A check
//
//   - check.go: Run, and Subject, what is checked.
//   - settings.go: the lines about inputs, configuration, cadences and snoozes.
//   - token.go: those about the token, and what the first report says of it.
//   - drafts.go: those about the list of drafts, what it proves, and what it lacks.
//   - coverage.go: those about repositories that the token does not see.
//   - names.go: those about what the configuration names and there is not.
//   - owners.go: those about owners.
//   - rights.go: what rights a token lacks for that, and what to do about it.
//   - contacts.go: those about who can be reached, and who is new (max-recipients).
//   - access.go: those about who can't open a draft, and whom runs will open it to.
//   - comments.go: those about comments on drafts.
//   - slack.go: those about Slack.
//   - mail.go: those about the mail server.
//   - issue.go: those about the report's issue.
//   - readers.go: the one about who can read it.
//   - ledger.go: those about the ledger.
//   - table.go: lines, how they are laid out, and what they come to.
//
// # Drafts
//
//   - ghsa.go: where there are lists, and one of them, followed to its end.
//   - drafts.go: Drafts, the lists of a run, and whether they are whole.
//   - fork.go: what is a temporary private fork, whose drafts are left out.
//   - wire.go: an advisory as GitHub sends it: severity, score, credits.
//   - page.go: a page of a list, and where the next one is.
//   - triage.go: private reports that nobody has accepted yet.
//   - comments.go: the discussion of a draft, and the login that an account bears now.
//   - collaborators.go: those who were given access to a draft.
//   - access.go: what a token may see.
//
// # Reminders
//
//   - doc.go: the rule in words.
//   - cadence.go: the cadences: their words, periods and graces, and what they promise.
//   - policy.go: which severity has which cadence, and when a draft counts as told.
//   - plan.go: Plan, which decides about every draft and recipient, and the reasons.
//   - next.go: when each recipient will be reminded again.
//
// # Owners
//
//   - owner.go: what is asked for and what is found, and the routes in their order.
//   - inquiry.go: Inquiry, which asks while the drafts are still being listed.
//   - ask.go: questions to GitHub in batches, as text.
//   - answer.go: what an answer says: found, missing, refused, or not known now; how a
//     list goes on.
//   - repositories.go: the question about a repository and its files.
//   - teams.go: the question about a team and its members.
//   - people.go: the question about a person.
//   - addresses.go: the question about people's addresses, and what to do without.
//   - routes.go: the places that can name owners of a draft, in the order of the
//     search.
//   - files.go: those of them that are files, in a table, and how one is read.
//   - catalog.go: what catalog-info.yaml says.
//   - codeowners.go: what CODEOWNERS says.
//   - named.go: what any such file comes to.
//   - rights.go: who may write to a repository.
//   - doors.go: who can open a draft, and who administers it.
//   - resolve.go: who of those named is told, and why nobody is.
//   - access.go: the list of an organization's repositories.
//   - readers.go: who can read a private repository.
//   - speakers.go: who those are that speak on drafts and are no owners.
//   - names.go: whether names exist, for the check.
//
// # The configuration
//
//   - config.go: Config, its defaults, and the table of its keys.
//   - policy.go: the time zone, and what there is for each severity or cadence.
//   - channel.go: the channels, and how a contact is reached over them.
//   - people.go: owners, contacts, the most people of one repository, and to whom
//     drafts are opened.
//   - snooze.go: snoozes, and what is to be forgotten.
//   - duty.go: the rotation, and who is on duty.
//   - messages.go: names, addresses and links in messages; Open edX's own.
//   - logins.go: the logins that it names, and how they are renamed.
//   - values.go: durations, days, addresses and the like, and what each may be at most.
//   - decoder.go: how a node of YAML is read, and what is wrong with it.
//   - errors.go: mistakes, with their line and key.
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
//   - lasting.go: what lasts and an accepted report has said.
//   - reminded.go: how often and when people were reminded of a draft, and since when
//     nothing has happened on it.
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
//   - digest.go: a digest in words: its subject and headline, and the parts in their
//     order.
//   - digest_entry.go: one advisory in it, and the next step.
//   - digest_answers.go: what to do if it can't be now, and who wrote this.
//   - digest_process.go: the steps from fix to release, who can take them, and keeping
//     it private.
//   - digest_announcement.go: the announcement of a release.
//   - digest_why.go: why somebody got it, and who else did.
//   - report.go: a report in words: its title and first lines, and whom it calls.
//   - report_sections.go: what a section is, and the groups of them.
//   - report_needs.go: the sections about what needs a human.
//   - report_happened.go: those about what happened.
//   - report_open.go: those about what is open.
//   - report_notes.go: notes, and where the report comes from.
//   - report_rows.go: rows of sections: drafts, people.
//   - reply.go: an answer to commands.
//   - words.go: words that several of these use.
//   - span.go: pieces of text: plain, bold, code, links.
//   - clean.go: outside text made harmless, and addresses that may be links.
//   - text.go: a digest and a report as plain text.
//   - preview.go: both as a dry run shows them.
//   - markdown.go: a report for the job summary and the issue, whole and in parts.
//   - json.go: a report as JSON, for the input report-file.
//   - comment.go: what a comment on GitHub may hold, and what it means that one was
//     perhaps posted.
//   - channel.go: Channel, which delivers.
//   - failure.go: Failure, and what became of a delivery.
//   - judge.go: whose fault a refusal is, once all digests have been tried.
//
// # Mail
//
//   - email.go: Config, and Mailer, which sends digests and reports.
//   - channel.go: whom mail reaches.
//   - message.go: a message with its headers.
//   - html.go: its HTML.
//   - pool.go: connections, and when a server is left alone.
//   - session.go: one of them: greeting, TLS, a message.
//   - login.go: logins.
//   - trouble.go: what went wrong at which stage, what that means, and what to do.
//
// # Slack
//
//   - slack.go: Client, which posts.
//   - channel.go: whom Slack reaches.
//   - directory.go: what Slack knows: itself, people, channels and their readers.
//   - layout.go: a digest and a report in blocks.
//   - mrkdwn.go: text in Slack's markup.
//   - webhook.go: a report to a webhook, or to a workflow.
//   - gate.go: nobody posts while Slack wants to be left alone.
//   - failure.go: what went wrong, and what that means.
//
// # Comments on drafts
//
//   - thread.go: Client, which posts comments, and looks for those that were perhaps
//     posted; whom one mentions and what it says is in comment.go of internal/notify.
//   - channel.go: whom a comment reaches, and how many it names.
//   - pace.go: how fast they are posted.
//
// # The report's issue
//
//   - issue.go: Client, which finds or opens the issue, and posts.
//   - place.go: whether it may be written there.
//
// # Where a change goes
//
// Tests hold the documents against the code: what people set or read also changes
// docs/reference.md, for inputs action.yml, and for the configuration the example and
// the schema in examples. These were tried:
//
//   - a channel: a package below internal/notify; action/connect.go; its name, what a
//     report calls it and how a contact has it in internal/config/channel.go; which
//     input sets it up, as internal/run/notes.go and internal/check/settings.go say;
//     if a check is to ask more of it than whom it knows, action/check.go,
//     internal/check/check.go, and a file beside that. Where an address is a secret,
//     action/run.go masks it, and what a person sees instead in action/preview.go and
//     action/sendall.go is a channel's business, so internal/notify/channel.go has it.
//   - a cadence: internal/reminder/cadence.go.
//   - whose cadence it is: internal/reminder/policy.go, and draft in
//     internal/run/decide.go, which asks it once for each draft; what that has to know of
//     owners in internal/owner/owner.go and internal/owner/resolve.go, which splits teams;
//     internal/check/settings.go lists which there are; and the key as below.
//   - a key of the configuration: internal/config/config.go, and where a file there
//     reads its kind, that one; where it holds names, internal/check/names.go looks them
//     up.
//   - a file that names owners: a function that reads it in internal/owner, and a line
//     in internal/owner/files.go.
//   - which drafts are left out as those of private forks: internal/ghsa/fork.go.
//   - a place for the ledger: a Store in internal/ledger, action/connect.go, and its
//     inputs in action/inputs.go and action/rules.go; internal/ledger/seal.go if it can be
//     sealed, since it is sealed for its place.
//   - a line of the check: the file of its part in internal/check; for a further part
//     internal/check/check.go.
//   - an input: action/inputs.go; what it comes to in action/rules.go; a new part of
//     them in action/help.go. Advice names it
//     where it is given: max-recipients in internal/run/decide.go and
//     internal/check/contacts.go.
//   - a sentence of the digest: the file in internal/notify that begins with digest, and
//     the golden files.
//   - a section of the report: a field in internal/notify/notify.go, what it says in the
//     file of its group there, such as internal/notify/report_needs.go, what it holds in
//     internal/run/section.go or a file section_TOPIC.go beside it, a line in
//     internal/run/report.go, and an example in internal/notify/notifytest; what is
//     counted of reminders in internal/ledger/reminded.go.
//   - another form of a dry run: its input; action/preview.go; the form itself in
//     internal/notify, such as internal/notify/json.go; action/run.go, and
//     action/console.go if nothing else may be printed.
package action

// Package action is the run as a whole: from the inputs to the exit status.
//
// A tour of the house, from the ground up:
//
//   - internal/advisory holds the domain's words: Advisory, Severity, Owner.
//   - internal/reminder decides who is to be reminded of what, and when. It is
//     pure: everything follows from the time, the policy, the drafts and the
//     history.
//   - internal/yamlfile reads YAML that anybody may have written.
//   - internal/config reads the configuration file.
//   - internal/ghsa lists draft advisories over GitHub's REST API.
//   - internal/owner finds who maintains a repository, over GraphQL.
//   - internal/ledger remembers who was last told of what.
//   - internal/notify says what a digest and a report hold; its packages email
//     and slack turn them into messages and deliver them.
//   - internal/transport is the HTTP client that all of them share.
//   - internal/sandbox is a GitHub, a Slack and a mail server on loopback, for
//     the demo and the tests.
//   - internal/demo runs the whole program through half a year there, and writes
//     a page that shows everything that anybody got.
//   - internal/real tries the program and the sandbox against software that
//     nobody here wrote.
//
// In this package, Main reads the command, inputs.go the inputs, run.go is the
// straight line from drafts to digests, deliver.go sends them and save.go writes
// meanwhile what was delivered, check.go asks everything and sends nothing, and
// console.go is the one way out for everything that is printed.
// The environment and the clock are read here and nowhere below.
package action

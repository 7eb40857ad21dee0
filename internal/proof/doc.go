// Package proof holds proofs of the whole program, made from outside: whole
// runs against the sandbox, judged by what its GitHub, Slack and mail server
// saw. It has tests only, and they know nothing of the packages that the
// program is made of, so the program can be rebuilt under them.
//
// The model check (TestModel) draws scenarios from seeds: an organization, a
// few runs with faults, deaths, other runs at the same time and clocks that
// differ, then runs in which nothing goes wrong. A second implementation of the
// rule, which shares no code with the first, says what each run owed
// (oracle_test.go), and a judge what was lost or came twice without an excuse
// that the promise names (judge_test.go).
//
// People answer and give commands meanwhile, and GitHub treats comments in one of eight
// ways (talk_test.go).
//
// TestKill kills real processes, TestKillWithComments those that comment on drafts and
// answer commands, and TestRaceWithComments lets two runs race there. Others stop them for longer than their claims
// live, give them a wrong clock, links to one ledger, or a ledger that holds false
// times or is another one.
package proof

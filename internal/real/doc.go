// Package real tries the program against software that nobody here wrote: a
// Postfix, GitHub's published descriptions of its APIs, the tools age and git,
// GitHub's and Slack's own clients, and a runner of workflows (nektos/act).
//
// It holds tests alone. They start the program and the sandbox as programs, and
// run where the variable REAL is set: with try, what this machine lacks is
// skipped; with required, that is a failure. .ci/real installs what they want
// and runs them all.
package real

// Package reminder decides who is to be reminded of what, and when. It is the
// heart of the program, and pure: it reads no clock, does no I/O and keeps no
// state, so every rule of Open edX Proposal 60 can be covered by a table test.
//
// OEP-60 asks for reminders once a week for critical advisories, once a month
// for high ones, once a quarter for medium ones and twice a year for low ones,
// with all reminders of the same frequency for a maintainer in one
// notification. Calendar periods make that robust against an unreliable
// schedule: a run asks whether the recipient has been told in this period, not
// whether today is the day. So a run that is dropped, late or repeated changes
// nothing but the hour.
package reminder

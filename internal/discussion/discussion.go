// Package discussion understands what people say on a draft: which comments are
// answers by its owners, which are commands, who may give these, and what they
// come to. It is pure: it is given the comments that were read and what is known of
// their authors, and keeps in a Record what has been read, so that each comment is
// judged once.
package discussion

import (
	"slices"
	"strconv"
	"strings"
)

// Knowledge is what is known of a right.
type Knowledge int

// What may be known. What can't be known now waits for the next run.
const (
	No Knowledge = iota
	Yes
	NotNow
)

// The program's own comments end with a marker, before which an answer has another.
const (
	markerBegin  = "<!-- advisory-reminders: "
	answersBegin = "<!-- advisory-reminders answers: "
	markerEnd    = " -->"
)

// Marker returns the last line of a comment of the program's, by which it is found by
// the id of its delivery. Nobody sees it who does not look at the comment's source.
func Marker(id string) string { return markerBegin + id + markerEnd }

// Ours reports whether a comment is the program's own, by its last line, whoever
// shows as its author. What quotes one and goes on is not.
func Ours(body string) bool {
	body = strings.TrimSpace(body)
	last := body[strings.LastIndexByte(body, '\n')+1:]
	return strings.HasPrefix(last, markerBegin) && strings.HasSuffix(last, markerEnd)
}

// AnswersMarker returns what an answer holds so that a later run knows which
// comments it answers, should the ledger be lost.
func AnswersMarker(ids []int64) string {
	ids = slices.Sorted(slices.Values(ids))
	var b strings.Builder
	b.WriteString(answersBegin)
	for i, id := range ids {
		if i > 0 { // each by its distance from the one before, since there may be hundreds
			b.WriteByte(' ')
			id -= ids[i-1]
		}
		b.WriteString(strconv.FormatInt(id, 36))
	}
	return b.String() + markerEnd
}

// answers returns the comments that one of the program's own says it answers.
func answers(body string) []int64 {
	if !Ours(body) {
		return nil
	}
	_, rest, ok := strings.Cut(body, answersBegin)
	list, _, ended := strings.Cut(rest, markerEnd)
	if !ok || !ended {
		return nil
	}
	var ids []int64
	var last int64
	for field := range strings.FieldsSeq(list) {
		n, err := strconv.ParseInt(field, 36, 64)
		if err != nil {
			return nil
		}
		last += n
		ids = append(ids, last)
	}
	return ids
}

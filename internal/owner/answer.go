package owner

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/openedx/advisory-reminders/internal/transport"
)

// An answer is what GitHub says of one thing.
type answer struct {
	status  status
	why     string // it is unseen
	refused bool   // it is unseen because the token lacks a right
	whole   bool   // it was refused along with everything in the call
	again   bool   // it is unseen, but the same or a smaller question may be answered
}

// status is what is known of something. What was never asked for is unseen, so
// nobody is taken for missing by mistake.
type status int

const (
	unseen  status = iota // it could not be looked at
	missing               // GitHub says that there is none
	found
)

// nothing is why something is not known that GitHub passes over.
const nothing = "GitHub answered nothing"

// noAnswer returns why none of the questions of a call has an answer, and whether
// that is so.
func noAnswer(data map[string]json.RawMessage, errs []transport.GraphQLError, err error) (answer, bool) {
	noRefusal := func(e transport.GraphQLError) bool { return !denied(e.Type) || place(e) >= 0 }
	switch status := transport.Status(err); {
	case status != 0:
		return answer{why: err.Error(), again: status >= 500}, true
	case errors.Is(err, transport.ErrLimited): // it was waited for, as long as there was time
		return answer{why: err.Error()}, true
	case err != nil:
		return answer{why: err.Error(), again: true}, true
	case data == nil && len(errs) == 0:
		return answer{why: nothing, again: true}, true
	case data == nil && !slices.ContainsFunc(errs, noRefusal):
		return answer{why: explain(errs[0].Type), refused: true, whole: true}, true
	}
	return answer{}, false
}

// read returns the answer to the i-th of n questions. What is null is missing only
// if an error says so of it: it may as well not have been looked at. An error that
// does not say what it is about may be about everything, and about what is there as
// well, since anything in it can be null for that reason.
func (q *question) read(data map[string]json.RawMessage, errs []transport.GraphQLError, i, n int) answer {
	var refused, notFound bool
	why := ""
	for _, e := range errs {
		switch at := place(e); {
		case at >= 0 && at != i:
		case e.Type == transport.NotFound:
			notFound = notFound || at == i || n == 1
		case !denied(e.Type), at < 0 && n > 1:
			return answer{why: explain(""), again: true}
		default:
			refused, why = true, explain(e.Type)
		}
	}
	raw, present := data[alias(i)]
	null := string(raw) == "null"
	switch {
	case refused:
		_ = q.decode(raw) // as far as there is something beside it
		return answer{why: why, refused: true}
	case null && notFound:
		return answer{status: missing}
	case null, !present:
		return answer{why: nothing, again: true}
	case q.decode(raw) != nil:
		return answer{why: "GitHub's answer is not of the form that was asked for", again: true}
	}
	return answer{status: found}
}

// place returns the number of the question that an error is about, or -1 where it
// does not say.
func place(e transport.GraphQLError) int {
	if len(e.Path) == 0 {
		return -1
	}
	name, _ := e.Path[0].(string)
	i, err := strconv.Atoi(strings.TrimPrefix(name, "q"))
	if err != nil || name != alias(i) {
		return -1
	}
	return i
}

// denied reports whether a type of error is a no to whoever asks. A right may be
// missing, or a GitHub of one's own is too old to know a field. Whatever else
// GitHub may say, it could not answer now.
func denied(kind string) bool {
	return kind == "FORBIDDEN" || kind == "INSUFFICIENT_SCOPES" || kind == "undefinedField"
}

// explain returns what a type of error means, in words that quote nothing.
func explain(kind string) string {
	switch kind {
	case "FORBIDDEN":
		return "GitHub refused it to this token"
	case "INSUFFICIENT_SCOPES":
		return "the token lacks a scope"
	case "undefinedField":
		return "this GitHub does not know of it"
	}
	return "GitHub could not answer"
}

// pageInfo says how a list of GitHub's goes on. It is nil where GitHub does not
// say so.
type pageInfo struct {
	HasNextPage bool
	EndCursor   *string
}

// noWholeList is why a list is not believed that is none, or that goes on where
// nobody can follow.
const noWholeList = "GitHub's answer is not the whole list"

// next returns the cursor of the next page, or nothing after the last one. It
// reports false where that can't be known, or the next page can't be asked for.
func (p *pageInfo) next() (cursor string, ok bool) {
	switch {
	case p == nil:
		return "", false
	case !p.HasNextPage:
		return "", true
	case p.EndCursor == nil || *p.EndCursor == "":
		return "", false
	}
	return *p.EndCursor, true
}

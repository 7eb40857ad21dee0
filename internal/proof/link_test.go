package proof

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A moment is the n-th time that a run does something, counted from 1.
type moment struct {
	what string
	n    int
}

func (m moment) String() string { return fmt.Sprintf("%s %d", m.what, m.n) }

// What a run does, seen from outside. "anything" counts all of it.
const (
	anything     = "anything"
	listing      = "list"
	asking       = "graphql"
	readLedger   = "ledger read"
	writeLedger  = "ledger write" // every request on the way to a new commit
	moveLedger   = "ledger move"  // the one that lets others see it; a write too
	slackLook    = "slack look"
	slackPost    = "slack post"
	mailHello    = "mail hello"
	mailSender   = "mail sender"
	mailTo       = "mail recipient"
	mailData     = "mail data"
	comment      = "comment"
	readComments = "comments read"
)

// The ways in which a moment goes wrong.
const (
	broken     = "refused now"            // 502, 500 or 451, without any effect
	hangUp     = "no answer, no effect"   //
	answerLost = "effect, no answer"      //
	answer502  = "effect, answered 502"   // over SMTP: the connection breaks instead
	cutShort   = "effect, body cut short" // likewise
	limited    = "rate limited for an hour"
	vague      = "200 with an error" // GraphQL; elsewhere as broken
	bounced    = "550 5.1.1"         // RCPT TO; elsewhere as broken
	dieBefore  = "dies before"
	dieAfter   = "dies after the effect"
	standStill = "stands still before" // until the run is let go
	standAfter = "stands still after the effect"
)

// A fault is what goes wrong with a run.
type fault struct {
	at   moment
	kind string
	last bool // and every time after
}

func (f fault) String() string {
	if f.last {
		return fmt.Sprintf("%s and later: %s", f.at, f.kind)
	}
	return fmt.Sprintf("%s: %s", f.at, f.kind)
}

// A link is one run's own way to GitHub, Slack and a mail server. It counts what
// passes, lets it go wrong, and notes what was accepted. A run dies by having
// its link cut: nothing that it does afterwards has an effect.
type link struct {
	s      *sandbox.Services
	hub    *httptest.Server
	slack  *httptest.Server
	mail   *sandbox.MailServer
	faults []fault
	plant  string        // a bug that the traffic is made to show; see plants
	ahead  time.Duration // by which GitHub's Date is wrong
	note   func(accepted)
	opens  func(id string, before []string) // who collaborates on a draft has been changed
	die    context.CancelFunc

	mu     sync.Mutex
	count  map[string]int
	hit    []string // the faults that struck, and where
	struck map[string]bool
	dead   bool
	onDie  func() // called once, with mu held

	still chan struct{} // closed when the run stands still
	letGo chan struct{} // closed to let it go on
	fakes []string      // commits that a plant made up
	begin string        // the commit that the branch was at before the run, or before the one beside it

	unwritten bool            // the last write of the ledger had no effect, or something was accepted after it
	bounced   map[string]bool // logins whose address was refused
}

// An accepted message is one that a channel took.
type accepted struct {
	to   string // login, or the working group
	ids  []string
	asks []string // in a report: those for which the working group is reminded itself
	will []string // in a report: those of which it says that they will be opened
	id   string   // of the delivery
	lost bool     // the run had no answer that says so

	comment bool    // it is one
	answers []int64 // in one that answers commands: the comments
}

func (s *sim) newLink(r *run, die context.CancelFunc, note func(accepted)) *link {
	l := &link{
		opens: func(id string, before []string) { s.judgeAccess(r, id, before) },
		s:     s.services, faults: r.faults, plant: r.plant, ahead: r.ahead, note: note, die: die,
		count: make(map[string]int), struck: make(map[string]bool), bounced: make(map[string]bool),
		still: make(chan struct{}), letGo: make(chan struct{}), begin: cmp.Or(r.begin, tip(s.world)),
	}
	l.hub = httptest.NewServer(http.HandlerFunc(l.github))
	l.slack = httptest.NewServer(http.HandlerFunc(l.slackCall))
	var err error
	if l.mail, err = sandbox.StartMail(s.world.Now, sandbox.MailOptions{}); err != nil {
		s.t.Fatal(err)
	}
	l.mail.Break(l.mailStep)
	return l
}

func (l *link) close() {
	l.hub.CloseClientConnections()
	l.hub.Close()
	l.slack.CloseClientConnections()
	l.slack.Close()
	l.mail.Close()
}

// happens counts a moment and returns what goes wrong with it. It blocks while
// the run stands still before it.
func (l *link) happens(kinds ...string) string {
	l.mu.Lock()
	if l.dead {
		l.mu.Unlock()
		return hangUp
	}
	kind := ""
	for _, what := range append(kinds, anything) {
		l.count[what]++
		for _, f := range l.faults {
			if n := l.count[what]; f.at.what == what && (n == f.at.n || f.last && n > f.at.n) && kind == "" {
				kind = f.kind
				if n == f.at.n {
					l.hit = append(l.hit, fmt.Sprintf("%s (%s)", f, kinds[0]))
				}
				for _, k := range kinds {
					l.struck[k] = true
				}
			}
		}
	}
	if kind == dieBefore {
		l.kill()
	}
	l.mu.Unlock()
	if kind == standStill {
		close(l.still)
		<-l.letGo
		return ""
	}
	return kind
}

// kill cuts the link. The lock must be held.
func (l *link) kill() {
	if !l.dead {
		l.dead = true
		l.onDie()
		l.die()
	}
}

// after does what is to be done once the effect is there, and reports whether
// the answer is lost.
func (l *link) after(kind string) (lost bool) {
	switch kind {
	case dieAfter:
		l.mu.Lock()
		l.kill()
		l.mu.Unlock()
		return true
	case standAfter:
		close(l.still)
		<-l.letGo
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead || kind == answerLost || kind == answer502 || kind == cutShort
}

func abort() { panic(http.ErrAbortHandler) }

// serve answers an HTTP request, or lets it go wrong. It calls effect with the
// recorded answer once there is one, before the caller can have it.
func (l *link) serve(w http.ResponseWriter, r *http.Request, healthy http.Handler, kind string, effect func(*httptest.ResponseRecorder, bool)) {
	refuse := func(status int, body string) { w.WriteHeader(status); io.WriteString(w, body) }
	switch kind {
	case hangUp, dieBefore:
		abort()
	case broken, bounced:
		refuse(http.StatusBadGateway, "")
		return
	case limited:
		w.Header().Set("Retry-After", "3600")
		refuse(http.StatusTooManyRequests, "{}")
		return
	case vague:
		if strings.HasSuffix(r.URL.Path, "/graphql") {
			refuse(http.StatusOK, `{"errors":[{"message":"Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug."}]}`)
			return
		}
		refuse(http.StatusBadGateway, "")
		return
	}
	rec := httptest.NewRecorder()
	lost := !whole(healthy, rec, r)
	gone := lost
	lost = lost || kind == dieAfter || kind == answerLost || kind == answer502 || kind == cutShort
	effect(rec, lost)
	if l.after(kind) || gone {
		switch kind {
		case answer502:
			refuse(http.StatusBadGateway, "")
			return
		case cutShort:
			w.Header().Set("Content-Length", fmt.Sprint(rec.Body.Len()))
			w.WriteHeader(rec.Code)
			w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
		}
		abort()
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes())
}

// whole lets a service answer, and reports whether it does: it may lose the answer to a
// comment that it has taken.
func whole(healthy http.Handler, rec *httptest.ResponseRecorder, r *http.Request) (ok bool) {
	defer func() {
		if recover() != nil {
			rec.Code = http.StatusCreated
		}
	}()
	healthy.ServeHTTP(rec, r)
	return true
}

// github passes a request on to GitHub.
func (l *link) github(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	kinds := githubMoments(r, body)
	kind := l.happens(kinds...)
	isMove := kinds[0] == moveLedger
	if isMove {
		l.setUnwritten(true)
		if answer := l.plantMove(r, &body); answer != "" {
			w.Header().Set("Date", l.s.World.Now().Add(l.ahead).UTC().Format(http.TimeFormat))
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, answer)
			return
		}
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	date := l.s.World.Now().Add(l.ahead).UTC().Format(http.TimeFormat)
	w.Header().Set("Date", date)
	opened, before := "", []string(nil)
	if r.Method == http.MethodPatch {
		opened = ghsaForm.FindString(r.URL.Path)
		before = collaborators(l.s.World, opened)
	}
	l.serve(w, r, l.s.GitHub, kind, func(rec *httptest.ResponseRecorder, lost bool) {
		rec.Header().Set("Date", date)
		switch {
		case kinds[0] == comment && rec.Code == http.StatusCreated:
			l.noteComment(r.URL.Path, body, lost)
		case kinds[0] == comment && rec.Code == http.StatusForbidden:
			l.noteRefused(body)
		case opened != "" && rec.Code < 300:
			l.opens(opened, before)
		case kinds[0] == readLedger, kinds[0] == readComments && l.plant == markerIgnored:
			rec.Body = bytes.NewBuffer(l.asItSeems(rec.Body.Bytes()))
		case isMove && rec.Code < 300 && !bytes.Contains(rec.Body.Bytes(), []byte(`"errors"`)):
			l.setUnwritten(false)
		}
	})
}

var (
	mentionForm = regexp.MustCompile(`@([a-z0-9-]+)`)
	markerForm  = regexp.MustCompile(`<!-- advisory-reminders: ([0-9a-f]{32}) -->`)
)

// noteComment notes a comment for everybody whom it mentions.
func (l *link) noteComment(path string, body []byte, lost bool) {
	var said struct{ Body string }
	_ = json.Unmarshal(body, &said)
	marker := markerForm.FindStringSubmatch(said.Body)
	if list := answered(said.Body); list != nil {
		l.accept(accepted{to: "who gave commands", id: marker[1], lost: lost, comment: true, answers: list})
		return
	}
	for _, login := range mentionForm.FindAllStringSubmatch(said.Body, -1) {
		l.accept(accepted{to: login[1], ids: ids(path), id: marker[1], lost: lost, comment: true})
	}
}

// noteRefused notes that nobody can be reminded by a comment.
func (l *link) noteRefused(body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, login := range mentionForm.FindAllSubmatch(body, -1) {
		l.bounced[string(login[1])] = true
	}
}

// setUnwritten notes that the run's last write of the ledger has had no effect
// yet, or has.
func (l *link) setUnwritten(unwritten bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unwritten = unwritten
}

// githubMoments says what a request is, the most precise name first.
func githubMoments(r *http.Request, body []byte) []string {
	p := r.URL.Path
	switch {
	case strings.HasSuffix(p, "/graphql") && bytes.Contains(body, []byte("createCommitOnBranch")):
		return []string{moveLedger, writeLedger}
	case strings.HasSuffix(p, "/graphql"):
		return []string{asking}
	case strings.Contains(p, "/git/refs") && r.Method != http.MethodGet:
		return []string{moveLedger, writeLedger}
	case strings.Contains(p, "/git/") && r.Method != http.MethodGet:
		return []string{writeLedger}
	case strings.Contains(p, "/git/"), strings.Contains(p, "/branches/"), strings.Contains(p, "/contents/"):
		return []string{readLedger}
	case r.Method == http.MethodPost && strings.Contains(p, "/security-advisories/") && strings.HasSuffix(p, "/comments"):
		return []string{comment}
	case strings.Contains(p, "/security-advisories/") && strings.HasSuffix(p, "/comments"):
		return []string{readComments}
	case strings.HasSuffix(p, "/security-advisories"):
		return []string{listing}
	}
	return []string{"other"}
}

// slackCall passes a call on to Slack, and notes what it accepts.
func (l *link) slackCall(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	what := slackLook
	if strings.HasSuffix(r.URL.Path, "chat.postMessage") {
		what = slackPost
	}
	kind := l.happens(what)
	if kind == limited {
		kind = broken // a real second for each
	}
	l.serve(w, r, l.s.Slack, kind, func(rec *httptest.ResponseRecorder, lost bool) {
		if what != slackPost {
			return
		}
		l.noteSlack(rec, lost)
		if lost && l.plant == repeatsUnknown {
			again := r.Clone(r.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			rec := httptest.NewRecorder()
			l.s.Slack.ServeHTTP(rec, again)
			l.noteSlack(rec, false)
		}
	})
}

func (l *link) noteSlack(rec *httptest.ResponseRecorder, lost bool) {
	var answer struct {
		OK          bool
		Channel, TS string
	}
	if json.Unmarshal(rec.Body.Bytes(), &answer) != nil || !answer.OK {
		return
	}
	for _, m := range l.s.Slack.Messages() {
		if m.Channel != answer.Channel || m.TS != answer.TS {
			continue
		}
		to := swg
		if m.UserID != "" {
			l.s.World.Lock()
			for i, u := range l.s.World.Users {
				if sandbox.SlackID(i) == m.UserID {
					to = u.Login
				}
			}
			l.s.World.Unlock()
			if m.ThreadTS != "" {
				return // the rest of a message that was noted
			}
		}
		l.accept(accepted{to: to, ids: ids(m.Text + accessForm.ReplaceAllString(string(m.Blocks), "")), asks: asks(string(m.Blocks)), will: will(string(m.Blocks)), id: string(m.Metadata), lost: lost})
	}
}

func (l *link) accept(a accepted) {
	l.mu.Lock()
	l.unwritten = true
	l.mu.Unlock()
	l.note(a)
	if stranger := l.stranger(a); stranger != "" {
		a.to = stranger
		l.note(a)
	}
}

// mailStep is the mail server's fault.
func (l *link) mailStep(at sandbox.MailStep, value string) sandbox.MailAnswer {
	kind := l.happens(map[sandbox.MailStep]string{
		sandbox.MailAtHello: mailHello, sandbox.MailAtSender: mailSender,
		sandbox.MailAtRecipient: mailTo, sandbox.MailAtData: mailData,
	}[at])
	switch kind {
	case hangUp, dieBefore:
		return sandbox.MailAnswer{Drop: sandbox.MailDropBefore}
	case broken, limited, vague:
		return sandbox.MailAnswer{Code: 451}
	case bounced:
		if at == sandbox.MailAtRecipient {
			login, _, _ := strings.Cut(value, "@")
			l.mu.Lock()
			l.bounced[login] = true
			l.mu.Unlock()
			return sandbox.MailAnswer{Code: 550, Text: "5.1.1 User unknown"}
		}
		return sandbox.MailAnswer{Code: 451}
	}
	if at != sandbox.MailAtData {
		if l.after(kind) {
			return sandbox.MailAnswer{Drop: sandbox.MailDropBefore}
		}
		return sandbox.MailAnswer{}
	}
	lost := kind == dieAfter || kind == answerLost || kind == answer502 || kind == cutShort
	a := mailOf(value)
	a.lost = lost
	l.accept(a)
	if lost && l.plant == repeatsUnknown {
		a.lost = false
		l.accept(a)
	}
	if l.after(kind) {
		return sandbox.MailAnswer{Drop: sandbox.MailDropKept}
	}
	return sandbox.MailAnswer{}
}

var toForm = regexp.MustCompile(`(?im)^To: <?([a-z0-9-]+)@example\.org>?`)

// mailOf reads a digest's mail.
func mailOf(data string) accepted {
	m := sandbox.ParseMail([]byte(data))
	a := accepted{ids: ids(m.Text), id: m.MessageID}
	if to := toForm.FindStringSubmatch(data); to != nil {
		a.to = to[1]
	}
	return a
}

// asksForm are the parts of a report by which the working group is reminded.
var asksForm = regexp.MustCompile(`"\*Needs an? (owner|score)\.\*(\\.|[^"\\])*"`)

// asks returns the advisories of which a report reminds the working group itself.
func asks(blocks string) []string {
	return ids(strings.Join(asksForm.FindAllString(blocks, -1), ""))
}

var ghsaForm = regexp.MustCompile(`GHSA(-[0-9a-z]{4}){3}`)

// ids returns the advisories that a text names, each once.
func ids(text string) []string {
	var list []string
	seen := make(map[string]bool)
	for _, id := range ghsaForm.FindAllString(text, -1) {
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	return list
}

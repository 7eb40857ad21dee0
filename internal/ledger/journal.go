package ledger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/shurcooL/githubv4"
)

const (
	journalName    = "delivered.json"
	journalMessage = "Note what was delivered"
)

// journalMax is how long a journal may become, in bytes: it is sent as a whole
// each time, and beyond that a write of the ledger costs less than going on.
const journalMax = 512 << 10

// ErrJournalFull says that the ledger has to be written before more can be
// noted.
var ErrJournalFull = errors.New("the journal is full")

// A Delivered is a digest that a channel accepted, with all that the ledger
// remembers of it.
type Delivered struct {
	Delivery
	Advisories []string          `json:"advisories"`
	Introduced map[string]string `json:"introduced,omitempty"` // by repository key, what the report says of the recipient's first digest about it
}

// A journal is what was delivered since the ledger was written: a file beside
// it, which the next write of the ledger takes away.
type journal struct {
	Format     int         `json:"format"`
	Deliveries []Delivered `json:"deliveries"`
}

// Deliver notes a digest that this run has delivered, for the runs to come and
// for the report.
func (l *Ledger) Deliver(d Delivered) {
	l.deliver(d)
	if l.made == nil {
		l.made = make(map[string]bool)
	}
	l.made[d.ID] = true
	l.Unreported = append(l.Unreported, d.Delivery)
}

func (l *Ledger) deliver(d Delivered) {
	for _, id := range d.Advisories {
		l.Record(id, d.To, d.Delivery)
	}
	for key, route := range d.Introduced {
		l.Introduce(key, d.To, route, d.At)
	}
}

// replay notes what a journal holds. What the ledger knows already stays as it
// is.
func (l *Ledger) replay(j journal) {
	for _, d := range j.Deliveries {
		d.Advisories = slices.DeleteFunc(slices.Clone(d.Advisories), func(id string) bool {
			r := l.Advisories[id]
			return r == nil || r.Told[d.To].Delivery != nil && r.Told[d.To].ID == d.ID
		})
		if len(d.Advisories) == 0 {
			continue
		}
		l.deliver(d)
		l.Unreported = append(l.Unreported, d.Delivery)
	}
}

// decodeJournal reads a journal. Its errors quote nothing of it.
func decodeJournal(text []byte) (journal, error) {
	var j journal
	switch err := json.Unmarshal(text, &j, json.RejectUnknownMembers(true)); {
	case err != nil:
		return j, fmt.Errorf("it is no JSON, or cut short, or of another version (%d bytes)", len(text))
	case j.Format > Format:
		return j, ErrFormat
	case j.Format < 1:
		return j, errors.New("it has no format number")
	}
	for _, d := range j.Deliveries {
		if d.ID == "" || d.To == "" || d.At.IsZero() {
			return j, errors.New("it has a delivery without an id, a recipient or a time")
		}
	}
	return j, nil
}

// What a journal begins and ends with. It is written on and on, so that what is
// between is encoded once.
const journalHead, journalTail = `{"format":1,"deliveries":[`, "]}\n"

// writeOn returns an encoded journal with more deliveries, and leaves the given
// one, which lacks its tail, as it is.
func writeOn(text []byte, made []Delivered) ([]byte, error) {
	if text == nil {
		text = []byte(journalHead)
	}
	text = slices.Clip(text)
	for _, d := range made {
		one, err := json.Marshal(d, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
		if err != nil {
			return nil, fmt.Errorf("encode the journal: %w", err)
		}
		if len(text) > len(journalHead) {
			text = append(text, ',')
		}
		text = append(append(text, '\n'), one...)
	}
	return text, nil
}

// Note writes what was delivered since the ledger was saved or noted last, in
// one request and without the ledger: GitHub makes a commit on top of the tip,
// if the tip is still ours. After an error nobody knows whether it was written,
// and the ledger has to be saved. ErrJournalFull says so at once.
//
// An encrypted ledger has no journal: how often it is written must not tell how
// much was due.
//
// Source: https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch
func (b *Branch) Note(ctx context.Context, made []Delivered) error {
	if b.key != nil || b.tip == "" {
		return errors.New("there is no plain ledger on the branch yet")
	}
	text, err := writeOn(b.journal, made)
	if err != nil {
		return err
	}
	if len(text) > journalMax {
		return ErrJournalFull
	}
	var m struct {
		CreateCommitOnBranch struct {
			Commit struct{ OID string }
		} `graphql:"createCommitOnBranch(input: $input)"`
	}
	err = b.graph.Mutate(ctx, &m, githubv4.CreateCommitOnBranchInput{
		Branch: githubv4.CommittableBranch{
			RepositoryNameWithOwner: githubv4.NewString(githubv4.String(b.repo.String())),
			BranchName:              githubv4.NewString(githubv4.String(b.branch)),
		},
		Message:         githubv4.CommitMessage{Headline: journalMessage},
		ExpectedHeadOid: githubv4.GitObjectID(b.tip),
		FileChanges: &githubv4.FileChanges{Additions: &[]githubv4.FileAddition{{
			Path:     journalName,
			Contents: githubv4.Base64String(base64.StdEncoding.EncodeToString(append(text, journalTail...))),
		}}},
	}, nil)
	if err != nil || m.CreateCommitOnBranch.Commit.OID == "" {
		return errors.New("note on the ledger's branch: GitHub did not answer that it is done") // what it says may quote anything
	}
	b.tip, b.journal = m.CreateCommitOnBranch.Commit.OID, text
	return nil
}

// readJournal returns the journal at a commit, which is empty where there is
// none.
func (b *Branch) readJournal(ctx context.Context, commit string) (journal, error) {
	name, text, err := b.read(ctx, commit, journalName)
	if err != nil || name == "" {
		return journal{}, err
	}
	j, err := decodeJournal(text)
	if err != nil {
		return j, fmt.Errorf("read %s on the branch %s: %w", journalName, b.branch, err)
	}
	return j, nil
}

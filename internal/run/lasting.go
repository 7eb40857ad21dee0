package run

import (
	"strings"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// A memory knows what lasts and was said by an accepted report. Such things are said
// when they begin, and in the first report of a week.
type memory struct {
	*ledger.Ledger
	all  bool     // everything is said
	keys []string // of what lasts now
	left int      // how many things that need a human are left out
}

// lasting notes that something lasts, and returns whether a report is to say it, and
// whether one has said it before.
func (m *memory) lasting(kind, text string) (say, known bool) {
	key := ledger.LastingKey(kind, text)
	m.keys = append(m.keys, key)
	known = m.SaidLasting(key)
	return m.all || !known, known
}

// remember keeps in mind what may last still.
func (m *memory) remember(kind, text string) {
	if key := ledger.LastingKey(kind, text); m.SaidLasting(key) {
		m.keys = append(m.keys, key)
	}
}

// rememberAll keeps in mind all of a kind.
func (m *memory) rememberAll(kind string) {
	for key := range m.Lasting {
		if strings.HasPrefix(key, kind+" ") {
			m.keys = append(m.keys, key)
		}
	}
}

// texts returns of lasting texts those to be said, and how many of them are known.
func (m *memory) texts(kind string, list []string) (say []string, known int) {
	for _, text := range list {
		switch now, was := m.lasting(kind, text); {
		case !now:
			m.left++
		case was:
			known++
			fallthrough
		default:
			say = append(say, text)
		}
	}
	return say, known
}

// items returns of lasting items those to be said, with which of them are known.
func (m *memory) items(kind string, list []notify.Item) (say []notify.Item) {
	for _, i := range list {
		if m.item(kind, i.ID, &i) {
			say = append(say, i)
		}
	}
	return say
}

// item reports whether an item of which something lasts is to be said, and marks one
// that is known.
func (m *memory) item(kind, what string, i *notify.Item) (say bool) {
	if say, i.Known = m.lasting(kind, what); !say {
		m.left++
	}
	return say
}

// notes returns of lasting notes those to be said. Nobody has to do anything about
// those that are left out.
func (m *memory) notes(list []string) (say []string) {
	for _, text := range list {
		if now, _ := m.lasting("note", text); now {
			say = append(say, text)
		}
	}
	return say
}

package owner

// How many things one call asks for.
const (
	repositoriesPerCall = 50
	teamsPerCall        = 50
	usersPerCall        = 100
)

// A batch gathers the questions of one kind, and asks them as soon as they fill
// a call. The inquiry is locked wherever its methods are called.
type batch[T any] struct {
	field string // see askAll
	size  int
	take  func(n int, r reply[T]) // the answer to the n-th question of all

	items []map[string]string // not asked yet
	asked int
	open  int // calls that are under way
}

func newBatch[T any](field string, size int) batch[T] { return batch[T]{field: field, size: size} }

func (b *batch[T]) add(q *Inquiry, item map[string]string) {
	b.items = append(b.items, item)
	if len(b.items) == b.size {
		b.send(q)
	}
}

// send asks what is there, if anything.
func (b *batch[T]) send(q *Inquiry) {
	if len(b.items) == 0 {
		return
	}
	items, took := b.leave()
	q.calls.start(func() {
		replies := askHalves[T](q.ctx, q.session, b.field, items)
		q.mu.Lock()
		defer q.mu.Unlock()
		took(replies)
		q.answered()
	})
}

// sendBoth asks what is left of two kinds, in one call if they fit.
func sendBoth[T, U any](q *Inquiry, b *batch[T], c *batch[U]) {
	if len(b.items) == 0 || len(c.items) == 0 || len(b.items)+len(c.items) > min(b.size, c.size) {
		b.send(q)
		c.send(q)
		return
	}
	bs, tookB := b.leave()
	cs, tookC := c.leave()
	q.calls.start(func() {
		t, u := askBoth[T, U](q.ctx, q.session, b.field, bs, c.field, cs)
		q.mu.Lock()
		defer q.mu.Unlock()
		tookB(t)
		tookC(u)
		q.answered()
	})
}

// leave returns what is to be asked now, and who takes the answers.
func (b *batch[T]) leave() (items []map[string]string, took func([]reply[T])) {
	items, first := b.items, b.asked
	b.items, b.asked, b.open = nil, first+len(items), b.open+1
	return items, func(replies []reply[T]) {
		for i, r := range replies {
			b.take(first+i, r)
		}
		b.open--
	}
}

// idle reports whether every question has its answer.
func (b *batch[T]) idle() bool { return b.open == 0 && len(b.items) == 0 }

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
	items, first := b.items, b.asked
	b.items, b.asked, b.open = nil, first+len(items), b.open+1
	q.calls.start(func() {
		replies := askHalves[T](q.ctx, q.session, b.field, items)
		q.mu.Lock()
		defer q.mu.Unlock()
		for i, r := range replies {
			b.take(first+i, r)
		}
		b.open--
		q.answered()
	})
}

// idle reports whether every question has its answer.
func (b *batch[T]) idle() bool { return b.open == 0 && len(b.items) == 0 }

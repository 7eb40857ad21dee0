package owner

import "sync"

// sideBySide calls functions at the same time and waits for all of them. What
// panics in one of them panics in the caller, who can recover.
func sideBySide(calls ...func()) {
	var c crew
	for _, call := range calls {
		c.start(call)
	}
	c.wait()
}

// A crew is calls at the same time, which may start further ones.
type crew struct {
	all   sync.WaitGroup
	mu    sync.Mutex
	panic any // the first
}

func (c *crew) start(call func()) {
	c.all.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.panic = p
			}
		}()
		call()
	})
}

// wait waits for all calls. What panicked in one of them panics in the caller.
func (c *crew) wait() {
	c.all.Wait()
	if c.panic != nil {
		panic(c.panic)
	}
}

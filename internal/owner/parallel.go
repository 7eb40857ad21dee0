package owner

import "sync"

// sideBySide calls functions at the same time and waits for all of them. What
// panics in one of them panics in the caller, who can recover.
func sideBySide(calls ...func()) {
	var all sync.WaitGroup
	panics := make(chan any, len(calls))
	for _, call := range calls {
		all.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panics <- p
				}
			}()
			call()
		})
	}
	all.Wait()
	select {
	case p := <-panics:
		panic(p)
	default:
	}
}

package transport

import (
	"errors"

	"golang.org/x/sync/errgroup"
)

// AtOnce is how many things a server is asked for at a time.
const AtOnce = 8

// ErrBroke stands for a panic, which would print what it was about.
var ErrBroke = errors.New("internal error, please report this bug")

// Guard calls f. A panic in it is ErrBroke.
func Guard(f func() error) (err error) {
	err = ErrBroke
	defer func() { _ = recover() }()
	return f()
}

// Each calls f for 0 to n-1, so many at a time, and returns their errors. A panic
// in one of them is ErrBroke.
func Each(n, atOnce int, f func(i int) error) []error {
	errs := make([]error, n)
	var calls errgroup.Group
	calls.SetLimit(atOnce)
	for i := range n {
		calls.Go(func() error {
			errs[i] = Guard(func() error { return f(i) })
			return nil
		})
	}
	_ = calls.Wait() // every call has its own error
	return errs
}

// Meanwhile calls f at the same time. The function that it returns waits for
// what f returns, as often as it is called; it is called at least once, by one
// goroutine. A panic is ErrBroke.
func Meanwhile[T any](f func() (T, error)) func() (T, error) {
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = Guard(func() (failed error) {
			value, failed = f()
			return failed
		})
	}()
	return func() (T, error) {
		<-done
		return value, err
	}
}

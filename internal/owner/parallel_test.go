package owner

import (
	"sync/atomic"
	"testing"
)

func TestSideBySide(t *testing.T) {
	var n atomic.Int32
	defer func() {
		if p := recover(); p != "oops" || n.Load() != 2 {
			t.Errorf("recovered %v after %d calls, want the panic after both", p, n.Load())
		}
	}()
	sideBySide(
		func() { n.Add(1) },
		func() { n.Add(1); panic("oops") },
	)
	t.Error("the panic got lost")
}

package notify

import (
	"context"
	"errors"
)

// Describe says what happened to a delivery, without any secret.
func Describe(err error) string {
	if f, ok := errors.AsType[*Failure](err); ok {
		if f.Advice != "" {
			return f.Detail + " (" + f.Advice + ")"
		}
		return f.Detail
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "the run was told to stop; the next one goes on"
	}
	return "the delivery broke off"
}

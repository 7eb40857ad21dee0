package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// standardError is what it is elsewhere, too: the runtime asks Windows for the
// handle of standard error whenever it writes there, and os.Stderr keeps its own.
func standardError() (*os.File, func(bool)) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return os.Stderr, cantHush
	}
	return os.Stderr, func(hush bool) {
		to := os.Stderr
		if hush {
			to = nowhere
		}
		if windows.SetStdHandle(windows.STD_ERROR_HANDLE, windows.Handle(to.Fd())) != nil {
			cantHush(hush)
		}
	}
}

//go:build !windows

package main

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// standardError returns what stands for standard error from now on, and a function
// that keeps everything else from writing there, or lets it again. The runtime
// does, at a panic in a library's goroutine, and quotes the data that it is about.
func standardError() (*os.File, func(bool)) {
	own, err := unix.FcntlInt(uintptr(syscall.Stderr), unix.F_DUPFD_CLOEXEC, syscall.Stderr+1)
	if err != nil {
		return os.Stderr, cantHush
	}
	reader, nowhere, err := os.Pipe() // the image need not have /dev/null
	if err != nil {
		return os.Stderr, cantHush
	}
	reader.Close()
	return os.NewFile(uintptr(own), os.Stderr.Name()), func(hush bool) {
		to := own
		if hush {
			to = int(nowhere.Fd())
		}
		if unix.Dup2(to, syscall.Stderr) != nil {
			cantHush(hush)
		}
	}
}

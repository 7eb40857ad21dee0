// Package wholefile writes files whole or not at all: who reads one meanwhile, or
// after a crash, finds the old text or the new one.
package wholefile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// Write replaces a file by data: written beside it, synced to disk, renamed. A new
// file gets the permissions perm, and one that was there keeps its own. A link is
// replaced, not followed.
func Write(path string, data []byte, perm os.FileMode) error {
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		perm = info.Mode().Perm()
	}
	dir := filepath.Dir(path)
	beside, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = beside.Write(data)
	err = errors.Join(err, beside.Chmod(perm), beside.Sync(), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside.Name()))
	}
	return syncDir(dir)
}

// syncDir makes a rename in dir durable. Windows has no such call: there the
// file system's journal does it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

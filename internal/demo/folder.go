package demo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// generator marks a page as this command's. It is in the head of page.html.
const generator = `<meta name="generator" content="advisory-reminders demo">`

// checkFolder makes the page's folder, and returns an error if the page can't
// be written there, or would take the place of a file of somebody else's.
func checkFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make the page's folder: %w", err)
	}
	probe, err := os.CreateTemp(dir, ".advisory-reminders-")
	if err != nil {
		return fmt.Errorf("write into the page's folder: %w", err)
	}
	probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return fmt.Errorf("write into the page's folder: %w", err)
	}

	name := filepath.Join(dir, "index.html")
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the page that is there: %w", err)
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return fmt.Errorf("look at the page that is there: %w", err)
	}
	if !strings.Contains(string(head), generator) {
		return fmt.Errorf("%s is no page of the demo's, and is left as it is: choose another folder with -dir", name)
	}
	return nil
}

// pageURL is the address under which a browser on this machine opens the page.
func pageURL(dir string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, "index.html"))
	if err != nil {
		return "", fmt.Errorf("find the page's folder: %w", err)
	}
	if path = filepath.ToSlash(path); !strings.HasPrefix(path, "/") { // C:/
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String(), nil
}

package demo

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/action"
)

// The page is served alone, for as long as the command runs.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"index.html": "the page", "secret": "mine"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var out bytes.Buffer
	done := make(chan error)
	go func() { done <- serve(ctx, l, dir, &out) }()
	for path, want := range map[string]string{"": "200 the page", "secret": "404 404 page not found\n", "index.html": "404 404 page not found\n", "../secret": "404 404 page not found\n"} {
		r, err := http.Get(served(l) + path)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if got := r.Status[:3] + " " + string(text); got != want {
			t.Errorf("/%s: %q, want %q", path, got, want)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if want := "served at   " + served(l) + " until Ctrl-C\n"; out.String() != want {
		t.Errorf("it says %q, want %q", out.String(), want)
	}
}

// An address that can't be served at is named before the half year is run.
func TestServeRefuses(t *testing.T) {
	var out, err bytes.Buffer
	p := action.Process{Args: []string{"-dir", t.TempDir(), "-serve", "no such place"}, Getenv: func(string) string { return "" }, Stdout: &out, Stderr: &err}
	if status := Command(t.Context(), p); status != 1 || !strings.Contains(err.String(), "such as localhost:8080") || out.Len() > 0 {
		t.Errorf("exit %d, %q", status, out.String()+err.String())
	}
}

// The browser is the one that the user wants; one that there is not is no failure
// of the demo's, and said.
func TestShow(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for a browser is a script")
	}
	dir := t.TempDir()
	browser, opened := filepath.Join(dir, "browser"), filepath.Join(dir, "opened")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\necho \"$2\" >\"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	getenv := func(value string) func(string) string {
		return func(name string) string { return map[string]string{"BROWSER": value}[name] }
	}
	if err := show(getenv(browser+" "+opened), "file:///page"); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(opened); err != nil || string(text) != "file:///page\n" {
		t.Errorf("opened %q, %v", text, err)
	}
	for _, broken := range []string{filepath.Join(dir, "none"), "false"} {
		if err := show(getenv(broken), "file:///page"); err == nil || !strings.Contains(err.Error(), "open its address yourself") {
			t.Errorf("%s: %v", broken, err)
		}
	}
}

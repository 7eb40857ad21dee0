package demo

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/action"
)

// Help names every flag, and fits a terminal of 80 columns.
func TestCommandHelp(t *testing.T) {
	var out, err bytes.Buffer
	if status := Command(context.Background(), action.Process{Args: []string{"-h"}, Getenv: func(string) string { return "" }, Stdout: &out, Stderr: &err}); status != 0 || err.Len() > 0 {
		t.Errorf("exit %d, %q", status, err.String())
	}
	for _, name := range []string{"dir", "open", "serve", "load", "organization", "config"} {
		if !strings.Contains(out.String(), "\n  -"+name) {
			t.Errorf("help lacks -%s:\n%s", name, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 80 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

func TestCommandRefuses(t *testing.T) {
	foreign := t.TempDir()
	page := filepath.Join(foreign, "index.html")
	if err := os.WriteFile(page, []byte("<!doctype html>\n<title>mine</title>\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"argument", []string{"extra"}, 2, `"extra" is not a flag`},
		{"argument after a flag", []string{"-dir", "x", "extra"}, 2, `"extra" is not a flag`},
		{"no such flag", []string{"-serv", "x"}, 2, "flag provided but not defined: -serv; demo -h lists the flags"},
		{"configuration of nothing", []string{"-config", "x.yml"}, 2, "-config goes with -load"},
		{"organization of nothing", []string{"-organization", "x"}, 2, "-organization goes with -load"},
		{"no such folder", []string{"-load", filepath.Join(foreign, "none")}, 1, "load catalog"},
		{"file of somebody else's", []string{"-dir", foreign}, 1, page + " is no page of the demo's"},
		{"folder below a file", []string{"-dir", filepath.Join(page, "x")}, 1, "make the page's folder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, err bytes.Buffer
			status := Command(context.Background(), action.Process{Args: tt.args, Getenv: func(string) string { return "" }, Stdout: &out, Stderr: &err})
			if status != tt.status || !strings.Contains(err.String(), tt.want) || out.Len() > 0 {
				t.Errorf("exit %d, %q, want %d and %q", status, err.String()+out.String(), tt.status, tt.want)
			}
		})
	}
	if text, _ := os.ReadFile(page); !strings.Contains(string(text), "mine") {
		t.Errorf("the file was overwritten: %s", text)
	}
}

func TestCommandStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // before anything was started
	var out, err bytes.Buffer
	p := action.Process{Args: []string{"-dir", t.TempDir()}, Getenv: func(string) string { return "" }, Stdout: &out, Stderr: &err}
	if status := Command(ctx, p); status != 1 || err.String() != "stopped\n" {
		t.Errorf("exit %d, %q, want it stopped", status, err.String())
	}
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b", "c")
	if err := checkFolder(dir); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if err := writePage(dir, &story{byCadence: map[string]int{}}); err != nil {
		t.Fatal(err)
	}
	if err := checkFolder(dir); err != nil {
		t.Errorf("a page of the demo's own: %v", err)
	}
	address, err := pageURL(dir)
	if err != nil || !strings.HasPrefix(address, "file:///") || !strings.HasSuffix(address, "/a%20b/c/index.html") {
		t.Errorf("address %q, %v", address, err)
	}
}

func TestLogWords(t *testing.T) {
	tests := []struct{ in, want string }{
		{"one\ntwo\n", "one\ntwo"},
		{"::add-mask::s3cret\r\none", "one"},
		{"  ::add-mask::s3cret", ""},
		{"::error file=a.go,line=1::first%0Asecond 5%25", "first\nsecond 5%"},
		{"::warning::a::b", "a::b"},
		{"::group::Plan\n  x\n::endgroup::", "Plan\n  x"},
		{"::set-output name=x::s3cret", ""},
		{"a ::add-mask::b", "a ::add-mask::b"},
	}
	for _, tt := range tests {
		if got := logWords(tt.in); got != tt.want {
			t.Errorf("logWords(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

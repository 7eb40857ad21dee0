package main_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// In a root directory that holds nothing else, as in the image, the program
// knows the time zones, and believes whom the one file of certificates names.
func TestEmptyRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("to change the root directory takes root; .ci/container tries it, too")
	}
	root := t.TempDir()
	build := exec.Command("go", "build", "-buildvcs=false", "-tags", "nodemo", "-o", filepath.Join(root, "advisory-reminders"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	run := func(env ...string) (int, string) {
		cmd := exec.Command("/advisory-reminders")
		cmd.Args = append(cmd.Args, "run", "-dry-run", "-organization", "acme")
		cmd.Dir, cmd.Env = "/", append(env, "GITHUB_TOKEN=x")
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), out.String()
	}

	var asked atomic.Int32
	github := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "[]") // no drafts
	}))
	github.Config.ErrorLog = log.New(io.Discard, "", 0) // of the refused handshake
	github.StartTLS()
	defer github.Close()

	if status, out := run("GITHUB_API_URL="+github.URL, "INPUT_CONFIG-TEXT=timezone: Asia/Kathmandu"); status != 1 || !strings.Contains(out, "certificate") {
		t.Errorf("without certificates: exit %d\n%s", status, out)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("a server that nobody vouches for was asked %d times", n)
	}
	file := filepath.Join(root, "etc/ssl/certs/ca-certificates.crt")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: github.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	status, out := run("GITHUB_API_URL="+github.URL, "INPUT_CONFIG-TEXT=timezone: Asia/Kathmandu")
	if status != 0 || asked.Load() == 0 || !strings.Contains(out, "+0545") {
		t.Errorf("exit %d after %d requests\n%s", status, asked.Load(), out)
	}
}

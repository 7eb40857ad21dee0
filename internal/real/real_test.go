package real

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	root     = "../.."
	programs = "./cmd/advisory-reminders ./internal/sandbox/serve"

	// monday is when the runs are: everything of the demo's organization is due.
	monday = "2026-06-01"

	// patience is for what another program does within moments. It only ends a
	// test that would hang.
	patience = 2 * time.Minute
)

var (
	folder  string // for the programs, and what lasts beyond a test
	figures []string
)

func TestMain(m *testing.M) {
	status := func() int {
		if os.Getenv("REAL") == "" {
			return m.Run()
		}
		var err error
		if folder, err = os.MkdirTemp("", "real-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		return m.Run()
	}()
	for _, line := range figures {
		fmt.Println(line)
	}
	os.Exit(status)
}

// figure adds to the lines that are printed when all is done.
func figure(format string, args ...any) { figures = append(figures, fmt.Sprintf(format, args...)) }

// wanted skips a test where real counterparts were not asked for.
func wanted(t *testing.T) {
	t.Helper()
	switch os.Getenv("REAL") {
	case "":
		t.Skip("set REAL to try or to required (see CONTRIBUTING.md)")
	case "try", "required":
	default:
		t.Fatal("REAL must be try or required")
	}
}

// lacking ends a test whose counterpart can't be had here.
func lacking(t *testing.T, format string, args ...any) {
	t.Helper()
	why := fmt.Sprintf(format, args...)
	if os.Getenv("REAL") == "required" {
		t.Fatalf("can't be had, and is required: %s", why)
	}
	figure("SKIPPED %s: %s", t.Name(), why)
	t.Skip(why)
}

// tool returns the path of a program that the test can't do without. Debian has
// some of them where only root finds them.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, at := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if path, err := exec.LookPath(at); err == nil {
			return path
		}
	}
	lacking(t, "there is no %s", name)
	return ""
}

var build = sync.OnceValue(func() error {
	cmd := exec.Command("go", append([]string{"build", "-buildvcs=false", "-o", folder}, strings.Fields(programs)...)...)
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, text)
	}
	return nil
})

// built returns the path of one of the project's programs.
func built(t *testing.T, name string) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

// A sandbox is one that runs as a program, and the environment of runs in it.
type sandbox struct {
	env  map[string]string
	runs int
}

// startSandbox starts a sandbox with the flags. It ends with the test.
func startSandbox(t *testing.T, flags ...string) *sandbox {
	t.Helper()
	file := filepath.Join(t.TempDir(), "env")
	cmd := exec.Command(built(t, "serve"), append([]string{"-env", file}, flags...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	input, err := cmd.StdinPipe() // whose end is the sandbox's
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		input.Close()
		if err := <-ended; err != nil {
			t.Errorf("the sandbox: %v\n%s", err, said.String())
		}
	})
	var text []byte
	until(t, "the sandbox has started", func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the sandbox did not start: %v\n%s", err, said.String())
		default:
		}
		text, err = os.ReadFile(file)
		return err == nil
	})
	s := &sandbox{env: map[string]string{}}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		s.env[key] = value
	}
	return s
}

// inbox returns the lines of what the sandbox has received: mails or messages.
func (s *sandbox) inbox(t *testing.T, list string) []string {
	t.Helper()
	resp, err := http.Get(s.env["SANDBOX_INBOX"] + list)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
}

// direct returns how many direct messages the sandbox's Slack has received.
func (s *sandbox) direct(t *testing.T) int {
	t.Helper()
	n := 0
	for _, message := range s.inbox(t, "messages") {
		if to := strings.Split(message, "\t"); !strings.HasPrefix(to[0], "#") && to[2] == "" { // what goes on in its thread is the same message
			n++
		}
	}
	return n
}

// mailOnly lets the runs to come know no Slack: a channel takes a message a
// second, which takes its time.
func (s *sandbox) mailOnly() {
	delete(s.env, "INPUT_SLACK-TOKEN")
	delete(s.env, "INPUT_SLACK-CHANNEL")
	s.env["INPUT_REPORT-EMAIL"] = "swg@example.org"
}

// A result is what a run of the program left.
type result struct {
	status  int
	output  string // of both streams
	outputs string // the file of the step's outputs
}

// sent returns how many digests the run says it has sent.
func (r result) sent(t *testing.T) int {
	t.Helper()
	_, after, _ := strings.Cut(r.outputs, "digests-sent<<")
	lines := strings.SplitN(after, "\n", 3)
	if len(lines) < 3 {
		t.Fatalf("there is no output digests-sent:\n%s", r.outputs)
	}
	n, err := strconv.Atoi(lines[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// environment is that of the next run, with changes; an empty value takes a
// variable away. Each is another workflow run unless the change says otherwise.
func (s *sandbox) environment(t *testing.T, change map[string]string) map[string]string {
	s.runs++
	env := maps.Clone(s.env)
	delete(env, "SANDBOX_INBOX")
	env["GITHUB_RUN_ID"] = strconv.Itoa(s.runs)
	env["GITHUB_WORKSPACE"] = t.TempDir()
	env["HOME"] = env["GITHUB_WORKSPACE"]
	env["GITHUB_OUTPUT"] = filepath.Join(t.TempDir(), "outputs")
	maps.Copy(env, change)
	maps.DeleteFunc(env, func(_, v string) bool { return v == "" })
	return env
}

// start begins a run of the program, and returns what waits for its end.
func (s *sandbox) start(t *testing.T, change map[string]string, args ...string) (wait func() result) {
	t.Helper()
	if len(args) == 0 {
		args = []string{"run"}
	}
	cmd := exec.CommandContext(t.Context(), built(t, "advisory-reminders"), args...)
	cmd.Env = []string{}
	env := s.environment(t, change)
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() result {
		err := cmd.Wait()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		outputs, err := os.ReadFile(env["GITHUB_OUTPUT"])
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return result{status: cmd.ProcessState.ExitCode(), output: out.String(), outputs: string(outputs)}
	}
}

// run makes a run of the program.
func (s *sandbox) run(t *testing.T, change map[string]string, args ...string) result {
	t.Helper()
	return s.start(t, change, args...)()
}

// must makes a run that has to end with a status.
func (s *sandbox) must(t *testing.T, status int, change map[string]string, args ...string) result {
	t.Helper()
	r := s.run(t, change, args...)
	if r.status != status {
		t.Fatalf("exit %d, want %d\n%s", r.status, status, r.output)
	}
	return r
}

// until waits for something that another program does.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// output runs a tool and returns what it prints.
func output(t *testing.T, stdin string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, text, stderr.String())
	}
	return string(text)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

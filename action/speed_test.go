package action_test

import (
	"encoding/json"
	"fmt"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/openedx/advisory-reminders/action"
	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// What the services take their time for.
const (
	latency = 50 * time.Millisecond
	perMail = 20 * time.Millisecond

	mailConnections = 3 // that email.Mailer uses at most
)

// What no size may go beyond.
const (
	memoryBound = 128 // MiB, of the process, its program's own pages included
	reportBound = 12  // messages
)

// scales are the organizations of the benchmark.
var scales = []scale{
	{drafts: 100, repositories: 20, people: 40},
	{drafts: 1_000, repositories: 200, people: 150},
	{drafts: 10_000, repositories: 1_000, people: 400},
}

// BenchmarkSpeed runs the real program as a process of its own against the
// sandbox, at every size, and prints a table. Run it with
//
//	go test -run '^$' -bench Speed ./action
func BenchmarkSpeed(b *testing.B) {
	var rows []figures
	for _, s := range scales {
		b.Run(s.String(), func(b *testing.B) {
			var r figures
			for b.Loop() {
				r = measure(b, s)
			}
			r.report(b)
			rows = append(rows, r)
		})
	}
	b.Run("plan", benchmarkPlan)
	b.Run("binary", benchmarkBinary)
	if len(rows) > 0 {
		fmt.Printf("\n%s\n", table(rows))
	}
}

// The figures are what was measured at one size.
type figures struct {
	scale   scale
	asked   asked
	late    int
	digests int
	parts   int // messages of the report

	// On the next day, when one draft is due.
	day               asked
	dayMails          int
	dayWall, dayFloor time.Duration
	dayRSS            float64

	wall, floor time.Duration // the floor without the mail server's own time
	mailTime    time.Duration // that it takes for all digests over the connections there are
	rss         float64       // MiB, of the real program
	heap, total float64       // MiB: live and dead objects, and all that was got from the system; of the same code in the test's binary
	allocs      float64       // for each draft, likewise
	perSecond   float64       // deliveries
	one         float64       // deliveries over one connection that is used without a pause
	plan        time.Duration // of a plan of that size

	plain         time.Duration
	plainRequests int
	plainRate     float64
}

// wholeFloor is the floor with the mail server's own time, and the second that
// Slack wants between two messages of the report.
func (r figures) wholeFloor() time.Duration {
	return r.floor - perMail + r.mailTime + time.Duration(max(0, r.parts-1))*time.Second
}

// measure makes one run, and the others that it is compared to.
func measure(b *testing.B, s scale) figures {
	l := newLab(b, s, latency, perMail)
	path, err := program()
	if err != nil {
		b.Fatal(err)
	}
	r := figures{scale: s}
	r.wall, r.rss = l.start(exec.Command(path, "run"))
	r.asked, r.late = l.asked(), int(l.late.Load())
	r.digests, r.parts = len(l.Mail.Mails()), len(l.Slack.Messages())
	r.perSecond = float64(r.digests) / l.ended.Sub(l.began).Seconds()
	r.floor = time.Duration(s.chain())*latency + perMail
	r.mailTime = time.Duration(ceil(r.digests, mailConnections)) * perMail
	r.one = l.oneConnection(min(r.digests, 100))
	l.nextDay()
	before := len(l.Mail.Mails())
	r.dayWall, r.dayRSS = l.start(exec.Command(path, "run"))
	r.day, r.dayMails = l.asked(), len(l.Mail.Mails())-before
	r.dayFloor = time.Duration(s.chain()+ceil(s.drafts+1, 100)-s.pages())*latency + time.Duration(ceil(r.dayMails, mailConnections))*perMail
	l.reset()
	r.plain, r.plainRequests, r.plainRate = l.plain()
	r.heap, r.total, r.allocs = memory(b, s)
	r.plan = planTime(s.drafts, 5)
	if most := max(r.rss, r.dayRSS); most > memoryBound {
		b.Errorf("%s: the process took %.1f MiB, want at most %d", s, most, memoryBound)
	}
	if n, most := r.asked.all-r.asked.interim, s.allowed()+s.first(); n > most {
		b.Errorf("%s: the first run made %d requests, want at most %d", s, n, most)
	}
	if r.parts > reportBound {
		b.Errorf("%s: the first report is %d messages, want at most %d", s, r.parts, reportBound)
	}
	return r
}

// start runs a process with the environment of a run, and returns how long it
// took and what it used.
func (l *lab) start(cmd *exec.Cmd, extra ...string) (took time.Duration, rss float64) {
	l.tb.Helper()
	l.reset()
	log, err := os.Create(filepath.Join(l.tb.TempDir(), "log"))
	if err != nil {
		l.tb.Fatal(err)
	}
	defer log.Close()
	cmd.Env = extra
	for k, v := range l.env() {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stdout, cmd.Stderr = log, log
	began := time.Now()
	if err = cmd.Start(); err == nil {
		ended := make(chan bool)
		go func() {
			defer close(ended)
			err = cmd.Wait()
		}()
		for running := true; running; {
			rss = max(rss, highest(cmd.Process.Pid))
			select {
			case <-ended:
				running = false
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	took = time.Since(began)
	if err != nil {
		l.tb.Fatalf("%v\n%s", err, tail(read(log.Name())))
	}
	return took, rss
}

var highestForm = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// highest returns the largest resident size of a process so far, in MiB, or 0
// where the system doesn't tell. What wait(2) says of a child would include the
// size of the process that started it.
func highest(pid int) float64 {
	m := highestForm.FindStringSubmatch(read(fmt.Sprintf("/proc/%d/status", pid)))
	if m == nil {
		return 0
	}
	kB, _ := strconv.ParseFloat(m[1], 64)
	return kB / 1024
}

// oneConnection sends n mails like those of the run over one connection, one
// right after the other, and returns how many a second.
func (l *lab) oneConnection(n int) float64 {
	l.tb.Helper()
	mails := l.Mail.Mails()[:n]
	c, err := smtp.Dial(l.Mail.Addr())
	if err != nil {
		l.tb.Fatal(err)
	}
	defer c.Close()
	began := time.Now()
	for _, m := range mails {
		if err := sendOver(c, m.To[0], string(m.Data)); err != nil {
			l.tb.Fatal(err)
		}
	}
	return float64(n) / time.Since(began).Seconds()
}

// report gives the figures to the benchmark.
func (r figures) report(b *testing.B) {
	b.ReportMetric(0, "ns/op") // absolute times mean little
	b.ReportMetric(float64(r.asked.all-r.asked.interim), "requests")
	b.ReportMetric(float64(r.scale.allowed()+r.scale.first()), "requests-allowed")
	b.ReportMetric(float64(r.asked.interim), "interim-writes")
	b.ReportMetric(ratio(r.wall, r.floor), "wall/floor")
	b.ReportMetric(ratio(r.wall, r.floor-perMail+r.mailTime), "wall/floor-with-mail")
	b.ReportMetric(ratio(r.wall, r.wholeFloor()), "wall/floor-with-mail-and-slack")
	b.ReportMetric(ratio(r.dayWall, r.dayFloor), "ordinary-wall/floor")
	b.ReportMetric(float64(r.day.all), "ordinary-requests")
	b.ReportMetric(r.rss, "MiB-rss")
	b.ReportMetric(r.heap, "MiB-heap")
	b.ReportMetric(r.allocs, "allocs/draft")
	b.ReportMetric(r.perSecond, "deliveries/s")
	b.ReportMetric(r.perSecond/r.one, "x-one-connection")
	b.ReportMetric(100*ratio(r.plan, r.wall), "%-planning")
	b.ReportMetric(ratio(r.plain, r.wall), "plain/wall")
	b.ReportMetric(float64(r.plainRequests), "plain-requests")
	b.ReportMetric(float64(r.late), "late-answers")
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

// table lays the rows out, one column for each size.
func table(rows []figures) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 3, ' ', tabwriter.AlignRight)
	line := func(name string, cell func(figures) string) {
		fmt.Fprint(w, name)
		for _, r := range rows {
			fmt.Fprint(w, "\t", cell(r))
		}
		fmt.Fprintln(w, "\t")
	}
	count := func(name string, f func(figures) int) {
		line(name, func(r figures) string { return fmt.Sprint(f(r)) })
	}
	real := func(name, form string, f func(figures) float64) {
		line(name, func(r figures) string { return fmt.Sprintf(form, f(r)) })
	}
	count("drafts", func(r figures) int { return r.scale.drafts })
	count("repositories", func(r figures) int { return r.scale.repositories })
	count("maintainers", func(r figures) int { return r.scale.people })
	count("digests", func(r figures) int { return r.digests })
	count("GitHub requests, first run", func(r figures) int { return r.asked.all - r.asked.interim })
	count("allowed", func(r figures) int { return r.scale.allowed() + r.scale.first() })
	count("interim writes of the ledger", func(r figures) int { return r.asked.interim })
	real("wall, s", "%.2f", func(r figures) float64 { return r.wall.Seconds() })
	real("floor, s", "%.2f", func(r figures) float64 { return r.floor.Seconds() })
	real("wall / floor", "%.2f", func(r figures) float64 { return ratio(r.wall, r.floor) })
	real("floor with mail, s", "%.2f", func(r figures) float64 { return (r.floor - perMail + r.mailTime).Seconds() })
	real("wall / floor with mail", "%.2f", func(r figures) float64 { return ratio(r.wall, r.floor-perMail+r.mailTime) })
	real("floor with mail and Slack, s", "%.2f", func(r figures) float64 { return r.wholeFloor().Seconds() })
	real("wall / floor with both", "%.2f", func(r figures) float64 { return ratio(r.wall, r.wholeFloor()) })
	count("ordinary day: mails", func(r figures) int { return r.dayMails })
	count("ordinary day: GitHub requests", func(r figures) int { return r.day.all })
	real("ordinary day: wall, s", "%.2f", func(r figures) float64 { return r.dayWall.Seconds() })
	real("ordinary day: floor, s", "%.2f", func(r figures) float64 { return r.dayFloor.Seconds() })
	real("ordinary day: wall / floor", "%.2f", func(r figures) float64 { return ratio(r.dayWall, r.dayFloor) })
	real("ordinary day: peak memory (RSS), MiB", "%.1f", func(r figures) float64 { return r.dayRSS })
	real("peak memory (RSS), MiB", "%.1f", func(r figures) float64 { return r.rss })
	real("peak heap, MiB", "%.1f", func(r figures) float64 { return r.heap })
	real("peak from the system, MiB", "%.1f", func(r figures) float64 { return r.total })
	real("allocations / draft", "%.0f", func(r figures) float64 { return r.allocs })
	real("deliveries / s", "%.1f", func(r figures) float64 { return r.perSecond })
	real("one connection, mails / s", "%.1f", func(r figures) float64 { return r.one })
	real("deliveries / one connection", "%.2f", func(r figures) float64 { return r.perSecond / r.one })
	real("planning, % of the run", "%.3f", func(r figures) float64 { return 100 * ratio(r.plan, r.wall) })
	count("messages of the report", func(r figures) int { return r.parts })
	real("plain way, s", "%.2f", func(r figures) float64 { return r.plain.Seconds() })
	count("plain way, requests", func(r figures) int { return r.plainRequests })
	real("plain way / wall", "%.2f", func(r figures) float64 { return ratio(r.plain, r.wall) })
	count("answers later than 50 ms", func(r figures) int { return r.late })
	w.Flush()
	return text.String()
}

// memory runs the same code in a process of the test's binary, which counts
// what it allocates. The services take no time there, so that only the clock is
// another one.
func memory(b *testing.B, s scale) (heap, total, allocs float64) {
	l := newLab(b, s, 0, 0)
	path := filepath.Join(b.TempDir(), "memory.json")
	l.start(exec.Command(os.Args[0], "-test.run=^TestMemoryOfARun$", "-test.v"), "SPEED_MEMORY="+path)
	var m memoryUse
	if err := json.Unmarshal([]byte(read(path)), &m); err != nil {
		b.Fatal(err)
	}
	return float64(m.Heap) / (1 << 20), float64(m.Total) / (1 << 20), float64(m.Allocs) / float64(s.drafts)
}

// memoryUse is what a run used.
type memoryUse struct{ Heap, Total, Allocs uint64 }

// TestMemoryOfARun makes the run that memory measures.
func TestMemoryOfARun(t *testing.T) {
	path := os.Getenv("SPEED_MEMORY")
	if path == "" {
		t.Skip("is started by the benchmark")
	}
	const heap, total, allocs = "/memory/classes/heap/objects:bytes", "/memory/classes/total:bytes", "/gc/heap/allocs:objects"
	stop, stopped := make(chan bool), make(chan bool)
	var use memoryUse
	samples := []metrics.Sample{{Name: heap}, {Name: total}, {Name: allocs}}
	look := func() {
		metrics.Read(samples)
		use.Heap = max(use.Heap, samples[0].Value.Uint64())
		use.Total = max(use.Total, samples[1].Value.Uint64())
	}
	look()
	before := samples[2].Value.Uint64()
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-tick.C:
				look()
			case <-stop:
				return
			}
		}
	}()
	status := action.Main(t.Context(), action.Process{Getenv: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr, SlackPace: time.Nanosecond})
	close(stop)
	<-stopped
	look()
	use.Allocs = samples[2].Value.Uint64() - before
	text, err := json.Marshal(use)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil || status != action.ExitOK {
		t.Fatalf("exit status %d, %v", status, err)
	}
}

// planRequest asks for a plan of n drafts, each for as many recipients, of whom
// there are forty times as many.
func planRequest(n, recipients int) reminder.Request {
	r := reminder.Request{
		Now:     wednesday,
		Policy:  reminder.DefaultPolicy(),
		History: func(string, reminder.Recipient) reminder.Told { return reminder.Told{} },
	}
	severities := [...]advisory.Severity{advisory.Critical, advisory.High, advisory.Medium, advisory.Low}
	for i := range n {
		d := reminder.Draft{
			Advisory: &advisory.Advisory{ID: "GHSA-2222-2222-" + quad(i), State: advisory.Draft, Severity: severities[i%4]},
			Cadence:  r.Policy.CadenceOf(severities[i%4]),
			Opened:   wednesday.AddDate(-1, 0, -i%300),
		}
		for k := range recipients {
			d.Recipients = append(d.Recipients, reminder.UserRecipient(fmt.Sprint("person-", (i+40*k)%(40*recipients))))
		}
		r.Drafts = append(r.Drafts, d)
	}
	return r
}

// planTime is how long such a plan takes, the fastest of some.
func planTime(n, recipients int) time.Duration {
	r := planRequest(n, recipients)
	return fastest(func() { reminder.Plan(r) })[0]
}

// fastest returns the least processor time that each of the functions takes,
// the collection of its garbage included: so it is called several times in a row,
// over which the collections are spread. The functions take turns, so that all of
// them meet the same troubles.
func fastest(f ...func()) []time.Duration {
	const turns, inARow = 12, 6
	best := make([]time.Duration, len(f))
	for range turns {
		for i := range f {
			runtime.GC()
			began := processorTime()
			for range inARow {
				f[i]()
			}
			if took := (processorTime() - began) / inARow; best[i] == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	return best
}

// benchmarkPlan doubles the drafts, and then the recipients of each.
func benchmarkPlan(b *testing.B) {
	once, drafts, recipients := planRequest(10_000, 5), planRequest(20_000, 5), planRequest(10_000, 10)
	var took []time.Duration
	for b.Loop() {
		took = fastest(func() { reminder.Plan(once) }, func() { reminder.Plan(drafts) }, func() { reminder.Plan(recipients) })
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio(took[1], took[0]), "x-for-twice-the-drafts")
	b.ReportMetric(ratio(took[2], took[0]), "x-for-twice-the-recipients")
}

// benchmarkBinary builds the program as the image has it.
func benchmarkBinary(b *testing.B) {
	path := filepath.Join(b.TempDir(), "advisory-reminders")
	for b.Loop() {
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "../cmd/advisory-reminders")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
}

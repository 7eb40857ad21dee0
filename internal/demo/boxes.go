package demo

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// group is a heading over mailboxes.
type group struct {
	Name  string
	Boxes []*box
}

// box is what one person, channel or place got, the newest first.
type box struct {
	ID       string
	Name     string
	Detail   string
	Initials string
	Hue      int // of the picture's colour, in degrees
	Entries  []*item
	login    string
}

// binder puts messages into the boxes of those who got them.
type binder struct {
	story   *story
	boxes   map[string]*box // by login, address, channel
	items   []*item
	threads map[string]*item // by channel and timestamp
	kinds   map[string]*item // the first job summary of each kind

	discussions map[string]*item // by the draft's id
}

func newBinder(s *story) *binder {
	return &binder{story: s, boxes: map[string]*box{}, threads: map[string]*item{}, kinds: map[string]*item{}, discussions: map[string]*item{}}
}

// The keys of the boxes that belong to nobody.
const (
	reportBox  = "\x00report"
	summaryBox = "\x00summary"
	draftBox   = "\x00threads"
)

// day makes the items of one day.
func (b *binder) day(d day) []*item {
	first := len(b.items)
	d = b.story.inOrder(d)
	for _, m := range d.mails {
		i := b.add(mailItem(m))
		for _, to := range m.To {
			b.file(b.story.mailTo(to), i)
		}
	}
	for _, m := range d.messages {
		key := m.Channel + "\x00" + m.ThreadTS
		if root := b.threads[key]; m.ThreadTS != "" && root != nil {
			if root.Replies++; root.Replies == 1 {
				root.Tabs[0].Body += `<p class="s-thread">Thread</p>`
			}
			root.Tabs[0].Body += template.HTML(`<div class="reply">`) + slackMessageHTML(m) + `</div>`
			root.Tabs[2].Pre += "\n\n" + slackJSON(m)
			continue
		}
		i := b.add(b.slackItem(m))
		b.threads[m.Channel+"\x00"+m.TS] = i
		b.file(b.story.slackTo(m), i)
	}
	var commented []*item
	for _, t := range d.threads {
		commented = append(commented, b.thread(t))
	}
	if strings.TrimSpace(d.summary) != "" || d.status != 0 {
		b.summary(d)
	}
	news := slices.Clone(b.items[first:])
	for _, i := range commented {
		if !slices.Contains(news, i) {
			news = append(news, i)
		}
	}
	return news
}

// thread returns the item of a draft's thread, which there is once, and puts it into
// the boxes of those who are called by these comments.
func (b *binder) thread(t Draft) *item {
	i := b.discussions[t.ID]
	if i == nil {
		n := slices.IndexFunc(b.story.drafts, func(d Draft) bool { return d.ID == t.ID })
		i = b.add(threadItem(b.story.drafts[n]))
		b.discussions[t.ID] = i
		b.file(draftBox, i)
		i.Who = "" // those who are called
	}
	for _, c := range t.Comments {
		for _, login := range calls(c) {
			b.file(login, i)
		}
	}
	return i
}

// summary makes the item of a job summary, or counts it with the first one of its
// kind: there is one every day, and one says what another does but for numbers.
func (b *binder) summary(d day) {
	i := summaryItem(d)
	kind := number.ReplaceAllString(i.Title, "0")
	if same := b.kinds[kind]; same != nil && d.status == 0 {
		same.Alike++
		return
	}
	if d.status == 0 {
		b.kinds[kind] = i
	}
	b.file(summaryBox, b.add(i))
}

var number = regexp.MustCompile(`[0-9]+`)

// begin names where a reader may begin: with whoever got the most, with the
// reports, and with the dry run.
func (b *binder) begin() (list []begin) {
	var most *box
	for _, x := range b.boxes {
		if !strings.HasPrefix(x.login, "\x00") && (most == nil || len(x.Entries) > len(most.Entries) || len(x.Entries) == len(most.Entries) && x.ID < most.ID) {
			most = x
		}
	}
	if most != nil {
		list = append(list, begin{most.ID, most.Name + ", who got the most"})
	}
	if x := b.boxes[reportBox]; x != nil {
		list = append(list, begin{x.ID, "the working group's reports"})
	}
	var longest *item
	for _, i := range b.discussions {
		if longest == nil || len(i.Tabs[1].Pre) > len(longest.Tabs[1].Pre) {
			longest = i
		}
	}
	if longest != nil {
		list = append(list, begin{longest.ID, "a draft on which people answer"})
	}
	for _, i := range b.items {
		if i.Kind == "dry-run" {
			list = append(list, begin{i.ID, "the dry run before them all"})
		}
	}
	return list
}

// dryRun makes the item of the dry run.
func (b *binder) dryRun(d day) *item {
	i := b.add(dryRunItem(d))
	b.file(summaryBox, i)
	return i
}

func (b *binder) add(i *item) *item {
	i.ID = fmt.Sprintf("m%d", len(b.items)+1)
	b.items = append(b.items, i)
	return i
}

// file puts an item into the box of a login, once.
func (b *binder) file(login string, i *item) {
	if login == "" {
		login = reportBox
	}
	box := b.boxOf(login)
	if slices.Contains(box.Entries, i) {
		return
	}
	box.Entries = append(box.Entries, i)
	if i.Who != "" {
		i.Who += ", "
	}
	i.Who += box.Name
}

func (b *binder) boxOf(key string) *box {
	if found := b.boxes[key]; found != nil {
		return found
	}
	n := &box{Name: key, login: key}
	switch i := slices.IndexFunc(b.story.everyone, func(p Person) bool { return p.Login == key }); {
	case key == summaryBox:
		n.Name, n.Detail = "Job summaries", "of the workflow's runs"
	case key == reportBox:
		n.Name, n.Detail = "#"+sandbox.ReportChannel, "the working group's reports"
	case key == draftBox:
		n.Name, n.Detail = "Drafts", "what was said there"
	case i >= 0:
		p := b.story.everyone[i]
		n.Name, n.Detail = cmp.Or(p.Name, p.Login), cmp.Or(p.Detail, p.Login)
	}
	n.Initials = initials(n.Name)
	h := fnv.New32a()
	h.Write([]byte(key))
	n.Hue = int(h.Sum32() % 360)
	b.boxes[key] = n
	return n
}

// groups orders the boxes: the working group, the workflow, then people by
// name. The items are the newest first, but for the dry run, which is before
// them all since it explains them.
func (b *binder) groups() []group {
	var own, people []*box
	for _, x := range b.boxes {
		slices.Reverse(x.Entries)
		slices.SortStableFunc(x.Entries, func(a, b *item) int { return dryFirst(a) - dryFirst(b) })
		if x.login == draftBox { // a thread is from when it began, and here from when the program came to it
			slices.SortStableFunc(x.Entries, func(a, b *item) int { return b.At.Compare(a.At) })
		}
		if strings.HasPrefix(x.login, "\x00") {
			own = append(own, x)
		} else {
			people = append(people, x)
		}
	}
	slices.SortFunc(own, func(a, c *box) int { return cmp.Compare(a.login, c.login) })
	slices.SortFunc(people, func(a, c *box) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(c.Name)), cmp.Compare(a.login, c.login))
	})
	for i, x := range append(slices.Clone(own), people...) {
		x.ID = fmt.Sprintf("b%d", i+1)
	}
	var groups []group
	for _, g := range []group{{"Working group", own}, {"Recipients", people}} {
		if len(g.Boxes) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func dryFirst(i *item) int {
	if i.Kind == "dry-run" {
		return 0
	}
	return 1
}

// initials are the first letters of the first two words.
func initials(name string) string {
	var b strings.Builder
	for i, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if i == 2 {
			break
		}
		r, _ := utf8.DecodeRuneInString(word)
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

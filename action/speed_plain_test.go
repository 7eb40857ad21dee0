package action_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// plain is the yardstick: the same drafts, owners and mails in the plain way,
// without a ledger or a report. It lists, then makes one call per repository,
// team and person, then sends one mail after the other over one connection. It
// returns how long that took, how many requests it made, and the mails a second
// while it sent.
func (l *lab) plain() (took time.Duration, requests int, perSecond float64) {
	l.tb.Helper()
	p := plainRun{lab: l, client: transport.Authorized(transport.New(transport.Options{}), sandbox.FullToken)}
	began := time.Now()

	type draft struct {
		ID       string `json:"ghsa_id"`
		HTMLURL  string `json:"html_url"`
		Severity string `json:"severity"`
	}
	var drafts []draft
	for url := l.GitHub.APIURL() + "/orgs/acme/security-advisories?state=draft&per_page=100"; url != ""; {
		var page []draft
		url = p.get(url, &page)
		drafts = append(drafts, page...)
	}

	owners := make(map[string]string) // by repository
	var teams, people []string
	members := make(map[string][]string)
	for _, d := range drafts {
		repo := strings.Split(d.HTMLURL, "/")[4]
		if owners[repo] != "" {
			continue
		}
		var answer struct {
			Data struct {
				Repository struct{ Object struct{ Text string } }
			}
		}
		p.ask(`query($name: String!) { repository(owner: "acme", name: $name) { object(expression: "HEAD:catalog-info.yaml") { ... on Blob { text } } } }`, repo, &answer)
		owner := catalogOwner.FindStringSubmatch(answer.Data.Repository.Object.Text)
		owners[repo] = owner[1] + ":" + owner[2]
		switch {
		case owner[1] == "user":
			members[owners[repo]] = []string{owner[2]}
			if !slices.Contains(people, owner[2]) {
				people = append(people, owner[2])
			}
		case !slices.Contains(teams, owner[2]):
			teams = append(teams, owner[2])
		}
	}
	for _, slug := range teams {
		var answer struct {
			Data struct {
				Organization struct {
					Team struct {
						Members struct{ Nodes []struct{ Login string } }
					}
				}
			}
		}
		p.ask(`query($name: String!) { organization(login: "acme") { team(slug: $name) { members(first: 100) { nodes { login } } } } }`, slug, &answer)
		for _, m := range answer.Data.Organization.Team.Members.Nodes {
			members["group:"+slug] = append(members["group:"+slug], m.Login)
			if !slices.Contains(people, m.Login) {
				people = append(people, m.Login)
			}
		}
	}
	addresses := make(map[string]string)
	for _, login := range people {
		var answer struct {
			Data struct{ User struct{ Email string } }
		}
		p.ask(`query($name: String!) { user(login: $name) { email } }`, login, &answer)
		addresses[login] = answer.Data.User.Email
	}

	type key struct{ login, severity string }
	digests := make(map[key][]string)
	for _, d := range drafts {
		repo := strings.Split(d.HTMLURL, "/")[4]
		for _, login := range members[owners[repo]] {
			k := key{login, d.Severity}
			digests[k] = append(digests[k], d.ID+" "+d.HTMLURL)
		}
	}
	c, err := smtp.Dial(l.Mail.Addr())
	if err != nil {
		l.tb.Fatal(err)
	}
	defer c.Close()
	sending := time.Now()
	for k, lines := range digests {
		text := "Subject: " + k.severity + " drafts\r\n\r\n" + strings.Join(lines, "\r\n") + "\r\n"
		if err := sendOver(c, addresses[k.login], text); err != nil {
			l.tb.Fatal(err)
		}
	}
	return time.Since(began), p.requests, float64(len(digests)) / time.Since(sending).Seconds()
}

// sendOver sends one mail over a connection that is open.
func sendOver(c *smtp.Client, to, text string) error {
	if err := c.Mail(sandbox.SenderAddress); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	return w.Close()
}

var (
	catalogOwner = regexp.MustCompile(`owner: (user|group):(\S+)`)
	nextLink     = regexp.MustCompile(`<([^>]*)>; rel="next"`)
)

type plainRun struct {
	lab      *lab
	client   *http.Client
	requests int
}

// get reads one page and returns the address of the next.
func (p *plainRun) get(url string, page any) (next string) {
	p.lab.tb.Helper()
	resp, err := p.client.Get(url)
	p.read(resp, err, page)
	if m := nextLink.FindStringSubmatch(resp.Header.Get("Link")); m != nil {
		return m[1]
	}
	return ""
}

// ask asks GraphQL about one name.
func (p *plainRun) ask(query, name string, answer any) {
	p.lab.tb.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]string{"name": name}})
	if err != nil {
		p.lab.tb.Fatal(err)
	}
	resp, err := p.client.Post(p.lab.GitHub.GraphQLURL(), "application/json", bytes.NewReader(body))
	p.read(resp, err, answer)
}

func (p *plainRun) read(resp *http.Response, err error, answer any) {
	p.lab.tb.Helper()
	p.requests++
	if err != nil {
		p.lab.tb.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	if err == nil {
		err = json.Unmarshal(body, answer)
	}
	if err != nil {
		p.lab.tb.Fatalf("the plain way: %v\n%.500s", err, body)
	}
}

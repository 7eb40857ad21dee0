package slack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestSlackBlockLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ä", n) }
	mrkdwn := func(n int) string { return fmt.Sprintf(`{"type":"mrkdwn","text":%q}`, long(n)) }
	plain := func(n int) string { return fmt.Sprintf(`{"type":"plain_text","text":%q}`, long(n)) }
	times := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	section := func(n int) string { return `{"type":"section","text":` + mrkdwn(n) + `}` }

	tests := []struct {
		name, blocks string
		want         string // Slack's error
		detail       string
	}{
		{"50 blocks", times(`{"type":"divider"}`, 50), "", ""},
		{"51 blocks", times(`{"type":"divider"}`, 51), "invalid_blocks", "no more than 50 items allowed [json-pointer:/blocks]"},
		{"section of 3000", section(3000), "", ""},
		{"section of 3001", section(3001), "invalid_blocks", "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{"empty section", section(0), "invalid_blocks", "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{"section without text", `{"type":"section"}`, "invalid_blocks", "must be an object [json-pointer:/blocks/0/text]"},
		{"text that is none", `{"type":"section","text":{"type":"mrkdwn","text":1}}`, "invalid_blocks", "must be a string [json-pointer:/blocks/0/text/text]"},
		{"header of 150", `{"type":"header","text":` + plain(150) + `}`, "", ""},
		{"header of 151", `{"type":"header","text":` + plain(151) + `}`, "invalid_blocks", "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
		{"header with mrkdwn", `{"type":"header","text":` + mrkdwn(5) + `}`, "invalid_blocks", "must be a valid enum value: plain_text [json-pointer:/blocks/0/text/type]"},
		{"10 in a context", `{"type":"context","elements":[` + times(mrkdwn(2), 10) + `]}`, "", ""},
		{"11 in a context", `{"type":"context","elements":[` + times(mrkdwn(2), 11) + `]}`, "invalid_blocks", "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
		{"empty context", `{"type":"context","elements":[]}`, "invalid_blocks", "no fewer than 1 items required [json-pointer:/blocks/0/elements]"},
		{"unknown block", `{"type":"song"}`, "invalid_blocks", "unsupported type: song [json-pointer:/blocks/0/type]"},
		{"unknown property", `{"type":"divider","text":"x"}`, "invalid_blocks", "invalid additional property: text [json-pointer:/blocks/0]"},
		{"rich text", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}`, "", ""},
		{"13200 in all", times(section(3000), 4) + "," + section(1200), "", ""},
		{"13201 in all", times(section(3000), 4) + "," + section(1201), "msg_blocks_too_long", ""},
		{"not blocks", `"x"`, "invalid_blocks_format", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problem, details := checkSlackBlocks(json.RawMessage("[" + tt.blocks + "]"))
			if problem != tt.want {
				t.Fatalf("got %q %q, want %q", problem, details, tt.want)
			}
			if got := strings.Join(details, "\n"); got != tt.detail {
				t.Errorf("details:\n got %s\nwant %s", got, tt.detail)
			}
		})
	}
}

func TestSlackNamesTheWrongBlock(t *testing.T) {
	s, _, _ := newSlack(t)
	r, err := http.PostForm(s.URL+"chat.postMessage", url.Values{"token": {"xoxb-all"}, "channel": {"#swg"}, "blocks": {`[{"type":"song"}]`}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var got struct {
		Error    string
		Metadata struct{ Messages []string } `json:"response_metadata"`
	}
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	const want = "[ERROR] unsupported type: song [json-pointer:/blocks/0/type]"
	if got.Error != "invalid_blocks" || len(got.Metadata.Messages) != 1 || got.Metadata.Messages[0] != want {
		t.Errorf("got %+v, want %q", got, want)
	}
}

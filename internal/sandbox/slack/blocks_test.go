package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestSlackBlockLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ä", n) }
	mrkdwn := func(n int) string { return fmt.Sprintf(`{"type":"mrkdwn","text":%q}`, long(n)) }
	plain := func(n int) string { return fmt.Sprintf(`{"type":"plain_text","text":%q}`, long(n)) }
	times := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	section := func(n int) string { return `{"type":"section","text":` + mrkdwn(n) + `}` }
	fields := func(count, n int) string {
		return `{"type":"section","fields":[` + times(mrkdwn(n), count) + `]}`
	}
	button := func(text, url string) string {
		return `{"type":"actions","elements":[{"type":"button","text":` + text + `,"url":"` + url + `"}]}`
	}
	address := func(n int) string { return "https://example.org/" + strings.Repeat("a", n-20) }

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
		{"section without text", `{"type":"section"}`, "invalid_blocks", "missing required field: text or fields [json-pointer:/blocks/0]"},
		{"10 fields", fields(10, 5), "", ""},
		{"11 fields", fields(11, 5), "invalid_blocks", "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
		{"no fields", `{"type":"section","fields":[]}`, "invalid_blocks", "no fewer than 1 items required [json-pointer:/blocks/0/fields]"},
		{"field of 2000", fields(1, 2000), "", ""},
		{"field of 2001", fields(1, 2001), "invalid_blocks", "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"},
		{"header of 150", `{"type":"header","text":` + plain(150) + `}`, "", ""},
		{"header of 151", `{"type":"header","text":` + plain(151) + `}`, "invalid_blocks", "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
		{"header with mrkdwn", `{"type":"header","text":` + mrkdwn(5) + `}`, "invalid_blocks", "must be a valid enum value: plain_text [json-pointer:/blocks/0/text/type]"},
		{"10 in a context", `{"type":"context","elements":[` + times(mrkdwn(2), 10) + `]}`, "", ""},
		{"11 in a context", `{"type":"context","elements":[` + times(mrkdwn(2), 11) + `]}`, "invalid_blocks", "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
		{"empty context", `{"type":"context","elements":[]}`, "invalid_blocks", "no fewer than 1 items required [json-pointer:/blocks/0/elements]"},
		{"button of 75", button(plain(75), "https://example.org"), "", ""},
		{"button of 76", button(plain(76), "https://example.org"), "invalid_blocks", "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"},
		{"address of 3000", button(plain(5), address(3000)), "", ""},
		{"address of 3001", button(plain(5), address(3001)), "invalid_blocks", "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]"},
		{"address of another kind", button(plain(5), "javascript:x"), "invalid_blocks", "invalid url [json-pointer:/blocks/0/elements/0/url]"},
		{"block id of 255", `{"type":"divider","block_id":"` + long(255) + `"}`, "", ""},
		{"block id of 256", `{"type":"divider","block_id":"` + long(256) + `"}`, "invalid_blocks", "must be less than 256 characters [json-pointer:/blocks/0/block_id]"},
		{"same block id", times(`{"type":"divider","block_id":"a"}`, 2), "invalid_blocks", "`block_id` \"a\" already exists [json-pointer:/blocks/1/block_id]"},
		{"unknown block", `{"type":"song"}`, "invalid_blocks", "unsupported type: song [json-pointer:/blocks/0/type]"},
		{"unknown property", `{"type":"divider","text":"x"}`, "invalid_blocks", "invalid additional property: text [json-pointer:/blocks/0]"},
		{"image", `{"type":"image","image_url":"https://example.org/i.png","alt_text":"x"}`, "", ""},
		{"image without words", `{"type":"image","image_url":"https://example.org/i.png"}`, "invalid_blocks", "must be a string [json-pointer:/blocks/0/alt_text]"},
		{"accessory", `{"type":"section","text":` + mrkdwn(5) + `,"accessory":{"type":"song"}}`, "invalid_blocks", "unsupported type: song [json-pointer:/blocks/0/accessory/type]"},
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
	_, body := slackPost(t, s.URL+"chat.postMessage?token=xoxb-all", `{"channel":"#swg","blocks":[{"type":"song"}]}`)
	var got struct {
		Error    string
		Metadata struct{ Messages []string } `json:"response_metadata"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	const want = "[ERROR] unsupported type: song [json-pointer:/blocks/0/type]"
	if got.Error != "invalid_blocks" || len(got.Metadata.Messages) != 1 || got.Metadata.Messages[0] != want {
		t.Errorf("got %s, want %q", body, want)
	}
}

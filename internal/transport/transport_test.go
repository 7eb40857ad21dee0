package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func quick() *http.Client {
	return New(Options{Retries: 2, MinWait: time.Millisecond, MaxWait: 2 * time.Second})
}

// A secondary rate limit may be told by GitHub's message alone. It is waited for
// a minute then, which is more than this client waits.
func TestSecondaryLimit(t *testing.T) {
	said := `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`
	slack := `{"ok":true,"ts":"1.1","message":{"text":"GHSA-2222-2222-2222 can't be read: GitHub answered 403 (You have exceeded a secondary rate limit.)"}}`
	for name, tt := range map[string]struct {
		method, path string
		status       int
		remaining    string // of the primary limit
		body         string
		want         time.Duration // 0: it is no limit
	}{
		"REST":                                {http.MethodGet, "/", 403, "9", said, time.Minute},
		"GraphQL":                             {http.MethodPost, "/graphql", 200, "9", said, time.Minute},
		"GraphQL of another GitHub":           {http.MethodPost, "/api/graphql", 200, "9", said, time.Minute},
		"GraphQL, as an error":                {http.MethodPost, "/graphql", 200, "9", `{"data":null,"errors":[` + said + `]}`, time.Minute},
		"GraphQL, with the last request":      {http.MethodPost, "/graphql", 200, "0", said, time.Minute},
		"no right":                            {http.MethodGet, "/", 403, "9", `{"message":"Resource not accessible by integration"}`, 0},
		"no body":                             {http.MethodGet, "/", 403, "9", "", 0},
		"a file that speaks of one":           {http.MethodPost, "/graphql", 200, "9", `{"data":{"r0":{"text":"exceeded a secondary rate limit"}}}`, 0},
		"a page that speaks of one":           {http.MethodGet, "/graphql", 200, "9", said, 0},
		"a message to Slack that tells of it": {http.MethodPost, "/api/chat.postMessage", 200, "", slack, 0},
		"far behind":                          {http.MethodGet, "/", 403, "9", strings.Repeat(" ", peek) + said, 0},
		"GraphQL, far behind":                 {http.MethodPost, "/graphql", 200, "9", strings.Repeat(" ", peek) + said, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-RateLimit-Remaining", tt.remaining)
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}))
			defer server.Close()
			var asked time.Duration
			ctx := OnLimit(t.Context(), func(d time.Duration) { asked = d })
			req, err := http.NewRequestWithContext(ctx, tt.method, server.URL+tt.path, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := quick().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if asked != tt.want || string(body) != tt.body || err != nil {
				t.Errorf("asked to wait %v, want %v; the body is %q, %v", asked, tt.want, body, err)
			}
		})
	}
}

// What breaks off while it is looked at is no limit, and breaks off for whoever
// reads it then.
func TestLimitInABrokenBody(t *testing.T) {
	broken := errors.New("it broke")
	for _, said := range []string{`{"errors":[{"type":"RATE_LIMITED"`, `{"data":{`} {
		r := &http.Response{StatusCode: 200, Header: http.Header{"X-Ratelimit-Remaining": {"0"}}, Request: httptest.NewRequest(http.MethodPost, "/graphql", nil)}
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(said), &breaking{broken}, strings.NewReader("more")))
		for range 2 { // for the decision, and for how long to wait
			if limited(r) {
				t.Errorf("%s is a limit", said)
			}
		}
		if got, err := io.ReadAll(r.Body); string(got) != said || !errors.Is(err, broken) {
			t.Errorf("%q, %v, want %q and what broke it", got, err, said)
		}
	}
}

// breaking ends with an error, which it tells once.
type breaking struct{ err error }

func (b *breaking) Read([]byte) (int, error) {
	if b.err == nil {
		return 0, io.EOF
	}
	err := b.err
	b.err = nil
	return 0, err
}

// The minute is waited for, and so is the time until a limit of GraphQL is reset:
// nothing is asked again before it is over.
func TestLimitInABodyIsWaitedFor(t *testing.T) {
	reset := map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(time.Now().Add(time.Minute).Unix())}
	for name, tt := range map[string]struct {
		status int
		header map[string]string
		body   string
	}{
		"secondary, 403":  {403, nil, `{"message":"You have exceeded a secondary rate limit."}`},
		"secondary, 200":  {200, nil, `{"message":"You have exceeded a secondary rate limit."}`},
		"primary, 200":    {200, reset, `{"errors":[{"type":"RATE_LIMITED","message":"x"}]}`},
		"with a path":     {200, reset, `{"errors":[{"type":"RATE_LIMITED","path":["a",0],"message":"x"}]}`},
		"with an odd one": {200, reset, `{"errors":[{"type":"RATE_LIMITED","path":"a","message":"x"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}))
			defer server.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ctx = OnLimit(ctx, func(time.Duration) { time.AfterFunc(100*time.Millisecond, cancel) })
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/graphql", strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := New(Options{MinWait: time.Millisecond}).Do(req)
			if err == nil {
				resp.Body.Close()
			}
			if !errors.Is(err, context.Canceled) || calls.Load() != 1 {
				t.Errorf("%v after %d requests, want one that waits until it is stopped", err, calls.Load())
			}
		})
	}
}

func TestRetries(t *testing.T) {
	tests := map[string]struct {
		header map[string]string
		status int
		calls  int // requests until the last answer
	}{
		"500":                         {nil, 500, 3},
		"503":                         {nil, 503, 3},
		"429":                         {map[string]string{"Retry-After": "0"}, 429, 3},
		"429 for an hour":             {map[string]string{"Retry-After": "3600"}, 429, 1},
		"403 secondary limit":         {map[string]string{"Retry-After": "0"}, 403, 3},
		"403 primary limit, now over": {map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "1"}, 403, 3},
		"403 primary limit, for long": {map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": fmt.Sprint(time.Now().Add(time.Hour).Unix())}, 403, 1},
		"403":                         {map[string]string{"X-Ratelimit-Remaining": "4999"}, 403, 1},
		"404":                         {nil, 404, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(tt.status)
			}))
			defer server.Close()
			resp, err := quick().Post(server.URL, "text/plain", strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tt.status || int(calls.Load()) != tt.calls {
				t.Errorf("status %d after %d calls, want %d after %d", resp.StatusCode, calls.Load(), tt.status, tt.calls)
			}
		})
	}
}

// A post is not repeated once it may have had an effect.
func TestOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		serve func(w http.ResponseWriter)
		calls int
	}{
		"500":   {func(w http.ResponseWriter) { w.WriteHeader(500) }, 1},
		"reset": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 1},
		"429":   {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "0"); w.WriteHeader(429) }, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				tt.serve(w)
			}))
			defer server.Close()
			req, err := http.NewRequestWithContext(Once(t.Context()), "POST", server.URL, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := quick().Do(req); err == nil {
				resp.Body.Close()
			}
			if int(calls.Load()) != tt.calls {
				t.Errorf("%d calls, want %d", calls.Load(), tt.calls)
			}
		})
	}
	dials := 0
	client := quick()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(Once(t.Context()), &httptrace.ClientTrace{
		ConnectStart: func(string, string) { dials++ },
	}), "POST", "http://127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(req); err == nil || dials != 3 {
		t.Errorf("%v after %d dials, want 3: nothing was sent", err, dials)
	}
}

// A limit is waited for as long as the context allows, and one of GraphQL comes
// with status 200.
func TestLimits(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		switch r.URL.Path {
		case "/graphql":
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", "1")
			if calls.Load() == 1 {
				fmt.Fprint(w, `{"errors":[{"type":"RATE_LIMITED","message":"x"}]}`)
				return
			}
			fmt.Fprint(w, `{"data":{}}`)
		case "/long":
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		}
	}))
	defer server.Close()
	resp, err := New(Options{Retries: 2, MinWait: time.Millisecond, MaxWait: 3 * time.Second}).Post(server.URL+"/graphql", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != `{"data":{}}` || calls.Load() != 2 {
		t.Errorf("%s, %v after %d calls, want the answer after 2", body, err, calls.Load())
	}

	calls.Store(0)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/long", nil)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan bool)
	go func() {
		if resp, err := quick().Do(req); err == nil {
			resp.Body.Close()
		}
		close(waiting)
	}()
	select {
	case <-waiting:
		t.Error("an hour was not waited for, though the context allows two")
	case <-time.After(100 * time.Millisecond):
		cancel()
		<-waiting
	}
}

func TestCleanHoldsNoAddress(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	reset := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer reset.Close()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, tt := range map[string]struct {
		ctx context.Context
		url string
	}{
		"slow":     {t.Context(), slow.URL + "/services/T0/B0/s3cret"},
		"reset":    {t.Context(), reset.URL + "/services/T0/B0/s3cret"},
		"refused":  {t.Context(), "http://127.0.0.1:1/services/T0/B0/s3cret"},
		"stopped":  {stopped, slow.URL + "/services/T0/B0/s3cret"},
		"unusable": {t.Context(), "nothing://s3cret"},
	} {
		t.Run(name, func(t *testing.T) {
			client := New(Options{Retries: 1, MinWait: time.Millisecond, Timeout: 50 * time.Millisecond})
			req, err := http.NewRequestWithContext(tt.ctx, "POST", tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err == nil {
				resp.Body.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v: net/http does not quote the address any more; Clean may be needless", err)
			}
			if got := Clean(fmt.Errorf("post: %w", err)); strings.Contains(got.Error(), "s3cret") {
				t.Errorf("Clean() = %v", got)
			}
		})
	}
	plain := errors.New("x")
	if Clean(plain) != plain || Clean(nil) != nil {
		t.Error("Clean changes an error without an address")
	}
}

// A redirect within the host is followed with the token, one to elsewhere is
// not followed at all.
func TestTokenStaysAtItsHost(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked, with %q", r.Header.Get("Authorization"))
	}))
	defer other.Close()
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.URL.Path+" "+r.Header.Get("Authorization"))
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusMovedPermanently)
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusMovedPermanently)
		}
	}))
	defer server.Close()
	client := Authorized(quick(), "t0ken")
	for path, want := range map[string]int{"/moved": 200, "/away": 301} {
		resp, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, resp.StatusCode, want)
		}
	}
	for _, s := range seen {
		if !strings.HasSuffix(s, " Bearer t0ken") {
			t.Errorf("request %q without the token", s)
		}
	}
}

// What GitHub says of its limits keeps nobody from asking again: the client waits
// for them, and go-github must not refuse by itself what there is time for. A limit
// is no refusal, whichever status tells of it.
func TestLimitsAreLeftToTheClient(t *testing.T) {
	hour := fmt.Sprint(time.Now().Add(time.Hour).Unix())
	for name, tt := range map[string]struct {
		status int
		header map[string]string
		body   string
		want   int // Status of the error; 0: none
	}{
		"the last request":           {200, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": hour}, `{}`, 0},
		"primary limit":              {403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": hour}, `{}`, 429},
		"primary limit, 429":         {429, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": hour}, `{}`, 429},
		"secondary limit":            {403, map[string]string{"Retry-After": "3600"}, `{"documentation_url":"https://docs.github.com/secondary-rate-limits"}`, 429},
		"secondary limit by message": {403, nil, `{"message":"You have exceeded a secondary rate limit."}`, 429},
		"primary limit by message":   {403, nil, `{"message":"API rate limit exceeded for installation ID 1."}`, 429},
		"no right":                   {403, nil, `{"message":"Resource not accessible by integration"}`, 403},
		"no right, limits and all":   {403, map[string]string{"X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": hour}, `{}`, 403},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) > 1 {
					fmt.Fprint(w, `{}`)
					return
				}
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}))
			defer server.Close()
			c, err := GitHub(New(Options{Retries: 1, MinWait: time.Millisecond, MaxWait: time.Second}), server.URL)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = c.Repositories.Get(t.Context(), "o", "n")
			if got := Status(CleanGitHub(err)); got != tt.want {
				t.Errorf("status %d, want %d: %v", got, tt.want, CleanGitHub(err))
			}
			if _, _, err := c.Repositories.Get(t.Context(), "o", "n"); err != nil || calls.Load() != 2 {
				t.Errorf("%v after %d requests, want the answer to the second", err, calls.Load())
			}
		})
	}
}

func TestCleanGitHub(t *testing.T) {
	answer := func(status int, header map[string]string, body string) error {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
		defer server.Close()
		c, err := GitHub(New(Options{Retries: 1, MinWait: time.Millisecond, MaxWait: time.Second}), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = c.Repositories.Get(t.Context(), "secret", "name")
		return CleanGitHub(err)
	}
	reset := time.Date(2100, 1, 1, 12, 34, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"401":       {answer(401, nil, `{"message":"Bad credentials"}`), "GitHub answered 401 (Bad credentials)"},
		"500":       {answer(500, nil, `oops`), "GitHub answered 500"},
		"primary":   {answer(403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(reset.Unix())}, `{}`), "GitHub answered 403 (the rate limit is used up; it is reset at 12:34 UTC)"},
		"secondary": {answer(403, map[string]string{"Retry-After": "99"}, `{"documentation_url":"https://docs.github.com/secondary-rate-limits"}`), "GitHub answered 403 (a secondary rate limit)"},
	} {
		if tt.err == nil || tt.err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", name, tt.err, tt.want)
		}
		if Status(tt.err) == 0 {
			t.Errorf("%s: no status", name)
		}
	}
	if CleanGitHub(nil) != nil || Status(errors.New("x")) != 0 {
		t.Error("no error is one")
	}
	if _, err := GitHub(http.DefaultClient, "nonsense"); err == nil {
		t.Error("an address without a host is taken")
	}
}

// A token goes to https and to this machine alone, whatever asks for it.
func TestTokenNeedsHTTPS(t *testing.T) {
	for address, sent := range map[string]bool{
		"https://api.github.example/orgs":           true,
		"http://api.github.example/orgs":            false,
		"http://localhost:1234/orgs":                true,
		"http://127.0.0.1:1234/orgs":                true,
		"http://[::1]:1234/orgs":                    true,
		"http://localhost.github.example/orgs":      false,
		"http://127.0.0.1.github.example/orgs":      false,
		"ftp://127.0.0.1/orgs":                      false,
		"https://user:password@api.github.example/": false,
	} {
		got := ""
		base := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.Header.Get("Authorization")
			return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
		})}
		req, err := http.NewRequest(http.MethodPost, address, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := Authorized(base, "ghs_s3cret").Do(req)
		if (got != "") != sent || (err == nil) != sent {
			t.Errorf("%s: Authorization %q, error %v", address, got, err)
		}
		if err == nil {
			resp.Body.Close()
		}
	}
}

package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// cut answers with less than was announced, by its length or in chunks.
func cut(w http.ResponseWriter, chunked bool) {
	conn, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	head := "Content-Length: 400\r\n\r\n"
	if chunked {
		head = "Transfer-Encoding: chunked\r\n\r\n64\r\n"
	}
	fmt.Fprint(buffer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+head+`[{"id":"half`)
	buffer.Flush()
}

// A body that is cut short is asked for again, and nobody gets half of one. What
// must not be carried out twice is not.
func TestCutBodyIsAskedForAgain(t *testing.T) {
	for _, chunked := range []bool{false, true} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, tt := range []struct {
				name  string
				cuts  int32
				once  bool
				tries int32
				fails bool
			}{
				{"twice", 2, false, 3, false},
				{"always", 9, false, 3, true},
				{"once and for all", 9, true, 1, true},
			} {
				t.Run(fmt.Sprint(method, " chunked ", chunked, " ", tt.name), func(t *testing.T) {
					var n atomic.Int32
					s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						if n.Add(1) <= tt.cuts {
							cut(w, chunked)
							return
						}
						fmt.Fprint(w, "whole")
					}))
					defer s.Close()
					ctx := t.Context()
					if tt.once {
						ctx = Once(ctx)
					}
					text, err := fetch(ctx, quick(), method, s.URL+"/graphql")
					if (err != nil) != tt.fails || err == nil && text != "whole" {
						t.Errorf("got %q, %v", text, err)
					}
					if n.Load() != tt.tries {
						t.Errorf("%d requests, want %d", n.Load(), tt.tries)
					}
					if err != nil && !tt.once && Clean(err).Error() != "the connection broke" {
						t.Errorf("the error is %v", Clean(err))
					}
				})
			}
		}
	}
}

func fetch(ctx context.Context, client *http.Client, method, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader("{}"))
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// A body without an end is given up at a bound, is no reason to ask again.
func TestEndlessBody(t *testing.T) {
	for _, status := range []int{200, 404, 500} {
		for _, once := range []bool{false, true} {
			t.Run(fmt.Sprint(status, " once ", once), func(t *testing.T) {
				var n atomic.Int32
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					n.Add(1)
					w.WriteHeader(status)
					line := []byte(strings.Repeat("x", 1<<20))
					for range 4 * maxAnswer >> 20 {
						if _, err := w.Write(line); err != nil {
							return
						}
					}
				}))
				defer s.Close()
				ctx := t.Context()
				if once {
					ctx = Once(ctx)
				}
				text, err := fetch(ctx, quick(), http.MethodGet, s.URL)
				if !errors.Is(err, ErrTooLong) || len(text) > maxAnswer {
					t.Errorf("%d bytes, %v", len(text), err)
				}
				if n.Load() != 1 {
					t.Errorf("%d requests", n.Load())
				}
			})
		}
	}
}

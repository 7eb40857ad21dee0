package published

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// A Proxy stands before a GitHub, passes everything on, and judges it.
type Proxy struct {
	URL string // without a slash at the end

	server *httptest.Server
	judge  *Judge

	mu         sync.Mutex
	kinds      map[string]int // how often each kind was seen
	deviations map[string]int
}

// Proxy returns a proxy before the GitHub at an address. The caller closes it.
func (j *Judge) Proxy(address string) (*Proxy, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	p := &Proxy{judge: j, kinds: map[string]int{}, deviations: map[string]int{}}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Accept-Encoding") // the judge reads plain text
		},
		ErrorLog: log.New(io.Discard, "", 0), // a run that ends lets requests go
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			asked := r.Request.Context().Value(askedKey{}).(*Exchange)
			asked.Status, asked.AnswerHeader, asked.AnswerBody = r.StatusCode, r.Header.Clone(), body
			p.note(p.judge.Judge(*asked))
			r.Body = io.NopCloser(bytes.NewReader(body))
			for _, name := range []string{"Link", "Location"} { // to other pages: through here as well
				if value := r.Header.Get(name); value != "" {
					r.Header.Set(name, strings.ReplaceAll(value, address, p.URL))
				}
			}
			return nil
		},
	}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		asked := &Exchange{Method: r.Method, URL: r.URL, Header: r.Header.Clone(), Body: body}
		r.Body = io.NopCloser(bytes.NewReader(body))
		forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), askedKey{}, asked)))
	}))
	p.URL = p.server.URL
	return p, nil
}

// askedKey is where a request has its half of the exchange.
type askedKey struct{}

func (p *Proxy) note(kind string, deviations []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kinds[kind]++
	for _, d := range deviations {
		p.deviations[kind+": "+d]++
	}
}

// Close stops the proxy.
func (p *Proxy) Close() { p.server.Close() }

// Kinds returns how often each kind of exchange was seen.
func (p *Proxy) Kinds() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.kinds)
}

// Deviations returns what departs from the descriptions, each once.
func (p *Proxy) Deviations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, d := range slices.Sorted(maps.Keys(p.deviations)) {
		list = append(list, fmt.Sprintf("%s (%d times)", d, p.deviations[d]))
	}
	return list
}

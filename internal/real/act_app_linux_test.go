package real

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// appToken provides the action that gives the example its token. TOKEN_ACTION
// names a checkout of GitHub's own; without it another one stands in. The
// sandbox's GitHub knows no apps, so what such an action asks is answered here.
func (a *actTrial) appToken(t *testing.T) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a.secrets["REMINDERS_APP_KEY"] = encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	target, err := url.Parse(a.s.env["GITHUB_API_URL"])
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	owner := a.s.env["GITHUB_REPOSITORY_OWNER"]
	answer := func(status int, body func(*http.Request) any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if !signed(r, &key.PublicKey) {
				http.Error(w, `{"message": "A JSON web token could not be decoded"}`, http.StatusUnauthorized)
				return
			}
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(body(r))
		}
	}
	installation := answer(http.StatusOK, func(*http.Request) any {
		return map[string]any{"id": 77, "app_slug": "reminders", "account": map[string]any{"login": owner}}
	})
	mux.Handle("GET /orgs/"+owner+"/installation", installation)
	mux.Handle("GET /users/"+owner+"/installation", installation)
	mux.Handle("POST /app/installations/77/access_tokens", answer(http.StatusCreated, func(r *http.Request) any {
		var body struct {
			Permissions map[string]string `json:"permissions"`
		}
		json.NewDecoder(r.Body).Decode(&body)
		permissions, _ := json.Marshal(body.Permissions)
		a.asked = append(a.asked, string(permissions))
		return map[string]any{
			"token": a.secrets["TOKEN"], "expires_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
			"permissions": body.Permissions, "repository_selection": "all",
		}
	}))
	mux.HandleFunc("DELETE /installation/token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	a.github = httptest.NewServer(mux)
	t.Cleanup(a.github.Close)

	if a.tokenFolder = os.Getenv("TOKEN_ACTION"); a.tokenFolder != "" {
		return
	}
	a.tokenFolder = filepath.Join(a.dir, "token")
	writeFile(t, filepath.Join(a.tokenFolder, "action.yml"), `name: Stands in for create-github-app-token
outputs:
  token:
    value: `+a.secrets["TOKEN"]+`
runs:
  using: composite
  steps:
    - run: "true"
      shell: bash
`)
}

// signed reports whether a request bears a token that the app's key has signed,
// for the client id that the example's variable has.
func signed(r *http.Request, key *rsa.PublicKey) bool {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	signature, err2 := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	var claim struct {
		Issuer any `json:"iss"`
	}
	return err == nil && err2 == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil &&
		json.Unmarshal(claims, &claim) == nil && fmt.Sprint(claim.Issuer) == clientID
}

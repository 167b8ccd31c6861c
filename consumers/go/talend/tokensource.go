// Package talend calls Talend Cloud's API with a token that it fetches, keeps and refreshes.
//
// It does what conformance/BEHAVIOUR.md asks of a client, levels core and resilient; R7 and the
// like are its requirements. Copy it: only request knows the generated client.
package talend

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"talend-oauth.example/consumer/generated/oapicodegen"
)

// A TokenSource has a valid token for whoever asks, and is safe for concurrent use.
type TokenSource struct {
	api    string
	client *oapicodegen.Client

	mutex sync.Mutex
	token *fetch    // the one in use; of the zero value everything is over
	last  *fetch    // the newest, which may be under way
	pause time.Time // no other starts before
}

// A fetch is shared by all who wait for it (R7). When done is closed it has a token or an error.
type fetch struct {
	done                   chan struct{}
	value                  string
	refresh, wait, expires time.Time
	err                    error
	retryable              bool
	pause                  time.Duration // before the next request, as refusal or Retry-After has it
}

// NewTokenSource returns a source for a service account; apiURL is the base URL of its region.
func NewTokenSource(apiURL, clientID, clientSecret string) (*TokenSource, error) {
	// A redirect is no token, and the credentials are for one host (R13).
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client, err := oapicodegen.NewClient(apiURL,
		oapicodegen.WithHTTPClient(&http.Client{CheckRedirect: noRedirect}),
		oapicodegen.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			request.SetBasicAuth(clientID, clientSecret)
			return nil
		}))
	return &TokenSource{api: strings.TrimRight(apiURL, "/"), client: client, token: &fetch{}}, err
}

// Token returns a valid token, and starts to fetch the next one when it is time.
func (s *TokenSource) Token(ctx context.Context) (string, error) {
	s.mutex.Lock()
	now := time.Now()
	if !now.Before(s.token.refresh) && !now.Before(s.pause) {
		s.last = &fetch{done: make(chan struct{})}
		s.pause = now.Add(time.Hour) // until it is done
		go s.run(s.last)
	}
	token, last := s.token, s.last
	s.mutex.Unlock()
	if now.Before(token.wait) {
		return token.value, nil // also while it is refreshed in the background (R17)
	}
	select {
	case <-last.done:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if last.err != nil && time.Now().Before(token.expires) {
		return token.value, nil // an outage does not end a valid token (R20)
	}
	return last.value, last.err
}

// Discard forgets a token that the API refused, and no other (R24).
func (s *TokenSource) Discard(value string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.token.value == value {
		s.token = &fetch{}
	}
}

func (s *TokenSource) run(f *fetch) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // R15
	defer cancel()
	end, _ := ctx.Deadline()
	for try := 1; ; try++ {
		f.retryable, f.pause = false, 0
		f.err = s.request(ctx, f)
		delay := f.pause + rand.N(250*time.Millisecond<<try)
		if f.err == nil || !f.retryable || try == 3 || time.Until(end) < delay {
			break // nobody waits for an hour (R22)
		}
		time.Sleep(delay)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.pause = time.Time{}
	if f.err == nil {
		s.token = f
	} else { // no request for each call of an outage (R20)
		s.pause = time.Now().Add(max(f.pause, min(10*time.Second, time.Until(s.token.expires))))
	}
	close(f.done)
}

func (s *TokenSource) request(ctx context.Context, f *fetch) error {
	version, sent := "2021-03", time.Now()
	response, err := s.client.CreateToken(ctx,
		&oapicodegen.CreateTokenParams{TalendVersionHeader: &version},
		oapicodegen.TokenRequest{GrantType: oapicodegen.ClientCredentials, Audience: s.api})
	if err != nil {
		f.retryable = true
		return err
	}
	response.Body = http.MaxBytesReader(nil, response.Body, 64<<10) // R15
	parsed, err := oapicodegen.ParseCreateTokenResponse(response)
	if err != nil {
		return err
	}
	switch parsed.StatusCode() {
	case 400, 401, 403: // will be refused again (R23)
		f.pause = 30 * time.Second
	case 429, 500, 502, 503, 504:
		f.retryable = true
		wait, _ := time.ParseDuration(response.Header.Get("Retry-After") + "s")
		f.pause = min(max(0, wait), time.Hour)
	}
	issued := parsed.JSON200
	unfit := func(r rune) bool { return r <= ' ' || r > '~' }
	if issued == nil || issued.AccessToken == "" || strings.ContainsFunc(issued.AccessToken, unfit) ||
		!strings.EqualFold(issued.TokenType, "Bearer") {
		// The body is not shown: it may repeat the secret (R16).
		return errors.New("no bearer token in the response, whose status is " + parsed.Status())
	}
	f.value = issued.AccessToken
	lifetime := lifetimeOf(issued, sent)
	f.refresh = sent.Add(lifetime*3/5 + rand.N(lifetime/15))
	f.wait = sent.Add(lifetime - min(time.Minute, lifetime/10))
	f.expires = sent.Add(lifetime)
	return nil
}

// lifetimeOf returns the least that response and token say (R19), or half an hour.
func lifetimeOf(issued *oapicodegen.TokenIssued, sent time.Time) time.Duration {
	var said []time.Duration
	if issued.ExpiresIn != nil {
		text, _ := issued.ExpiresIn.MarshalJSON() // 1800 or "1800"
		if seconds, err := time.ParseDuration(strings.Trim(string(text), `"`) + "s"); err == nil {
			said = append(said, seconds)
		}
	}
	var claims struct{ Exp, Iat int64 }
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(issued.AccessToken+".", ".")[1])
	_ = json.Unmarshal(payload, &claims) // what is no JWT says nothing
	for _, start := range []time.Time{time.Unix(claims.Iat, 0), sent} {
		if end := time.Unix(claims.Exp, 0); start.Before(end) { // otherwise a clock is wrong
			said = append(said, end.Sub(start))
		}
	}
	if said == nil {
		return 30 * time.Minute
	}
	return max(time.Second, min(slices.Min(said), 24*time.Hour))
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// formAsJSON sends the form of golang.org/x/oauth2 as JSON, and the credentials unencoded.
type formAsJSON struct{ id, secret string }

func (t formAsJSON) RoundTrip(request *http.Request) (*http.Response, error) {
	_, _, authorized := request.BasicAuth()
	if err := request.ParseForm(); err != nil || !authorized {
		return http.DefaultTransport.RoundTrip(request)
	}
	body, err := json.Marshal(map[string]string{
		"grant_type": request.PostForm.Get("grant_type"),
		"audience":   request.PostForm.Get("audience"),
	})
	if err != nil {
		return nil, err
	}
	sent := request.Clone(request.Context())
	sent.Body, sent.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	sent.SetBasicAuth(t.id, t.secret)
	sent.Header.Set("Content-Type", "application/json")
	return http.DefaultTransport.RoundTrip(sent)
}

func connect(api, id, secret string) *http.Client {
	config := clientcredentials.Config{
		ClientID:       id,
		ClientSecret:   secret,
		TokenURL:       api + "/security/oauth/token?talendVersion=2021-03",
		EndpointParams: url.Values{"audience": {api}},
		AuthStyle:      oauth2.AuthStyleInHeader,
	}
	tokens := &http.Client{Transport: formAsJSON{id, secret}, Timeout: 20 * time.Second}
	return config.Client(context.WithValue(context.Background(), oauth2.HTTPClient, tokens))
}

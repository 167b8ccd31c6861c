package talend

import "net/http"

// A Transport adds the token of its source to each request to the API, and to no other:
//
//	talend := &http.Client{Transport: &talend.Transport{Source: source}}
type Transport struct {
	Source *TokenSource
}

// RoundTrip sends a request, and once more with another token when the first is refused (R11).
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme+"://"+request.URL.Host != t.Source.api {
		return http.DefaultTransport.RoundTrip(request) // a stranger (R14)
	}
	for again := false; ; again = true {
		value, err := t.Source.Token(request.Context())
		sent := request.Clone(request.Context())
		if again && err == nil && request.GetBody != nil {
			sent.Body, err = request.GetBody()
		}
		if err != nil {
			if request.Body != nil {
				request.Body.Close()
			}
			return nil, err
		}
		sent.Header.Set("Authorization", "Bearer "+value)
		response, err := http.DefaultTransport.RoundTrip(sent)
		if err != nil || response.StatusCode != http.StatusUnauthorized {
			return response, err
		}
		t.Source.Discard(value)
		if again || (request.Body != nil && request.GetBody == nil) {
			return response, nil // a stream cannot be read again (R25)
		}
		response.Body.Close()
	}
}

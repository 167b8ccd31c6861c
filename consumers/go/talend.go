package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

// A serviceAccount and the region it belongs to.
type serviceAccount struct {
	apiURL, clientID, clientSecret string
}

// Versions of the API, which may be given in two places; nil where none is.
type versions struct {
	query, header *string
}

// A token with its lifetime, described for people.
type token struct {
	accessToken, lifetime string
}

// A refusal is the error of an endpoint that answered, but not with a token.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%d %s", r.status, r.message)
}

var httpClient = &http.Client{Timeout: 10 * time.Second}

// accountName asks the API who the bearer of the token is.
func accountName(ctx context.Context, apiURL, accessToken string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, apiURL+"/account/me", nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+accessToken)
	response, err := httpClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET /account/me answered %s", response.Status)
	}
	var account struct{ Name string }
	if err := json.NewDecoder(response.Body).Decode(&account); err != nil {
		return "", fmt.Errorf("GET /account/me: %w", err)
	}
	return account.Name, nil
}

// environment reads a variable that must be set.
func environment(name string) (string, error) {
	if value := os.Getenv(name); value != "" {
		return value, nil
	}
	return "", fmt.Errorf("%s is not set", name)
}

// optional reads a variable that may be missing.
func optional(name string) *string {
	if value, ok := os.LookupEnv(name); ok {
		return &value
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"talend-oauth.example/consumer/generated/oapicodegen"
)

// withOapiCodegen creates a token with the client of oapi-codegen; Basic is ours to send.
func withOapiCodegen(ctx context.Context, account serviceAccount, v versions) (*token, error) {
	client, err := oapicodegen.NewClientWithResponses(account.apiURL,
		oapicodegen.WithHTTPClient(httpClient),
		oapicodegen.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			request.SetBasicAuth(account.clientID, account.clientSecret)
			return nil
		}))
	if err != nil {
		return nil, err
	}
	response, err := client.CreateTokenWithResponse(ctx,
		&oapicodegen.CreateTokenParams{TalendVersionQuery: v.query, TalendVersionHeader: v.header},
		oapicodegen.TokenRequest{
			GrantType: oapicodegen.ClientCredentials,
			Audience:  account.apiURL,
		})
	if err != nil {
		return nil, err
	}
	issued := response.JSON200
	if issued == nil {
		return nil, refusalOf(response)
	}
	lifetime, err := oapiCodegenLifetime(issued.ExpiresIn)
	if err != nil {
		return nil, err
	}
	return &token{issued.AccessToken, lifetime}, nil
}

// refusalOf picks the one body that was decoded; an empty one, or one that is no JSON, is none.
func refusalOf(response *oapicodegen.CreateTokenResponse) *refusal {
	refused := &refusal{status: response.StatusCode()}
	for _, body := range []*oapicodegen.ErrorBody{
		response.JSON400, response.JSON401, response.JSON403, response.JSON415, response.JSON500,
	} {
		if body != nil && body.Message != nil {
			refused.message = *body.Message
		}
	}
	return refused
}

// oapiCodegenLifetime tries the types of the union in turn: the generator keeps it as raw JSON.
func oapiCodegenLifetime(expiresIn *oapicodegen.ExpiresIn) (string, error) {
	if expiresIn == nil {
		return "absent", nil
	}
	if seconds, err := expiresIn.AsExpiresIn0(); err == nil {
		return fmt.Sprintf("%d s, a number", seconds), nil
	}
	digits, err := expiresIn.AsExpiresIn1()
	if err != nil {
		return "", fmt.Errorf("expires_in is neither a number nor a string: %w", err)
	}
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return "", fmt.Errorf("expires_in: %w", err)
	}
	return fmt.Sprintf("%d s, a string", seconds), nil
}

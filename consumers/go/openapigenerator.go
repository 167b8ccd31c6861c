package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"talend-oauth.example/consumer/generated/openapigenerator"
)

// withOpenAPIGenerator creates a token with the client of openapi-generator, which reads the
// credentials from the context.
func withOpenAPIGenerator(ctx context.Context, account serviceAccount, v versions) (*token, error) {
	configuration := openapigenerator.NewConfiguration()
	configuration.HTTPClient = httpClient
	configuration.Servers = openapigenerator.ServerConfigurations{{URL: account.apiURL}}
	client := openapigenerator.NewAPIClient(configuration)

	ctx = context.WithValue(ctx, openapigenerator.ContextBasicAuth, openapigenerator.BasicAuth{
		UserName: account.clientID,
		Password: account.clientSecret,
	})
	call := client.TokensAPI.CreateToken(ctx).TokenRequest(*openapigenerator.NewTokenRequest(
		openapigenerator.CLIENT_CREDENTIALS, account.apiURL))
	if v.query != nil {
		call = call.TalendVersionQuery(*v.query)
	}
	if v.header != nil {
		call = call.TalendVersionHeader(*v.header)
	}
	issued, response, err := call.Execute()

	var failure *openapigenerator.GenericOpenAPIError
	if errors.As(err, &failure) && response != nil {
		// Without a decoded body, such as an empty one, the message stays empty.
		body, _ := failure.Model().(openapigenerator.ErrorBody)
		return nil, &refusal{response.StatusCode, body.GetMessage()}
	}
	if err != nil {
		return nil, err
	}
	lifetime, err := openAPIGeneratorLifetime(issued.GetExpiresInOk())
	if err != nil {
		return nil, err
	}
	return &token{issued.AccessToken, lifetime}, nil
}

// openAPIGeneratorLifetime switches over the types that the union can hold.
func openAPIGeneratorLifetime(expiresIn *openapigenerator.ExpiresIn, given bool) (string, error) {
	if !given {
		return "absent", nil
	}
	switch actual := expiresIn.GetActualInstanceValue().(type) {
	case int64:
		return fmt.Sprintf("%d s, a number", actual), nil
	case string:
		seconds, err := strconv.ParseInt(actual, 10, 64)
		if err != nil {
			return "", fmt.Errorf("expires_in: %w", err)
		}
		return fmt.Sprintf("%d s, a string", seconds), nil
	default:
		return "", fmt.Errorf("expires_in is a %T", actual)
	}
}

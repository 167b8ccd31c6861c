// Command consumer gets a token for the service account of the environment and asks whose it is.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

type createToken func(context.Context, serviceAccount, versions) (*token, error)

var clients = map[string]createToken{
	"oapi-codegen":      withOapiCodegen,
	"openapi-generator": withOpenAPIGenerator,
}

func main() {
	err := run(context.Background(), os.Args[1:])
	var refused *refusal
	if errors.As(err, &refused) {
		fmt.Println("refused:", refused)
		os.Exit(1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 || clients[arguments[0]] == nil {
		return errors.New("name a client: oapi-codegen or openapi-generator")
	}
	account, err := accountFromEnvironment()
	if err != nil {
		return err
	}
	issued, err := clients[arguments[0]](ctx, account, versions{
		query:  optional("TALEND_VERSION_QUERY"),
		header: optional("TALEND_VERSION_HEADER"),
	})
	if err != nil {
		return err
	}
	fmt.Println("lifetime:", issued.lifetime)
	name, err := accountName(ctx, account.apiURL, issued.accessToken)
	if err != nil {
		return err
	}
	fmt.Println("account:", name)
	return nil
}

func accountFromEnvironment() (account serviceAccount, err error) {
	for name, field := range map[string]*string{
		"TALEND_API_URL":       &account.apiURL,
		"TALEND_CLIENT_ID":     &account.clientID,
		"TALEND_CLIENT_SECRET": &account.clientSecret,
	} {
		if *field, err = environment(name); err != nil {
			return account, err
		}
	}
	return account, nil
}

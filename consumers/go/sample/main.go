package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"

	"talend-oauth.example/consumer/generated/oapicodegen"
)

func main() {
	url := os.Getenv("TALEND_API_URL")
	talend, err := oapicodegen.NewClientWithResponses(url, oapicodegen.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.SetBasicAuth(os.Getenv("TALEND_CLIENT_ID"), os.Getenv("TALEND_CLIENT_SECRET"))
			return nil
		}))
	if err != nil {
		log.Fatal(err)
	}
	version := "2021-03"
	answer, err := talend.CreateTokenWithResponse(context.Background(),
		&oapicodegen.CreateTokenParams{TalendVersionHeader: &version},
		oapicodegen.TokenRequest{GrantType: oapicodegen.ClientCredentials, Audience: url})
	if err != nil {
		log.Fatal(err)
	}
	if answer.JSON200 == nil {
		log.Fatal(answer.Status())
	}

	me, err := http.NewRequest(http.MethodGet, url+"/account/me", nil)
	if err != nil {
		log.Fatal(err)
	}
	me.Header.Set("Authorization", "Bearer "+answer.JSON200.AccessToken)
	response, err := http.DefaultClient.Do(me)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		log.Fatal(err)
	}
}

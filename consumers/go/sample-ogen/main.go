package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"

	"talend-oauth.example/consumer/generated/ogen"
)

type account struct{}

// ServiceAccount gives ogen's client what it sends as HTTP Basic.
func (account) ServiceAccount(context.Context, ogen.OperationName) (ogen.ServiceAccount, error) {
	return ogen.ServiceAccount{
		Username: os.Getenv("TALEND_CLIENT_ID"),
		Password: os.Getenv("TALEND_CLIENT_SECRET"),
	}, nil
}

func main() {
	url := os.Getenv("TALEND_API_URL")
	talend, err := ogen.NewClient(url, account{})
	if err != nil {
		log.Fatal(err)
	}
	answer, err := talend.CreateToken(context.Background(),
		&ogen.TokenRequest{GrantType: ogen.TokenRequestGrantTypeClientCredentials, Audience: url},
		ogen.CreateTokenParams{HeaderTalendVersion: ogen.NewOptString("2021-03")})
	if err != nil {
		log.Fatal(err)
	}
	issued, ok := answer.(*ogen.TokenResponse)
	if !ok {
		log.Fatalf("no token but %T", answer)
	}

	me, err := http.NewRequest(http.MethodGet, url+"/account/me", nil)
	if err != nil {
		log.Fatal(err)
	}
	me.Header.Set("Authorization", "Bearer "+issued.AccessToken)
	response, err := http.DefaultClient.Do(me)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		log.Fatal(err)
	}
}

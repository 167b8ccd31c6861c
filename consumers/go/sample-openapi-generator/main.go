package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"

	"talend-oauth.example/consumer/generated/openapigenerator"
)

func main() {
	url := os.Getenv("TALEND_API_URL")
	configuration := openapigenerator.NewConfiguration()
	configuration.Servers = openapigenerator.ServerConfigurations{{URL: url}}
	talend := openapigenerator.NewAPIClient(configuration)
	account := context.WithValue(context.Background(), openapigenerator.ContextBasicAuth,
		openapigenerator.BasicAuth{
			UserName: os.Getenv("TALEND_CLIENT_ID"),
			Password: os.Getenv("TALEND_CLIENT_SECRET"),
		})
	issued, _, err := talend.TokensAPI.CreateToken(account).TalendVersionHeader("2021-03").
		TokenRequest(*openapigenerator.NewTokenRequest(openapigenerator.CLIENT_CREDENTIALS, url)).
		Execute()
	if err != nil {
		log.Fatal(err)
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

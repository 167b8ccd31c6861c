// Command loop is the loop around golang.org/x/oauth2, started by the conformance kit.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
)

var api = os.Getenv("TALEND_API_URL")

func main() {
	client := connect(api, os.Getenv("TALEND_CLIENT_ID"), os.Getenv("TALEND_CLIENT_SECRET"))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan() && lines.Text() != "exit"; {
		step, argument, _ := strings.Cut(lines.Text(), " ")
		times := 1
		if step == "call" {
			fmt.Sscan(argument, &times)
		}
		results := make([]map[string]any, times)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() { results[i] = request(client, step, argument) })
		}
		all.Wait()
		if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
			log.Fatal(err)
		}
	}
}

func request(client *http.Client, step, url string) map[string]any {
	method, body := http.MethodGet, io.Reader(nil)
	switch step {
	case "call":
		url = api + "/account/me"
	case "post", "stream":
		method, url = http.MethodPost, api+"/processing/executions"
		body = strings.NewReader(`{"executable": "conformance"}`)
	}
	if step == "stream" {
		body = io.MultiReader(body) // of a type that net/http cannot read twice
	}
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	defer response.Body.Close()
	return map[string]any{"status": response.StatusCode}
}

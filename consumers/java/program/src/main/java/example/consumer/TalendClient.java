package example.consumer;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** An HTTP client that adds the token of its source to each request to the API, and to no other. */
final class TalendClient {

  private final HttpClient http = HttpClient.newHttpClient(); // follows no redirect (R14)
  private final URI api;
  private final TokenSource source;

  TalendClient(String apiUrl, TokenSource source) {
    this.api = URI.create(apiUrl).resolve("/");
    this.source = source;
  }

  /** Sends a request, and once more with another token when the first is refused (R11). */
  <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException, InterruptedException {
    if (!request.uri().resolve("/").equals(api)) {
      return http.send(request, handler); // a stranger (R14)
    }
    String token = source.token();
    HttpResponse<T> response = http.send(authorized(request, token), handler);
    if (response.statusCode() != 401) {
      return response;
    }
    source.discard(token);
    if (request.bodyPublisher().map(HttpRequest.BodyPublisher::contentLength).orElse(0L) < 0) {
      return response; // a stream, which cannot be read again (R25)
    }
    return http.send(authorized(request, source.token()), handler);
  }

  private static HttpRequest authorized(HttpRequest request, String token) {
    return HttpRequest.newBuilder(request, (name, value) -> !name.equalsIgnoreCase("Authorization"))
        .header("Authorization", "Bearer " + token)
        .build();
  }
}

package example.consumer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import example.talend.JSON;
import example.talend.model.TokenRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A token of Talend Cloud that is fetched, kept and refreshed; safe for use by many threads.
 *
 * <p>It does what conformance/BEHAVIOUR.md asks of a client, levels core and resilient; R7 and the
 * like are its requirements. Copy it. Of the generated client it has the request and the mapper alone:
 * TokensApi bounds neither the time nor the size of a response.
 */
final class TokenSource {

  private static final double DEADLINE = 20; // seconds for a fetch, all its tries together (R15)
  private static final ObjectMapper MAPPER = new JSON().getMapper();
  private static final long START = System.nanoTime();

  /** A token, with seconds of {@link #now}. */
  private record Token(String value, double refresh, double await, double expires) {}

  private static final Token NONE = new Token("", 0, 0, 0);

  private final HttpClient http = HttpClient.newHttpClient(); // follows no redirect (R13)
  private final String api;
  private final String basic;
  private Token token = NONE;
  private CompletableFuture<Token> last; // the newest fetch, which all share that wait (R7)
  private double pause; // no other starts before

  /** A source for a service account of the region with this base URL. */
  TokenSource(String apiUrl, String clientId, String clientSecret) {
    api = apiUrl.replaceFirst("/+$", "");
    byte[] pair = (clientId + ":" + clientSecret).getBytes();
    basic = "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  /** Returns a valid token, and starts to fetch the next one when it is time. */
  String token() throws IOException, InterruptedException {
    Token held;
    CompletableFuture<Token> fetch;
    synchronized (this) {
      if (now() >= token.refresh && now() >= pause) {
        pause = Double.POSITIVE_INFINITY; // until it is done
        last = CompletableFuture.supplyAsync(this::run);
      }
      held = token;
      fetch = last;
    }
    if (now() < held.await) {
      return held.value; // also while it is refreshed in the background (R17)
    }
    try {
      return fetch.get().value;
    } catch (ExecutionException e) {
      if (now() < held.expires) {
        return held.value; // an outage does not end a valid token (R20)
      }
      throw new IOException(e.getCause().getMessage(), e);
    }
  }

  /** Forgets a token that the API refused, and no other (R24). */
  synchronized void discard(String value) {
    token = token.value.equals(value) ? NONE : token;
  }

  private Token run() {
    double end = now() + DEADLINE;
    for (int tries = 1; ; tries++) {
      try {
        Token fetched = request(end);
        synchronized (this) {
          pause = 0;
          token = fetched;
          return fetched;
        }
      } catch (Exception e) {
        TokenException failure = TokenException.of(e);
        double delay = failure.pause + Math.random() * 0.25 * (1 << tries);
        if (!failure.retryable || tries == 3 || now() + delay > end) {
          synchronized (this) { // no other fetch with each call of an outage (R20)
            pause = now() + Math.max(failure.pause, Math.min(10, token.expires - now()));
            throw failure;
          }
        }
        LockSupport.parkNanos((long) (delay * 1e9));
      }
    }
  }

  private Token request(double end) throws Exception {
    double sent = now();
    double clock = System.currentTimeMillis() / 1e3;
    String body = MAPPER.writeValueAsString(new TokenRequest().audience(api));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(api + "/security/oauth/token"))
            .headers("Authorization", basic, "Content-Type", "application/json")
            .header("talend-version", "2021-03")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    var exchange = http.sendAsync(request, TokenSource::bounded);
    HttpResponse<String> response;
    try {
      response = exchange.get((long) (1e3 * (end - sent)), TimeUnit.MILLISECONDS);
    } finally {
      exchange.cancel(true);
    }
    int status = response.statusCode();
    JsonNode issued = MAPPER.readTree(status == 200 ? response.body() : "");
    String value = issued.path("access_token").textValue(); // the generated type takes numbers too
    if (value == null
        || !value.matches("[\\w.~+/-]+=*")
        || !issued.path("token_type").asText().equalsIgnoreCase("Bearer")) {
      boolean refused = Set.of(400, 401, 403).contains(status); // and would be again (R23)
      String asked = response.headers().firstValue("Retry-After").orElse("");
      double wait = asked.matches("\\d{1,9}") ? Math.min(Double.parseDouble(asked), 3600) : 0;
      boolean retryable = Set.of(429, 500, 502, 503, 504).contains(status);
      throw new TokenException("the response is " + status, retryable, refused ? 30 : wait);
    }
    double lifetime = lifetime(issued.path("expires_in").asText(), value, clock);
    double refresh = sent + lifetime * (0.6 + Math.random() / 15);
    double await = sent + lifetime - Math.min(60, lifetime / 10);
    return new Token(value, refresh, await, sent + lifetime);
  }

  /** Returns the least that response and token say, in seconds (R19), or half an hour. */
  private static double lifetime(String stated, String token, double clock) {
    double least = stated.matches("\\d{1,9}") ? Double.parseDouble(stated) : Double.NaN;
    try {
      JsonNode claims = MAPPER.readTree(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
      double exp = claims.path("exp").asDouble();
      for (double start : new double[] {claims.path("iat").asDouble(), clock}) {
        // A start after the end is of a wrong clock.
        least = start < exp && !(least < exp - start) ? exp - start : least;
      }
    } catch (IOException | RuntimeException e) {
      // What is no JWT says nothing.
    }
    return Double.isNaN(least) ? 1800 : Math.min(least, 86400);
  }

  /** Ends a response that is too large (R15). */
  private static HttpResponse.BodySubscriber<String> bounded(HttpResponse.ResponseInfo info) {
    var body = new ByteArrayOutputStream();
    return HttpResponse.BodySubscribers.mapping(
        HttpResponse.BodySubscribers.ofByteArrayConsumer(
            part -> {
              body.writeBytes(part.orElse(new byte[0]));
              if (body.size() > 64 * 1024) {
                throw new IllegalStateException("the response is too large");
              }
            }),
        end -> body.toString());
  }

  private static double now() {
    return (System.nanoTime() - START) / 1e9;
  }
}

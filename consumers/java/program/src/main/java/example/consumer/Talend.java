package example.consumer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import example.talend.ApiClient;
import example.talend.ApiException;
import example.talend.JSON;
import example.talend.api.TokensApi;
import example.talend.model.ErrorBody;
import example.talend.model.GrantType;
import example.talend.model.TokenRequest;
import example.talend.model.TokenResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;

/** The Talend Cloud API of one region, as one service account sees it. */
final class Talend {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  // The mapper that ApiClient makes for itself turns numbers into strings where it can. It then
  // finds that a lifetime given as a number fits both types of ExpiresIn, and refuses the token.
  private static final ObjectMapper MAPPER = new JSON().getMapper();

  private final ServiceAccount account;

  Talend(ServiceAccount account) {
    this.account = account;
  }

  /**
   * Creates a token.
   *
   * @param versionInQuery API version for the query, or null
   * @param versionInHeader API version for the header, or null
   * @return the token with its lifetime
   * @throws Refused if the endpoint refuses the account
   * @throws ApiException if it could not be reached
   */
  TokenResponse createToken(String versionInQuery, String versionInHeader)
      throws Refused, ApiException {
    ApiClient client = new ApiClient(HttpClient.newBuilder(), MAPPER, account.apiUrl());
    client.setRequestInterceptor(account::authenticate);
    client.setConnectTimeout(TIMEOUT);
    client.setReadTimeout(TIMEOUT);
    TokenRequest request =
        new TokenRequest().grantType(GrantType.CLIENT_CREDENTIALS).audience(account.apiUrl());
    try {
      return new TokensApi(client).createToken(request, versionInQuery, versionInHeader);
    } catch (ApiException e) {
      if (e.getCode() == 0) {
        throw e;
      }
      throw new Refused(e.getCode(), body(e), e);
    }
  }

  /** Asks the API for the name of the account that the token was issued to. */
  String accountName(String accessToken) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(account.apiUrl() + "/account/me"))
            .header("Authorization", "Bearer " + accessToken)
            .timeout(TIMEOUT)
            .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("GET /account/me answered " + response.statusCode());
    }
    return MAPPER.readTree(response.body()).path("name").asText();
  }

  /** Reads the body of a refusal, which ApiException holds as text and which may not be JSON. */
  private static ErrorBody body(ApiException refusal) {
    String text = Objects.requireNonNullElse(refusal.getResponseBody(), "");
    try {
      return Objects.requireNonNullElseGet(
          MAPPER.readValue(text, ErrorBody.class), ErrorBody::new);
    } catch (JsonProcessingException e) {
      return new ErrorBody();
    }
  }
}

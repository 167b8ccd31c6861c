package example.consumer;

import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A service account and the region it belongs to.
 *
 * @param apiUrl base URL of the region's API
 * @param clientId id of the account
 * @param clientSecret secret of the account
 */
record ServiceAccount(String apiUrl, String clientId, String clientSecret) {

  /** Reads the account from the environment. */
  static ServiceAccount fromEnvironment() {
    return new ServiceAccount(
        environment("TALEND_API_URL"),
        environment("TALEND_CLIENT_ID"),
        environment("TALEND_CLIENT_SECRET"));
  }

  /** Adds the credentials to a request (RFC 7617), which the generated client leaves out. */
  void authenticate(HttpRequest.Builder request) {
    byte[] pair = (clientId + ":" + clientSecret).getBytes(StandardCharsets.UTF_8);
    request.setHeader("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
  }

  /** Hides the secret. */
  @Override
  public String toString() {
    return "ServiceAccount[apiUrl=" + apiUrl + ", clientId=" + clientId + "]";
  }

  private static String environment(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalStateException(name + " is not set");
    }
    return value;
  }
}

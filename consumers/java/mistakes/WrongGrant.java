// compiler: incompatible types: String cannot be converted to GrantType
import example.talend.model.TokenRequest;

final class WrongGrant {
  static final TokenRequest REQUEST =
      new TokenRequest().grantType("password").audience("https://api.eu.cloud.talend.com");
}

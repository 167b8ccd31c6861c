// compiler: silent
import example.talend.model.GrantType;
import example.talend.model.TokenRequest;

final class NoAudience {
  static final TokenRequest REQUEST = new TokenRequest().grantType(GrantType.CLIENT_CREDENTIALS);
}

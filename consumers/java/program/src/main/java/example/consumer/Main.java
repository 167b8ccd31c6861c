package example.consumer;

import example.talend.model.ExpiresIn;
import example.talend.model.TokenResponse;

/** Gets a token for the service account of the environment and asks whose it is. */
final class Main {

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Talend talend = new Talend(ServiceAccount.fromEnvironment());
    try {
      TokenResponse token =
          talend.createToken(
              System.getenv("TALEND_VERSION_QUERY"), System.getenv("TALEND_VERSION_HEADER"));
      System.out.println("lifetime: " + lifetime(token.getExpiresIn()));
      System.out.println("account: " + talend.accountName(token.getAccessToken()));
    } catch (Refused e) {
      System.out.println("refused: " + e.status() + " " + e.getMessage());
      System.exit(1);
    }
  }

  /** Describes a lifetime, which is a number of seconds, digits, or null when not given. */
  private static String lifetime(ExpiresIn expiresIn) {
    if (expiresIn == null) {
      return "absent";
    }
    if (expiresIn.getActualInstance() instanceof String digits) {
      return Long.parseLong(digits) + " s, a string";
    }
    return expiresIn.getLong() + " s, a number";
  }
}

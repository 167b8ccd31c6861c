package example.consumer;

import java.util.concurrent.ExecutionException;

/** Why there is no token, and for how many seconds no other is to be asked for. */
final class TokenException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  final boolean retryable;
  final double pause;

  TokenException(String message, boolean retryable, double pause) {
    super("no token: " + message);
    this.retryable = retryable;
    this.pause = pause;
  }

  /** Wraps what else can be wrong; a parser's message is left out, as it may be the secret (R16). */
  static TokenException of(Exception e) {
    if (e instanceof TokenException known) {
      return known;
    }
    Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
    return new TokenException(cause.getClass().getName(), e != cause, 0);
  }
}

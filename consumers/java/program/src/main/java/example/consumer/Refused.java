package example.consumer;

import example.talend.model.ErrorBody;

/** The endpoint refused the request. */
final class Refused extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;

  Refused(int status, ErrorBody body, Throwable cause) {
    super(body.getMessage(), cause);
    this.status = status;
  }

  int status() {
    return status;
  }
}

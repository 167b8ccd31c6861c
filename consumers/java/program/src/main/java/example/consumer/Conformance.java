package example.consumer;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Does what {@code talend-oauth conformance} tells a client to do. */
final class Conformance {

  private static final String API = System.getenv("TALEND_API_URL");
  private static final byte[] JSON = "{\"executable\": \"conformance\"}".getBytes();
  private static final TalendClient TALEND =
      new TalendClient(
          API,
          new TokenSource(
              API, System.getenv("TALEND_CLIENT_ID"), System.getenv("TALEND_CLIENT_SECRET")));

  private Conformance() {}

  public static void main(String[] arguments) throws Exception {
    Executor threads = task -> new Thread(task).start();
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); !line.equals("exit"); line = lines.readLine()) {
      String[] step = line.split(" ");
      int times = step[0].equals("call") && step.length > 1 ? Integer.parseInt(step[1]) : 1;
      List<CompletableFuture<String>> results =
          Stream.generate(() -> CompletableFuture.supplyAsync(() -> request(step), threads))
              .limit(times)
              .toList();
      System.out.println(
          results.stream().map(CompletableFuture::join).collect(Collectors.joining(",", "[", "]")));
    }
    System.exit(0);
  }

  private static String request(String[] step) {
    var stream = new ByteArrayInputStream(JSON);
    String url = API + (step[0].equals("call") ? "/account/me" : "/processing/executions");
    var request = HttpRequest.newBuilder(URI.create(step[0].equals("get") ? step[1] : url));
    switch (step[0]) {
      case "post" -> request.POST(HttpRequest.BodyPublishers.ofByteArray(JSON));
      case "stream" -> request.POST(HttpRequest.BodyPublishers.ofInputStream(() -> stream));
      default -> request.GET();
    }
    request.header("Content-Type", "application/json");
    try {
      var response = TALEND.send(request.build(), HttpResponse.BodyHandlers.discarding());
      return "{\"status\": " + response.statusCode() + "}";
    } catch (Exception e) {
      String text = String.valueOf(e.getMessage()).replace("\\", "/").replace("\"", "'");
      return "{\"error\": \"" + text + "\"}";
    }
  }
}

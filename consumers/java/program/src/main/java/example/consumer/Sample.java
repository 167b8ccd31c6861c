package example.consumer;

import example.talend.ApiClient;
import example.talend.JSON;
import example.talend.api.TokensApi;
import example.talend.model.TokenRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;

final class Sample {

  public static void main(String[] arguments) throws Exception {
    String url = System.getenv("TALEND_API_URL");
    String pair = System.getenv("TALEND_CLIENT_ID") + ":" + System.getenv("TALEND_CLIENT_SECRET");
    String basic = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes());

    ApiClient talend = new ApiClient(HttpClient.newBuilder(), new JSON().getMapper(), url);
    talend.setRequestInterceptor(request -> request.setHeader("Authorization", basic));
    var token =
        new TokensApi(talend).createToken(new TokenRequest().audience(url), null, "2021-03");

    var me = HttpRequest.newBuilder(URI.create(url + "/account/me"))
        .header("Authorization", "Bearer " + token.getAccessToken())
        .build();
    System.out.println(
        HttpClient.newHttpClient().send(me, HttpResponse.BodyHandlers.ofString()).body());
  }
}

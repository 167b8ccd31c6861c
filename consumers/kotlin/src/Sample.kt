import example.talend.apis.TokensApi
import example.talend.infrastructure.ApiClient
import example.talend.models.GrantType
import example.talend.models.TokenRequest
import okhttp3.OkHttpClient
import okhttp3.Request

fun main() {
    val url = System.getenv("TALEND_API_URL")
    ApiClient.username = System.getenv("TALEND_CLIENT_ID")
    ApiClient.password = System.getenv("TALEND_CLIENT_SECRET")

    val request = TokenRequest(GrantType.client_credentials, url)
    val token = TokensApi(url).createToken(request, talendVersionHeader = "2021-03")

    val me = Request.Builder()
        .url("$url/account/me")
        .header("Authorization", "Bearer ${token.accessToken}")
        .build()
    OkHttpClient().newCall(me).execute().use { println(it.body?.string()) }
}

require "net/http"
require "talend_oauth_api"

url = ENV.fetch("TALEND_API_URL")
talend = TalendOauthApi::Configuration.new do |settings|
  settings.scheme = URI(url).scheme
  settings.host = URI(url).authority
  settings.server_index = nil
  settings.username = ENV.fetch("TALEND_CLIENT_ID")
  settings.password = ENV.fetch("TALEND_CLIENT_SECRET")
end
request = TalendOauthApi::TokenRequest.new(grant_type: "client_credentials", audience: url)
token = TalendOauthApi::TokensApi.new(TalendOauthApi::ApiClient.new(talend))
  .create_token(request, talend_version_header: "2021-03")

me = Net::HTTP.get_response(URI("#{url}/account/me"), "Authorization" => "Bearer #{token.access_token}")
abort "GET /account/me: #{me.code}" unless me.is_a?(Net::HTTPSuccess)
puts me.body

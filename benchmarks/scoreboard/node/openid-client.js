import * as client from "openid-client";

export function connect(api, id, secret) {
  const server = { issuer: api, token_endpoint: `${api}/security/oauth/token?talendVersion=2021-03` };
  const basic = (server, metadata, body, headers) =>
    headers.set("authorization", `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`);
  const config = new client.Configuration(server, id, undefined, basic);
  config[client.customFetch] = (url, options) => {
    if (options.body instanceof URLSearchParams) {
      options.body = JSON.stringify(Object.fromEntries(options.body));
      options.headers["content-type"] = "application/json";
    }
    return fetch(url, options);
  };
  if (api.startsWith("http:")) client.allowInsecureRequests(config);
  let tokens;
  return {
    async fetch(url, method, body, headers) {
      if (!tokens || tokens.expiresIn() === 0)
        tokens = await client.clientCredentialsGrant(config, { audience: api });
      const { access_token } = tokens;
      return client.fetchProtectedResource(config, access_token, new URL(url), method, body, new Headers(headers));
    },
  };
}

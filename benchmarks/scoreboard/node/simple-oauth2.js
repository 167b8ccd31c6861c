import { ClientCredentials } from "simple-oauth2";

export function connect(api, id, secret) {
  const client = new ClientCredentials({
    client: { id, secret },
    auth: { tokenHost: api, tokenPath: "/security/oauth/token?talendVersion=2021-03" },
    options: { bodyFormat: "json", credentialsEncodingMode: "loose" },
  });
  let token;
  return {
    async token() {
      if (!token || token.expired()) token = await client.getToken({ audience: api });
      return token.token.access_token;
    },
  };
}

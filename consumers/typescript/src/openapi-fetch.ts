import createClient from "openapi-fetch";

import type { paths } from "../generated/openapi-typescript.js";
import { Refused, type ServiceAccount, TIMEOUT, type Token, type Versions } from "./talend.js";

/** Create a token with the types of openapi-typescript; Basic is ours to send. */
export async function createToken(account: ServiceAccount, versions: Versions): Promise<Token> {
  const pair = Buffer.from(`${account.clientId}:${account.clientSecret}`).toString("base64");
  const client = createClient<paths>({ baseUrl: account.apiUrl });
  const { data, error, response } = await client.POST("/security/oauth/token", {
    headers: { Authorization: `Basic ${pair}` },
    params: {
      query: { talendVersion: versions.query },
      header: { "talend-version": versions.header },
    },
    body: { grant_type: "client_credentials", audience: account.apiUrl },
    signal: AbortSignal.timeout(TIMEOUT),
  });
  // An empty body of an error leaves both undefined, so only the data tells them apart.
  if (data === undefined) {
    throw new Refused(response.status, error?.message);
  }
  return { accessToken: data.access_token, expiresIn: data.expires_in };
}

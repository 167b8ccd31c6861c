import {
  Configuration,
  ErrorBodyFromJSON,
  GrantType,
  ResponseError,
  TokensApi,
} from "../generated/typescript-fetch/index.js";
import { Refused, type ServiceAccount, TIMEOUT, type Token, type Versions } from "./talend.js";

/** Create a token with the client of openapi-generator. */
export async function createToken(account: ServiceAccount, versions: Versions): Promise<Token> {
  const api = new TokensApi(
    new Configuration({
      basePath: account.apiUrl,
      username: account.clientId,
      password: account.clientSecret,
    }),
  );
  try {
    const token = await api.createToken(
      {
        tokenRequest: { grantType: GrantType.ClientCredentials, audience: account.apiUrl },
        talendVersionQuery: versions.query,
        talendVersionHeader: versions.header,
      },
      { signal: AbortSignal.timeout(TIMEOUT) },
    );
    return { accessToken: token.accessToken, expiresIn: token.expiresIn };
  } catch (failure) {
    if (failure instanceof ResponseError) {
      // The client throws the raw response: its body, which may not be JSON, is ours to read.
      const json: unknown = await failure.response.json().catch(() => ({}));
      throw new Refused(failure.response.status, ErrorBodyFromJSON(json).message);
    }
    throw failure;
  }
}

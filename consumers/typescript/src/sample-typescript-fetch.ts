import { Configuration, GrantType, TokensApi } from "../generated/typescript-fetch/index.js";

const { TALEND_API_URL, TALEND_CLIENT_ID, TALEND_CLIENT_SECRET } = process.env;
const talend = new Configuration({
  basePath: TALEND_API_URL!,
  username: TALEND_CLIENT_ID!,
  password: TALEND_CLIENT_SECRET!,
});
const token = await new TokensApi(talend).createToken({
  talendVersionHeader: "2021-03",
  tokenRequest: { grantType: GrantType.ClientCredentials, audience: TALEND_API_URL! },
});

const me = await fetch(`${TALEND_API_URL}/account/me`, {
  headers: { Authorization: `Bearer ${token.accessToken}` },
});
if (!me.ok) throw new Error(`GET /account/me answered ${me.status}`);
console.log(await me.json());

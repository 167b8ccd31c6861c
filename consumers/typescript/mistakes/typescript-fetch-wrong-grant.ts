// compiler: Type '"password"' is not assignable to type '"client_credentials"'
import type { TokenRequest } from "../generated/typescript-fetch/index.js";

export const request: TokenRequest = {
  grantType: "password",
  audience: "https://api.eu.cloud.talend.com",
};

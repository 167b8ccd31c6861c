// compiler: Property 'audience' is missing in type
import { GrantType, type TokenRequest } from "../generated/typescript-fetch/index.js";

export const request: TokenRequest = { grantType: GrantType.ClientCredentials };

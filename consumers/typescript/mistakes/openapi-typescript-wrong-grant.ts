// compiler: Type '"password"' is not assignable to type '"client_credentials"'
import createClient from "openapi-fetch";

import type { paths } from "../generated/openapi-typescript.js";

await createClient<paths>().POST("/security/oauth/token", {
  body: { grant_type: "password", audience: "https://api.eu.cloud.talend.com" },
});

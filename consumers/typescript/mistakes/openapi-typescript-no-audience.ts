// compiler: Property 'audience' is missing in type
import createClient from "openapi-fetch";

import type { paths } from "../generated/openapi-typescript.js";

await createClient<paths>().POST("/security/oauth/token", {
  body: { grant_type: "client_credentials" },
});

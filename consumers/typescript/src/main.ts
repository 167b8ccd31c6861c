import { createToken as withOpenapiFetch } from "./openapi-fetch.js";
import { accountName, type CreateToken, environment, lifetime, Refused } from "./talend.js";
import { createToken as withTypescriptFetch } from "./typescript-fetch.js";

const CLIENTS: ReadonlyMap<string, CreateToken> = new Map([
  ["openapi-fetch", withOpenapiFetch],
  ["typescript-fetch", withTypescriptFetch],
]);

async function main(name: string | undefined): Promise<void> {
  const createToken = CLIENTS.get(name ?? "");
  if (!createToken) {
    throw new Error(`name a client: ${[...CLIENTS.keys()].join(" or ")}`);
  }
  const apiUrl = environment("TALEND_API_URL");
  const token = await createToken(
    {
      apiUrl,
      clientId: environment("TALEND_CLIENT_ID"),
      clientSecret: environment("TALEND_CLIENT_SECRET"),
    },
    {
      query: process.env["TALEND_VERSION_QUERY"],
      header: process.env["TALEND_VERSION_HEADER"],
    },
  );
  console.log(`lifetime: ${lifetime(token.expiresIn)}`);
  console.log(`account: ${await accountName(apiUrl, token.accessToken)}`);
}

try {
  await main(process.argv[2]);
} catch (failure) {
  if (!(failure instanceof Refused)) {
    throw failure;
  }
  console.log(`refused: ${failure.status} ${failure.message}`);
  process.exitCode = 1;
}

import createClient from "openapi-fetch";

import type { paths } from "../generated/openapi-typescript.js";

const { TALEND_API_URL, TALEND_CLIENT_ID, TALEND_CLIENT_SECRET } = process.env;
const talend = createClient<paths>({ baseUrl: TALEND_API_URL! });
const pair = Buffer.from(`${TALEND_CLIENT_ID}:${TALEND_CLIENT_SECRET}`).toString("base64");

const { data, error } = await talend.POST("/security/oauth/token", {
  headers: { Authorization: `Basic ${pair}` },
  params: { header: { "talend-version": "2021-03" } },
  body: { grant_type: "client_credentials", audience: TALEND_API_URL! },
});
if (!data) throw new Error(error?.message ?? "no token");

const me = await fetch(`${TALEND_API_URL}/account/me`, {
  headers: { Authorization: `Bearer ${data.access_token}` },
});
if (!me.ok) throw new Error(`GET /account/me answered ${me.status}`);
console.log(await me.json());

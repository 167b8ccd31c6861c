/** Do what `talend-oauth conformance` tells a client to do. */
import { createInterface } from "node:readline";

import { TokenSource } from "./token-source.js";

const { TALEND_API_URL: api, TALEND_CLIENT_ID, TALEND_CLIENT_SECRET } = process.env;
const source = new TokenSource({
  apiUrl: api!,
  clientId: TALEND_CLIENT_ID!,
  clientSecret: TALEND_CLIENT_SECRET!,
});

async function request(step: string, argument: string): Promise<object> {
  const json = '{"executable": "conformance"}';
  const body = step === "stream" ? new Blob([json]).stream() : json;
  const post = { method: "POST", body, duplex: "half", headers: { "Content-Type": "application/json" } };
  try {
    const { status } =
      step === "call"
        ? await source.fetch(`${api}/account/me`)
        : step === "get"
          ? await source.fetch(argument)
          : await source.fetch(`${api}/processing/executions`, post);
    return { status };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [step = "", argument = ""] = line.split(" ");
  if (step === "exit") process.exit();
  const times = step === "call" ? Number(argument || 1) : 1;
  const results = Array.from({ length: times }, () => request(step, argument));
  console.log(JSON.stringify(await Promise.all(results)));
}

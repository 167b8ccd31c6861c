/**
 * The loop around each library of Node: `node loop.js ADAPTER`, started by the conformance kit.
 *
 * An adapter exports `connect(api, id, secret)`, which returns an object with `fetch`, or with
 * `token`; this file then sends the request with that token, as a program does whose library gives
 * nothing more.
 */
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { TALEND_API_URL: api, TALEND_CLIENT_ID: id, TALEND_CLIENT_SECRET: secret } = process.env;
const { connect } = await import(pathToFileURL(process.argv[2]));
const client = connect(api, id, secret);
const json = '{"executable": "conformance"}';

async function send(url, method, body, headers) {
  if (client.fetch) return client.fetch(url, method, body, headers);
  const authorization = { Authorization: `Bearer ${await client.token()}` };
  const signal = AbortSignal.timeout(20_000);
  return fetch(url, { method, body, headers: { ...headers, ...authorization }, duplex: "half", signal });
}

async function request(step, argument) {
  if (step === "get" && !client.fetch) return { unsupported: "it gives tokens, and sends no requests" };
  const body = step === "stream" ? new Blob([json]).stream() : json;
  try {
    const response =
      step === "call"
        ? await send(`${api}/account/me`, "GET")
        : step === "get"
          ? await send(argument, "GET")
          : await send(`${api}/processing/executions`, "POST", body, { "Content-Type": "application/json" });
    await response.arrayBuffer();
    return { status: response.status };
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

/**
 * A token of Talend Cloud that is fetched, kept and refreshed, and a `fetch` that sends it.
 *
 * It does what conformance/BEHAVIOUR.md asks of a client, levels core and resilient; R7 and the
 * like are its requirements. Copy it: only `#request` knows the generated types.
 */
import { setTimeout } from "node:timers/promises";
import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "../generated/openapi-typescript.js";

/** Why there is no token. */
export class TokenError extends Error {
  constructor(
    message: string,
    readonly retryable = false,
    /** Milliseconds before the next request, as a refusal or `Retry-After` has it. */
    readonly pause = 0,
  ) {
    super(message);
  }
}

/** A token, with milliseconds of `performance.now()`. */
interface Token {
  readonly value: string;
  readonly refresh: number;
  readonly wait: number;
  readonly expires: number;
}

const DEADLINE = 20_000; // milliseconds for a fetch, all its tries together (R15)

export class TokenSource {
  readonly #api: string;
  readonly #client: Client<paths>;
  #token: Token | undefined;
  #last: Promise<Token> | undefined; // the newest fetch, which all share that wait (R7)
  #pause = 0; // no other starts before

  /** For a service account of the region with this base URL. */
  constructor(account: { apiUrl: string; clientId: string; clientSecret: string }) {
    const pair = Buffer.from(`${account.clientId}:${account.clientSecret}`).toString("base64");
    this.#api = new URL(account.apiUrl).origin;
    this.#client = createClient<paths>({
      baseUrl: this.#api,
      fetch: bounded,
      headers: { Authorization: `Basic ${pair}` },
      redirect: "manual", // a redirect is no token, and the credentials are for one host (R13)
    });
  }

  /** Return a valid token, and start to fetch the next one when it is time. */
  async token(): Promise<string> {
    const now = performance.now();
    if (now >= (this.#token?.refresh ?? 0) && now >= this.#pause) {
      this.#pause = Infinity; // until it is done
      this.#last = this.#run();
      this.#last.catch(() => {}); // of a refresh in the background nobody has to know
    }
    if (this.#token && now < this.#token.wait) {
      return this.#token.value; // also while it is refreshed (R17)
    }
    try {
      return (await this.#last!).value;
    } catch (error) {
      if (this.#token && performance.now() < this.#token.expires) {
        return this.#token.value; // an outage does not end a valid token (R20)
      }
      throw error;
    }
  }

  /** Forget a token that the API refused, and no other (R24). */
  discard(value: string): void {
    if (this.#token?.value === value) {
      this.#token = undefined;
    }
  }

  /** `fetch` with the token; once more with another one when the first is refused (R11). */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== this.#api) {
      return fetch(request); // a stranger (R14)
    }
    const copy = request.clone(); // keeps the body, also of a stream (R25)
    const token = await this.token();
    request.headers.set("Authorization", `Bearer ${token}`);
    const response = await fetch(request);
    if (response.status !== 401) {
      await copy.body?.cancel();
      return response;
    }
    this.discard(token);
    await response.body?.cancel();
    copy.headers.set("Authorization", `Bearer ${await this.token()}`);
    return fetch(copy);
  };

  async #run(): Promise<Token> {
    const end = performance.now() + DEADLINE;
    const signal = AbortSignal.timeout(DEADLINE);
    for (let tries = 1; ; tries++) {
      try {
        this.#token = await this.#request(signal);
        this.#pause = 0;
        return this.#token;
      } catch (error) {
        const { retryable, pause } = error as TokenError;
        const now = performance.now();
        const delay = pause + Math.random() * 250 * 2 ** tries;
        if (!retryable || tries === 3 || now + delay > end) {
          // After a refusal as long as it says; otherwise calm while the token is valid (R20).
          const left = (this.#token?.expires ?? now) - now;
          this.#pause = now + Math.max(pause, Math.min(10_000, left));
          throw error;
        }
        await setTimeout(delay);
      }
    }
  }

  async #request(signal: AbortSignal): Promise<Token> {
    const [sent, clock] = [performance.now(), Date.now() / 1000];
    const { data, response } = await this.#client
      .POST("/security/oauth/token", {
        params: { header: { "talend-version": "2021-03" } },
        body: { grant_type: "client_credentials", audience: this.#api },
        signal,
      })
      .catch((error: Error) => {
        // The message of a SyntaxError repeats the body, which may be the secret (R16).
        throw new TokenError(`no token: ${error.name}`, error instanceof TypeError);
      });
    const isText = typeof data?.access_token === "string";
    if (!isText || !/^[\w.~+/-]+=*$/.test(data.access_token) || !/^bearer$/i.test(data.token_type)) {
      const refused = [400, 401, 403].includes(response.status); // and would be again (R23)
      const asked = Number(response.headers.get("Retry-After")) || 0;
      throw new TokenError(
        `no token: the response is ${response.status} ${response.statusText}`,
        [429, 500, 502, 503, 504].includes(response.status),
        refused ? 30_000 : Math.min(asked, 3600) * 1000,
      );
    }
    const lifetime = lifetimeOf(data, clock) * 1000;
    return {
      value: data.access_token,
      refresh: sent + lifetime * (0.6 + Math.random() / 15),
      wait: sent + lifetime - Math.min(60_000, lifetime / 10),
      expires: sent + lifetime,
    };
  }
}

/** Return the least that response and token say, in seconds (R19), or half an hour. */
function lifetimeOf(response: components["schemas"]["TokenResponse"], clock: number): number {
  const said = /^\d+$/.test(`${response.expires_in}`) ? [Number(response.expires_in)] : [];
  try {
    const [, payload = ""] = response.access_token.split(".");
    const { exp, iat } = JSON.parse(Buffer.from(payload, "base64url").toString());
    // A start after the end is that of a wrong clock.
    said.push(...[iat, clock].filter((start) => start < exp).map((start) => exp - start));
  } catch {
    // What is no JWT says nothing.
  }
  return said.length ? Math.min(...said, 86_400) : 1800;
}

/** `fetch` with a bound to the response (R15). */
async function bounded(request: Request): Promise<Response> {
  const response = await fetch(request);
  let size = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, controller) {
      size += part.length;
      if (size > 65_536) throw new RangeError("too large");
      controller.enqueue(part);
    },
  });
  return new Response(response.body?.pipeThrough(limit) ?? null, response);
}

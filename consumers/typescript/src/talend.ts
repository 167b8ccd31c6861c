/** What both clients of this program have in common: settings in, a token or a refusal out. */

/** A service account and the region it belongs to. */
export interface ServiceAccount {
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The API version may be given in two places. */
export interface Versions {
  readonly query: string | undefined;
  readonly header: string | undefined;
}

/** A token with its lifetime in seconds, as the server wrote it: a number, digits or nothing. */
export interface Token {
  readonly accessToken: string;
  readonly expiresIn: number | string | undefined;
}

export type CreateToken = (account: ServiceAccount, versions: Versions) => Promise<Token>;

/** The endpoint refused the request; the message is from the body of its answer. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string | undefined,
  ) {
    super(message ?? "no reason given");
  }
}

/** Time after which a request is given up, in milliseconds. */
export const TIMEOUT = 10_000;

/** Ask the API who the bearer of the token is. */
export async function accountName(apiUrl: string, token: string): Promise<string> {
  const response = await fetch(`${apiUrl}/account/me`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) {
    throw new Error(`GET /account/me answered ${response.status}`);
  }
  const account = (await response.json()) as { name: string };
  return account.name;
}

/** Describe a lifetime, which must be narrowed before it can be used. */
export function lifetime(expiresIn: number | string | undefined): string {
  switch (typeof expiresIn) {
    case "number":
      return `${expiresIn} s, a number`;
    case "string":
      return `${Number.parseInt(expiresIn, 10)} s, a string`;
    case "undefined":
      return "absent";
  }
}

/** Read a variable that must be set. */
export function environment(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

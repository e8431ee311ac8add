/* The API, from a page: reads need the public key alone, writes are signed with its secret (HMAC-SHA-256). */
import config from "./config.js";

const given = new URLSearchParams(location.search);
const api = given.get("api") ?? config.api;
const key = given.get("key") ?? config.key;
const secret = given.get("secret") ?? config.secret;

export const configured = Boolean(key);

/** What went wrong. `code` is the API's (`rate_limited`, …), or `offline` when there was no answer. */
export class ShopError extends Error {
  constructor(code, message, { details = [], retryAfter = 0 } = {}) {
    super(message);
    this.code = code;
    this.details = details; // [{field, message}], of a `bad_request`
    this.retryAfter = retryAfter; // seconds, of a `rate_limited`
  }
}

/** Run a query and return its data. */
export function read(query, variables = {}) {
  return send(JSON.stringify({ query, variables }), {});
}

/** Run a mutation and return its data. Sent again under the same `idempotencyKey` it happens once all the same. */
export async function write(query, variables, idempotencyKey) {
  const body = JSON.stringify({ query, variables });
  return send(body, { ...(await signature(body)), "Idempotency-Key": idempotencyKey });
}

export function randomHex(bytes = 16) {
  return hex(crypto.getRandomValues(new Uint8Array(bytes)));
}

async function send(body, headers) {
  let response;
  let answer;
  try {
    response = await fetch(`${api}/graphql`, {
      method: "POST",
      body,
      credentials: "omit",
      headers: {
        Accept: "application/graphql-response+json",
        Authorization: `DZ-Public ${key}`,
        "Content-Type": "application/json",
        ...headers,
      },
    });
    answer = await response.json();
  } catch (error) {
    throw new ShopError("offline", String(error));
  }
  if (!answer.errors) return answer.data;
  const { message, extensions } = answer.errors[0];
  throw new ShopError(extensions.code, message, { details: extensions.details, retryAfter: extensions.retry_after });
}

/** The headers that sign a body: its hash with the key, a nonce that is used once, and the time. */
async function signature(body) {
  if (!crypto.subtle) throw new ShopError("insecure", "Browsers sign on https:// and on localhost alone");
  const utf8 = new TextEncoder();
  const nonce = randomHex();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const bodyHash = hex(await crypto.subtle.digest("SHA-256", utf8.encode(body)));
  const signed = [key, nonce, timestamp, bodyHash].join("\n");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const hmacKey = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, ["sign"]);
  return {
    "X-DZ-Timestamp": timestamp,
    "X-DZ-Nonce": nonce,
    "X-DZ-Signature": hex(await crypto.subtle.sign("HMAC", hmacKey, utf8.encode(signed))),
  };
}

function hex(buffer) {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The API (/api/v1): requests, problems, and answers that have not changed since.
 */
import { address } from "./route.js";

const BASE = "/api/v1";

/** An answer that is no success: what the API's problem document says, or that there was none. */
export class Problem extends Error {
  /**
   * @param {number} status 0: nothing was answered
   * @param {{title?: string, detail?: string, parameter?: string}} body
   */
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.title = body.title ?? "";
    this.parameter = body.parameter ?? null;
    this.body = body;
  }
}

/** Answers with an ETag, by address: the last ones asked for. */
const kept = new Map();
const KEPT_MAX = 40;

function keep(url, etag, body) {
  kept.delete(url);
  if (etag) kept.set(url, { etag, body });
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value);
}

async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch { /* not the API's own answer: a proxy's */ }
  return new Problem(response.status, body && typeof body === "object" ? body : {});
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", redirect: "error", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "margay does not answer", detail: "margay does not answer: is it running, and can this browser reach it?" });
  }
  if (!response.ok && response.status !== 304) throw await problemOf(response);
  return response;
}

/**
 * @param {string} path below /api/v1
 * @param {Object<string, *>} [parameters] of the query; see address()
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<Object>} the answer; not to be changed, for it may be given again
 * @throws {Problem}
 */
export async function get(path, parameters = {}, { signal } = {}) {
  const url = address(BASE + path, parameters);
  const known = kept.get(url);
  const response = await request(url, {
    signal, cache: "no-store", headers: { Accept: "application/json", ...(known && { "If-None-Match": known.etag }) },
  });
  if (response.status === 304 && known) return known.body;
  const body = await response.json();
  keep(url, response.headers.get("ETag"), body);
  return body;
}

/**
 * Changes something.
 * @param {"POST"|"DELETE"} method
 * @param {string} path below /api/v1
 * @param {Object} [body]
 * @param {{signal?: AbortSignal, match?: string}} [options] match: the revision that it is meant for
 * @returns {Promise<?Object>} the answer, null where it has no body
 * @throws {Problem}
 */
export async function send(method, path, body = {}, { signal, match } = {}) {
  const response = await request(BASE + path, {
    method, signal, body: JSON.stringify(body),
    headers: { Accept: "application/json", "Content-Type": "application/json", ...(match && { "If-Match": match }) },
  });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** A part of a path. @param {string} text */
export function part(text) {
  return encodeURIComponent(text);
}

/** What roles may do more than another, least first. */
const ROLES = ["viewer", "analyst", "admin"];

/** @returns {boolean} whether `me` may do what needs `role` */
export function may(me, role) {
  return ROLES.indexOf(me?.role) >= ROLES.indexOf(role);
}

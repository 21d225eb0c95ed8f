/**
 * Lists of the API, whole.
 */
import { get } from "./api.js";

/** Items of one answer, the most that the API gives. */
const LIMIT = 500;
/** Answers that are asked for: what has more items than these hold has to be shown in parts. */
const ANSWERS_MAX = 40;

/**
 * @param {string} path below /api/v1
 * @param {Object<string, *>} [parameters]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<Object[]>} the items of all pages
 */
export async function getAll(path, parameters = {}, options = {}) {
  const items = [];
  let cursor = null;
  for (let i = 0; i < ANSWERS_MAX; i++) {
    const answer = await get(path, { ...parameters, limit: LIMIT, cursor }, options);
    items.push(...answer.items);
    cursor = answer.next;
    if (!cursor) break;
  }
  return items;
}

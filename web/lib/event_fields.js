/**
 * Fields of events: their paths, as conditions name them (a path goes through lists), and the values
 * at a path.
 */

/** Fields of one event, and values at one path, that are looked at. */
const FIELDS_MAX = 500;
const DEPTH_MAX = 16;

function walk(value, path, depth, each) {
  if (value !== null && typeof value === "object" && depth < DEPTH_MAX) {
    for (const [key, child] of Object.entries(value)) {
      if (each.left <= 0) return;
      walk(child, Array.isArray(value) ? path : path === "" ? key : `${path}.${key}`, depth + 1, each);
    }
  } else {
    each.left--;
    each.leaf(path, value);
  }
}

/**
 * Calls `leaf` with the path and value of each leaf.
 * @param {Object} event
 * @param {function(string, *): void} leaf
 */
function eachLeaf(event, leaf) {
  walk(event, "", 0, { leaf, left: FIELDS_MAX });
}

/**
 * @param {Object} event
 * @param {string} path
 * @returns {Array} the values there: one, none, or several through lists
 */
export function valuesAt(event, path) {
  let values = [event];
  for (const key of path.split(".")) {
    values = values.flat(Infinity).filter((value) => value !== null && typeof value === "object" && Object.hasOwn(value, key)).map((value) => value[key]);
  }
  return values.flat(Infinity);
}

/**
 * @param {Object[]} events
 * @returns {Array<{path: string, count: number}>} the fields that they have: in how many, most first;
 *   margay's own (p_…) come last
 */
export function fieldsOf(events) {
  const counts = new Map();
  for (const event of events) {
    const seen = new Set();
    eachLeaf(event, (path) => seen.add(path));
    for (const path of seen) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  const own = (path) => Number(path.startsWith("p_"));
  return [...counts].map(([path, count]) => ({ path, count }))
    .sort((a, b) => own(a.path) - own(b.path) || b.count - a.count || a.path.localeCompare(b.path));
}

/** What a line says of an event: its leaves, without those that repeat its time and margay's own. */
export function summaryOf(event, time, max = 12) {
  const found = [];
  eachLeaf(event, (path, value) => {
    if (found.length < max && value !== null && value !== "" && !path.startsWith("p_") && !isTime(path, value, time)) found.push([path, value]);
  });
  return found;
}

function isTime(path, value, time) {
  return typeof value === "string" && /time|_ts$|date/i.test(path) && value.slice(0, 10) === String(time).slice(0, 10);
}

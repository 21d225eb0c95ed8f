/**
 * What is searched for, as the address of the page has it: the parameters of events.search, and
 * the columns beside them.
 */
import { address } from "./route.js";

/** What is searched without a word about time: so far back that a week's question is answered at once. */
const DEFAULT_SINCE = "7d";

/** Parameters with one value. */
const SINGLE = ["lua", "actor", "ip", "indicator", "until"];

/** @param {URLSearchParams} query */
export function readQuery(query) {
  const search = { where: query.getAll("where"), log_type: query.getAll("log_type"), columns: [], since: query.get("since") || null };
  for (const name of SINGLE) search[name] = query.get(name) || null;
  search.since ??= search.until ? "all" : DEFAULT_SINCE;
  search.columns = (query.get("columns") ?? "").split(",").filter(Boolean);
  return search;
}

/** @returns {string} the address of the page for this search */
export function searchAddress(search) {
  const { columns, since, ...rest } = search;
  return address("/search", { ...rest, since: since === DEFAULT_SINCE && !search.until ? null : since, columns: columns?.length ? columns.join(",") : null });
}

/** @returns {Object} the parameters as the API takes them */
export function apiParameters(search) {
  const { columns, since, ...rest } = search;
  return { ...rest, since: since === "all" ? null : since };
}

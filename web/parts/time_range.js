/**
 * The time that a search is about: a length up to this moment, or from one time to another. In the
 * address it is `since` and `until`, in the API's words; `all` is everything.
 */
import { h } from "../lib/dom.js";
import { texts } from "../texts/en_data.js";

const PRESETS = ["15m", "1h", "24h", "7d", "30d", "90d", "all"];

/** @returns {string} as <input type=datetime-local> has it, in the viewer's zone */
function toInput(text) {
  const time = Date.parse(text ?? "");
  if (Number.isNaN(time)) return "";
  return new Date(time - new Date(time).getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

/** @returns {?string} RFC 3339, null for none */
function fromInput(value) {
  return value ? new Date(value).toISOString() : null;
}

/** @returns {boolean} whether the time is a length that the list has */
function isPreset(since, until) {
  return !until && PRESETS.includes(since);
}

/** The moment at which a time begins, of a length as of now; for the fields of a time of one's own. */
function momentOf(since) {
  const found = /^(\d+)([mhd])$/.exec(since);
  if (!found) return since;
  return new Date(Date.now() - Number(found[1]) * { m: 60000, h: 3600000, d: 86400000 }[found[2]]).toISOString();
}

/**
 * @param {{since: string, until: ?string}} range
 * @param {function({since: string, until: ?string}): void} onChange
 * @returns {{element: HTMLElement, set: function({since: string, until: ?string}): void}}
 */
export function timeRange(range, onChange) {
  const select = h("select", { class: "input", "aria-label": texts.range.label },
    PRESETS.map((word) => h("option", { value: word }, texts.range.presets[word])), h("option", { value: "own" }, texts.range.own));
  const from = h("input", { type: "datetime-local", class: "input", step: 1, "aria-label": texts.range.from });
  const to = h("input", { type: "datetime-local", class: "input", step: 1, "aria-label": texts.range.to });
  const own = h("span", { class: "range-own" }, from, h("span", { "aria-hidden": "true" }, "–"), to);
  const set = ({ since, until }) => {
    const preset = isPreset(since, until);
    select.value = preset ? since : "own";
    own.hidden = preset;
    from.value = since === "all" ? "" : toInput(momentOf(since));
    to.value = toInput(until);
  };
  const takeOwn = () => onChange({ since: fromInput(from.value) ?? "all", until: fromInput(to.value) });
  select.addEventListener("change", () => {
    own.hidden = select.value !== "own";
    if (select.value !== "own") onChange({ since: select.value, until: null });
    else from.focus();
  });
  for (const input of [from, to]) {
    input.addEventListener("change", takeOwn);
    input.addEventListener("keydown", (event) => event.key === "Enter" && takeOwn());
  }
  set(range);
  return { element: h("span", { class: "range" }, select, own), set };
}

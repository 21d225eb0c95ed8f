/**
 * An event as people read it: a line that says what happened, and all its fields below that.
 */
import { h } from "./dom.js";
import { address } from "./route.js";
import { timeNode } from "./time.js";
import { block, inline, printable } from "./value.js";
import { texts } from "../texts/en.js";

const t = texts.alert;

/** margay's own fields begin so; they describe the event, not what happened. */
const OWN = /^p_/;

/** Fields whose values say the most, in the order in which a sentence has them. */
const TELLING = ["operator", "email", "action", "type", "operation_detail", "object", "ip_address", "client_type"];

const LINE_FIELDS = 4;
const LINE_VALUE_MAX = 160;

/** Where fields of fields are: "object.settings.name". */
export function flatten(value, path = "", found = []) {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value)) flatten(inner, path ? `${path}.${name}` : name, found);
  } else {
    found.push([path, value]);
  }
  return found;
}

/** The values that say what happened, as a line. */
function eventLine(event) {
  const fields = flatten(event).filter(([name, value]) => !OWN.test(name) && name !== "time" && value !== "" && value !== null);
  const rank = ([name]) => {
    const at = TELLING.indexOf(name);
    return at < 0 ? TELLING.length : at;
  };
  return fields.sort((a, b) => rank(a) - rank(b)).slice(0, LINE_FIELDS).map(([, value], i) =>
    [i ? h("span", { class: "dot", "aria-hidden": "true" }, " · ") : null, inline(value, { max: LINE_VALUE_MAX })]);
}

/** A value of a field: a link into search where it can be searched for. */
function fieldValue(name, value) {
  const single = value !== null && typeof value !== "object";
  const shown = block(value);
  const text = single ? String(value) : "";
  return single && text !== "" && text.length <= 200
    ? h("a", { class: "plain search-link", href: address("/search", { where: `${name}=${text}` }), title: t.filterBy(printable(name), printable(text)) }, shown)
    : shown;
}

/** All fields of an event. Hostile names, too. */
function eventFields(event) {
  return h("dl", { class: "event-fields" }, flatten(event).map(([name, value]) => [h("dt", null, inline(name)), h("dd", null, fieldValue(name, value))]));
}

/**
 * Events as a timeline, oldest to latest.
 * @param {Array<{row_id: string, time: string, log_type: string, event: Object, title?: string, step?: string}>} items
 */
export function timeline(items) {
  const sorted = [...items].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  return h("ol", { class: "timeline" }, sorted.map((item) => h("li", null,
    h("div", { class: "when" }, timeNode(item.time, "short")),
    h("div", { class: "happened" },
      item.title ? h("p", null, inline(item.title)) : h("p", null, eventLine(item.event ?? {})),
      h("div", { class: "badge-row quiet" }, item.step && h("span", { class: "tag" }, inline(item.step)), inline(item.log_type),
        item.row_id && h("a", { href: `/events/${encodeURIComponent(item.row_id)}` }, t.open)),
      item.event && h("details", null, h("summary", null, t.fields), eventFields(item.event))))));
}

/**
 * Tables of Health: sources and destinations. Each is drawn once and then updated, so that the focus
 * stays where it is.
 */
import { part, send } from "../lib/api.js";
import { empty, h, notice, section } from "../lib/dom.js";
import { table } from "../lib/table.js";
import { number, span, timeNode } from "../lib/time.js";
import { inline, printable } from "../lib/value.js";
import { texts } from "../texts/en_data.js";

const words = texts.health;

/** States that are fine, that may pass, and the others, which are not. */
const WELL = new Set(["working", "ended", "closed", "delivered"]), PASSING = new Set(["starting", "probing", "pending", "held"]);

/** A state: a word and a shape. */
export function healthState(word) {
  const kind = WELL.has(word) ? "good" : PASSING.has(word) ? "passing" : "bad";
  return h("span", { class: `health-state ${kind}` }, texts.healthState[word] ?? inline(word ?? "–"));
}

/**
 * A section whose list may become empty, and be filled again.
 * @param {string} title
 * @param {function(): {element: Element, update: function(Array): void}} make the table
 * @param {function(): Element} nothing what stands in its place
 */
export function listSection(title, make, nothing, actions = null) {
  const body = h("div"), element = section(title, { class: "flush", actions }, body);
  let list = null;
  return { element, update: (rows) => {
    if (rows.length === 0) {
      list = null;
      body.replaceChildren(nothing());
    } else if (list) {
      list.update(rows);
    } else {
      list = make(rows);
      body.replaceChildren(list.element);
    }
  } };
}

function problem(text, since, count) {
  if (!text) return h("span", { class: "none" }, "–");
  return h("div", { class: "health-error" }, inline(text, { max: 200 }), h("span", { class: "quiet" },
    count > 0 ? ` ${words.times(count)}` : "", since ? [` ${words.since} `, timeNode(since, "relative")] : ""));
}

export function sources() {
  return listSection(words.sources, (rows) => table({ caption: words.sources, rows, key: (source) => source.id, columns: [
    { title: words.source, lead: true, cell: (source) => h("span", { class: "lead-name" }, inline(source.label || source.id),
      source.label ? h("span", { class: "quiet" }, " ", inline(source.id)) : "") },
    { title: words.kind, class: "quiet", cell: (source) => inline(source.kind ?? "") },
    { title: words.state, class: "nowrap", cell: (source) => healthState(source.state) },
    { title: words.lastEvent, class: "nowrap labelled", cell: (source) => timeNode(source.last_event_time, "relative") },
    { title: words.read, class: "nowrap labelled", cell: (source) => timeNode(source.last_success_at, "relative") },
    { title: words.lag, numeric: true, cell: (source) => span(source.watermark_lag_seconds ?? source.lag_seconds) },
    { title: words.today, numeric: true, cell: (source) => number(source.rows_today) },
    { title: words.error, class: "labelled", cell: (source) => problem(source.error || source.fault, source.error_since, source.errors) },
  ] }), () => empty(words.noSources, h("code", { class: "command" }, "margay check --online")));
}

/** Sends a marked test alert. */
async function test(destination, button) {
  button.disabled = true;
  try {
    const answer = await send("POST", `/destinations/${part(destination.id)}/test`, {});
    notice(words.tested(printable(destination.id), printable(answer?.message ?? ""), answer?.ok !== false), { problem: answer?.ok === false });
  } finally {
    button.disabled = false;
  }
}

export function destinations({ admin }) {
  const testButton = (destination) => {
    const button = h("button", { type: "button", class: "button small", "aria-label": words.testOf(printable(destination.id)),
      on: { click: () => test(destination, button) } }, words.test);
    return button;
  };
  return listSection(words.destinations, (rows) => table({ caption: words.destinations, rows, key: (one) => one.id, columns: [
    { title: words.destination, lead: true, cell: (one) => h("div", null, h("span", { class: "lead-name" }, inline(one.id)), " ",
      admin && one.configured !== false ? testButton(one) : "") },
    { title: words.kind, class: "quiet", cell: (one) => inline(one.kind ?? "") },
    { title: words.circuit, class: "nowrap", cell: (one) => healthState(one.configured === false ? "gone" : one.circuit ?? "closed") },
    { title: words.gets, class: "quiet", cell: (one) => inline(one.gets ?? "") },
    { title: words.waiting, numeric: true, cell: (one) => number(one.waiting) },
    { title: words.parked, numeric: true, cell: (one) => number(one.parked) },
    { title: words.lastSuccess, class: "nowrap labelled", cell: (one) => timeNode(one.last_success, "relative") },
    { title: words.error, class: "labelled", cell: (one) => problem(one.last_error, one.failing_since, one.failures) },
  ] }), () => empty(words.noDestinations, h("p", null, words.noDestinationsHelp)));
}

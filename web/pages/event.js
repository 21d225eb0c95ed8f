/**
 * One event: its fields, the record as it came, and what happened around it.
 */
import { get, part, Problem } from "../lib/api.js";
import { empty, h, section } from "../lib/dom.js";
import { address, navigate } from "../lib/route.js";
import { table } from "../lib/table.js";
import { timeNode } from "../lib/time.js";
import { block, inline, printable } from "../lib/value.js";
import { canAsk, condition } from "../lib/where.js";
import { summaryOf } from "../lib/event_fields.js";
import { jsonTree } from "../lib/json_tree.js";
import { pair } from "../parts/search_results.js";
import { copyText } from "../parts/copy_text.js";
import { texts } from "../texts/en_data.js";

const words = texts.event;

const AROUND = ["1m", "10m", "1h"];
const AROUND_DEFAULT = "10m";
/** Milliseconds around the event that a search from here is about. */
const NEAR = 12 * 3600 * 1000;

/** A search about the time of this event. */
function searchNear(item, parameters) {
  const time = Date.parse(item.time), at = (offset) => new Date(time + offset).toISOString();
  return address("/search", { ...parameters, ...Number.isNaN(time) ? { since: "all" } : { since: at(-NEAR), until: at(NEAR) } });
}

/** What can be done with a value: search for it. */
function actions(item, path, value) {
  const go = (parameters) => navigate(searchNear(item, parameters));
  const indicator = /^p_any_/.test(path) && typeof value === "string";
  return [
    ...canAsk(path) ? [
      { text: words.searchOnly, run: () => go({ where: condition(path, value) }) },
      { text: words.searchWithout, run: () => go({ where: condition(path, value, true) }) },
    ] : [],
    ...indicator ? [{ text: texts.search.everything, run: () => navigate(address("/search", { indicator: value, since: "30d" })) }] : [],
    { text: texts.search.copy, run: () => copyText(typeof value === "object" ? JSON.stringify(value) : String(value)) },
  ];
}

function facts(item) {
  const row = (name, ...value) => h("div", { class: "fact" }, h("dt", null, name), h("dd", null, value));
  return h("dl", { class: "facts-line" },
    row(words.time, timeNode(item.time)),
    row(words.type, h("a", { href: searchNear(item, { log_type: item.log_type }), title: words.sameType }, inline(item.log_type))),
    row(words.source, inline(item.source)),
    row(words.row, h("code", { class: "mono" }, inline(item.row_id))));
}

function aroundTable(item) {
  const others = [...item.around ?? []].sort((a, b) => a.time < b.time ? -1 : a.time > b.time ? 1 : 0);
  const isThis = (other) => other.row_id === item.row_id;
  if (others.every(isThis)) return empty(words.aroundNone);
  return table({
    caption: words.aroundCaption(others.length), rows: others, class: "events", key: (other) => other.row_id,
    rowClass: (other) => isThis(other) ? "selected" : null,
    columns: [
      { title: words.time, lead: true, class: "nowrap", cell: (other) => h("a", { href: `/events/${part(other.row_id)}`,
        "aria-current": isThis(other) ? "true" : null }, timeNode(other.time, "full")) },
      { title: words.type, class: "nowrap quiet", cell: (other) => [inline(other.log_type), isThis(other) ? ` (${words.this})` : ""] },
      { title: words.fields, cell: (other) => h("div", { class: "event-summary" }, summaryOf(other.event ?? {}, other.time).map(pair)) },
    ],
  }).element;
}

function aroundChoice(row, chosen) {
  return h("nav", { class: "segments", "aria-label": words.aroundRange },
    AROUND.map((length) => h("a", { href: address(`/events/${part(row)}`, { around: length }),
      "aria-current": length === chosen ? "true" : null }, words.ranges[length])));
}

/** The record's bytes, indented where they are JSON. */
function record(text) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch { /* shown as it is */ }
  return block(shown, { class: "mono" });
}

export async function show(main, { parameters, query, signal }) {
  const around = AROUND.includes(query.get("around")) ? query.get("around") : AROUND_DEFAULT;
  let item;
  try {
    item = await get(`/events/${part(parameters.row)}`, { around }, { signal });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    main.replaceChildren(h("div", { class: "page" }, h("h1", null, words.missing),
      empty(words.missingHelp, h("a", { class: "button", href: "/search" }, words.back))));
    return;
  }
  document.title = `${words.title(printable(item.log_type))} · margay`;
  const copy = h("button", { type: "button", class: "link", on: { click: () => copyText(JSON.stringify(item.event, null, 2)) } }, texts.search.copyJson);
  const target = h("div", { class: "page" }, h("a", { class: "back", href: "/search" }, "‹ ", words.back),
    h("h1", null, words.title(printable(item.log_type))), facts(item),
    h("div", { class: "event-parts" },
      item.event && section(words.fields, { actions: copy },
        jsonTree(item.event, { label: texts.search.treeOf, actions: (path, value) => actions(item, path, value) })),
      item.record === undefined ? null : section(words.record, {}, h("p", { class: "hint" }, words.recordHelp), record(item.record)),
      section(words.commands, {}, h("code", { class: "command" }, words.explainCommand(printable(item.row_id))),
        h("code", { class: "command" }, words.newCommand(printable(item.row_id))))),
    section(words.around, { class: "flush", id: "around", actions: aroundChoice(item.row_id, around) }, aroundTable(item)));
  main.replaceChildren(target);
  if (location.hash === "#around") target.querySelector("#around").scrollIntoView();
}

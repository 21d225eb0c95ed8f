/**
 * What a search found, as a table: a row opens into the event's fields; columns are chosen.
 */
import { h } from "../lib/dom.js";
import { table } from "../lib/table.js";
import { timeNode } from "../lib/time.js";
import { block, inline } from "../lib/value.js";
import { jsonTree } from "../lib/json_tree.js";
import { summaryOf, valuesAt } from "../lib/event_fields.js";
import { menuButton } from "../lib/menu.js";
import { copyText } from "./copy_text.js";
import { texts } from "../texts/en_data.js";

const words = texts.search;

/** Values of one cell that are shown; through lists there may be many. */
const VALUES_MAX = 5;

/** Up to here a value is not broken over lines: most addresses of people. */
const WORD_MAX = 32;

/** A field and its value, as they stand in a summary. */
export function pair([path, value]) {
  return [h("span", { class: "pair-key" }, inline(path)), " ", inline(value, { class: "pair-value", max: 160 }), "  "];
}

function summary(item) {
  if (!item.event) return h("div", { class: "event-summary quiet" }, words.noSchema, " ", inline(item.record ?? "", { max: 300 }));
  return h("div", { class: "event-summary" }, summaryOf(item.event, item.time).map(pair));
}

function valueCell(item, path, actions) {
  const values = valuesAt(item.event ?? {}, path);
  return values.slice(0, VALUES_MAX).map((value, i) => [i > 0 ? ", " : "",
    menuButton({ class: String(value).length <= WORD_MAX ? "value-button nowrap" : "value-button" },
      value === "" ? texts.tree.emptyText : inline(value ?? "null", { max: 120 }), () => actions(path, value))])
    .concat(values.length > VALUES_MAX ? [" …"] : []);
}

function detail(item, span, actions) {
  return h("tr", { class: "event-detail", role: "row" }, h("td", { colspan: span, role: "cell" },
    h("div", { class: "event-links" },
      h("a", { href: `/events/${encodeURIComponent(item.row_id)}` }, words.open),
      h("a", { href: `/events/${encodeURIComponent(item.row_id)}?around=10m#around` }, words.around),
      h("button", { type: "button", class: "link", on: { click: () => copyText(item.event ? JSON.stringify(item.event, null, 2) : item.record ?? "") } }, words.copyJson)),
    item.event ? jsonTree(item.event, { label: words.treeOf, actions }) : block(item.record ?? "", { class: "mono" })));
}

/**
 * @param {Object[]} items as events.search answers
 * @param {string[]} columns paths
 * @param {{actions: function(string, *): Array, removeColumn: function(string): void}} options
 * @returns {{element: HTMLElement, update: function(Object[]): void}}
 */
export function searchResults(items, columns, { actions, removeColumn }) {
  let shown = items;
  const opened = new Set(), span = 3 + Math.max(0, columns.length - 1);
  const lineOf = (key) => list.element.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
  const openRow = (key) => {
    const line = lineOf(key), item = shown.find((one) => one.row_id === key);
    if (!line || !item) return;
    line.querySelector("[data-lead]").setAttribute("aria-expanded", "true");
    line.after(detail(item, span, actions));
  };
  const toggle = (key) => {
    if (opened.delete(key)) {
      const line = lineOf(key);
      line.querySelector("[data-lead]").setAttribute("aria-expanded", "false");
      line.nextElementSibling.remove();
    } else {
      opened.add(key);
      openRow(key);
    }
  };
  const list = table({
    caption: words.results(items.length), class: "events", key: (item) => item.row_id, rows: items,
    columns: [
      { title: words.time, lead: true, class: "nowrap", cell: (item) => h("button", { type: "button", class: "row-button", "aria-expanded": "false",
        on: { click: () => toggle(item.row_id) } }, timeNode(item.time, "full")) },
      { title: words.type, class: "nowrap quiet", cell: (item) => inline(item.log_type) },
      ...columns.length === 0 ? [{ title: words.event, cell: summary }]
        : columns.map((path) => ({ title: path, cell: (item) => valueCell(item, path, actions), class: "wrap labelled" })),
    ],
  });
  if (columns.length > 0) headings(list.element, columns, removeColumn);
  return { element: list.element, update: (more) => {
    shown = more;
    list.update(more);
    if (columns.length > 0) headings(list.element, columns, removeColumn);
    for (const key of opened) openRow(key);
  } };
}

/** Chosen columns can be taken away at their headings. */
function headings(element, columns, removeColumn) {
  [...element.querySelectorAll("thead th")].slice(-columns.length).forEach((cell, i) => {
    cell.append(" ", h("button", { type: "button", class: "icon-button", "aria-label": words.noColumn(columns[i]),
      on: { click: () => removeColumn(columns[i]) } }, "×"));
  });
}

/**
 * Tables: sortable headings, one stop for the Tab key, arrow keys between rows, and cards on a
 * narrow screen (style.css). The element that a row is opened by is its `lead`: a link, so that
 * Enter, a middle click and a screen reader do what they do with links.
 *
 *   table({ caption: "Sources", key: (row) => row.id, columns: [
 *     { title: "Source", lead: true, cell: (row) => h("a", { href: … }, row.id) },
 *     { title: "Events", numeric: true, cell: (row) => number(row.events) },
 *   ], rows })
 */
import { h } from "./dom.js";
import { texts } from "../texts/en.js";

const KEYS = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 };

function leads(body) {
  return [...body.querySelectorAll("[data-lead]")].filter((lead) => lead.offsetParent !== null);
}

/** One row's lead is reached by Tab: the one that had the focus last. */
function setCurrent(body, lead) {
  for (const other of body.querySelectorAll('[data-lead][tabindex="0"]')) other.tabIndex = -1;
  if (lead) lead.tabIndex = 0;
}

function move(body, event) {
  const all = leads(body);
  const at = all.indexOf(event.target);
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const to = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1
    : KEYS[event.key] ? Math.max(0, Math.min(all.length - 1, at + KEYS[event.key])) : null;
  if (to === null) return;
  event.preventDefault();
  setCurrent(body, all[to]);
  all[to].focus();
  all[to].scrollIntoView({ block: "nearest" });
}

function heading(column, sort, onSort) {
  const properties = { scope: "col", role: "columnheader", class: column.numeric ? "numeric" : column.class };
  if (!column.sort || !onSort) {
    return h("th", properties, column.hideTitle ? h("span", { class: "hidden" }, column.title) : column.title);
  }
  const now = sort?.by === column.sort ? sort.order : null;
  const next = now === "descending" ? "ascending" : "descending";
  return h("th", { ...properties, "aria-sort": now ?? "none" },
    h("button", { type: "button", class: "sort", on: { click: () => onSort({ by: column.sort, order: next }) } },
      column.title, h("span", { class: "sort-mark", "aria-hidden": "true" }, now === "ascending" ? "▲" : now ? "▼" : "")));
}

function cell(column, row) {
  const content = column.cell(row);
  if (column.lead && content instanceof Element) {
    const lead = content.matches("a, button") ? content : content.querySelector("a, button");
    lead?.setAttribute("data-lead", "");
    if (lead) lead.tabIndex = -1;
  }
  return h(column.lead ? "th" : "td", {
    role: column.lead ? "rowheader" : "cell", scope: column.lead ? "row" : null,
    class: [column.numeric && "numeric", column.class].filter(Boolean).join(" ") || null, "data-label": column.hideTitle ? null : column.title,
  }, content);
}

/** The other things in a row that can take the focus are for the mouse: Tab would stop too often. */
function makeRow(columns, row, options) {
  const line = h("tr", { role: "row", class: options.rowClass?.(row) ?? null, "data-key": options.key?.(row) ?? null },
    columns.map((column) => cell(column, row)));
  for (const other of line.querySelectorAll("a, button, input")) {
    if (!other.hasAttribute("data-lead") && line.querySelector("[data-lead]")) other.tabIndex = -1;
  }
  return line;
}

/**
 * @param {Object} options
 * @param {string} options.caption says what is listed; hidden unless showCaption
 * @param {boolean} [options.showCaption]
 * @param {Array<{title: string, cell: function(*): *, lead?: boolean, numeric?: boolean, class?: string,
 *   sort?: string, hideTitle?: boolean}>} options.columns sort: the name that onSort gets
 * @param {Array} options.rows
 * @param {function(*): string} [options.key] of a row; rows with a key keep the focus over update()
 * @param {function(*): ?string} [options.rowClass]
 * @param {{by: string, order: "ascending"|"descending"}} [options.sort] how it is sorted
 * @param {function({by: string, order: string}): void} [options.onSort]
 * @param {function(string, Element): void} [options.onSpace] Space on the lead of a row with this key
 * @param {string} [options.class]
 * @returns {{element: HTMLElement, update: function(Array, {sort?: Object}=): void}}
 */
export function table(options) {
  const head = h("thead", { role: "rowgroup" }), body = h("tbody", { role: "rowgroup" });
  const element = h("div", { class: "table-box" },
    h("table", { role: "table", class: options.class ?? null },
      h("caption", { class: options.showCaption ? null : "hidden" }, options.caption), head, body));

  body.addEventListener("keydown", (event) => {
    if (event.key === " " && options.onSpace && event.target.hasAttribute("data-lead")) {
      event.preventDefault();
      const line = event.target.closest("tr");
      options.onSpace(line.dataset.key, line);
    } else {
      move(body, event);
    }
  });
  body.addEventListener("focusin", (event) => event.target.hasAttribute("data-lead") && setCurrent(body, event.target));

  function update(rows, { sort = options.sort } = {}) {
    const focused = body.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset.key : null;
    head.replaceChildren(h("tr", { role: "row" }, options.columns.map((column) => heading(column, sort, options.onSort))));
    body.replaceChildren(...rows.map((row) => makeRow(options.columns, row, options)));
    const again = focused && [...body.rows].find((line) => line.dataset.key === focused)?.querySelector("[data-lead]");
    setCurrent(body, again || body.querySelector("[data-lead]"));
    if (again) again.focus({ preventScroll: true });
  }
  update(options.rows);
  return { element, update };
}

/** A button for the next rows, or nothing where these were the last. */
export function moreButton(next, load) {
  if (!next) return null;
  const button = h("button", { type: "button", class: "button more", on: { click: async () => {
    button.disabled = true;
    await load(next);
  } } }, texts.loadMore);
  return button;
}

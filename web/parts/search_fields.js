/**
 * The fields of the events that are shown: each can become a column, and opens into its most common
 * values, which are counted over more events than are shown.
 */
import { get } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { number } from "../lib/time.js";
import { inline } from "../lib/value.js";
import { fieldsOf } from "../lib/event_fields.js";
import { menuButton } from "../lib/menu.js";
import { texts } from "../texts/en_data.js";

const words = texts.search;

function topValue(path, { value, count }, most, actions) {
  const bar = h("span", { class: "share-bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", String(count / most));
  return h("li", { class: "share" }, bar,
    h("span", { class: "share-name" }, menuButton({ class: "value-button" },
      value === "" ? texts.tree.emptyText : inline(value ?? "null", { max: 80 }), () => actions(path, value))),
    h("span", { class: "share-count" }, number(count)));
}

async function fillTop(box, path, { parameters, actions, signal }) {
  const answer = !canCount(path) ? {} : await get("/events/fields", { ...parameters, fields: path }, { signal });
  const values = answer.fields?.[path] ?? [];
  const most = Math.max(1, ...values.map((one) => one.count));
  box.replaceChildren(h("p", { class: "hint" }, values.length > 0 ? words.top(answer.sampled) : words.topNone),
    h("ol", { class: "shares" }, values.map((one) => topValue(path, one, most, actions))));
}

/** Whether the API can be asked for the values of a field: a list of paths has commas, a request no controls. */
function canCount(path) {
  // eslint-disable-next-line no-control-regex
  return !/[,\u0000-\u001f\u007f]/.test(path);
}

function fieldRow({ path, count }, all, options) {
  const chosen = options.columns.includes(path);
  const box = h("div", { class: "field-top" });
  const details = h("details", { "data-path": path }, h("summary", null, h("span", { class: "field-path" }, inline(path, { max: 120 })),
    h("span", { class: "field-share", title: words.share(count, all) }, count < all ? `${Math.round(100 * count / all)}%` : "")), box);
  details.addEventListener("toggle", () => {
    if (details.open && box.childElementCount === 0) fillTop(box, path, options);
  });
  const label = chosen ? words.noColumn(path) : words.column(path);
  return h("li", { class: "field-row" }, details, h("button", { type: "button", class: "icon-button", "aria-pressed": String(chosen),
    "aria-label": label, title: label, on: { click: () => options.toggleColumn(path) } }, chosen ? "−" : "+"));
}

/**
 * @param {Object[]} items events of the search
 * @param {{columns: string[], parameters: Object, actions: function(string, *): Array, toggleColumn: function(string): void, signal: AbortSignal}} options
 * @returns {{element: HTMLElement, open: function(string): void}} open: shows a field's values
 */
export function searchFields(items, options) {
  const fields = fieldsOf(items.map((item) => item.event ?? {}));
  const list = h("ul", { class: "field-list" }, fields.map((field) => fieldRow(field, items.length, options)));
  const element = h("details", { class: "panel search-fields", open: matchMedia("(min-width: 1000px)").matches },
    h("summary", null, h("h2", null, words.fields)), h("p", { class: "hint" }, words.fieldsHelp), list);
  return { element, open: (path) => {
    element.open = true;
    const details = list.querySelector(`details[data-path="${CSS.escape(path)}"]`);
    if (!details) return;
    details.open = true;
    details.querySelector("summary").focus();
  } };
}

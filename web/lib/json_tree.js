/**
 * An event as a tree: its fields in the order in which they came, nested ones below what holds
 * them. A value is a button where something can be done with it.
 */
import { h } from "./dom.js";
import { block, inline, printable } from "./value.js";
import { menuButton } from "./menu.js";
import { texts } from "../texts/en_data.js";

/** Below this a value is shown as text; no schema goes so far. */
const DEPTH_MAX = 32;
/** Members that are shown of an object or a list until somebody asks for more. */
const MEMBERS_MAX = 200;
/** Characters of a value that are shown in its line. */
const LINE_MAX = 300;

function kindOf(value) {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}

function leaf(value, path, options) {
  const shown = typeof value === "string" && value === "" ? texts.tree.emptyText : value === null ? "null" : inline(value, { max: LINE_MAX });
  const kind = `value ${kindOf(value)}`;
  const items = path === null ? null : options.actions?.(path, value);
  const node = items?.length > 0 ? menuButton({ class: `${kind} value-button` }, shown, () => items) : h("span", { class: kind }, shown);
  if (typeof value !== "string" || printable(value).length <= LINE_MAX) return node;
  const more = h("button", { type: "button", class: "link", on: { click: () => more.replaceWith(block(value)) } }, texts.tree.whole);
  return [node, " ", more];
}

function below(path, key, isList) {
  if (path === null || isList) return path;
  return /[.|=\s]/.test(key) ? null : path === "" ? key : `${path}.${key}`;
}

function members(value, path, depth, options) {
  const isList = Array.isArray(value), keys = Object.keys(value);
  const list = h("ul", { class: "tree-members" });
  const add = (from) => {
    list.append(...keys.slice(from, from + MEMBERS_MAX).map((key) => member(key, value[key], below(path, key, isList), depth, options)));
    if (from + MEMBERS_MAX >= keys.length) return;
    const more = h("li", null, h("button", { type: "button", class: "link",
      on: { click: () => { more.remove(); add(from + MEMBERS_MAX); } } }, texts.tree.more(keys.length - from - MEMBERS_MAX)));
    list.append(more);
  };
  add(0);
  return list;
}

function member(key, value, path, depth, options) {
  const name = h("span", { class: "tree-key" }, inline(key, { max: 120 }));
  const nested = value !== null && typeof value === "object";
  if (!nested || depth >= DEPTH_MAX) return h("li", null, name, " ", leaf(value, path, options));
  const count = Object.keys(value).length;
  const size = h("span", { class: "tree-size" }, Array.isArray(value) ? `[${count}]` : `{${count}}`);
  if (count === 0) return h("li", null, name, " ", size);
  return h("li", null, h("details", { open: true }, h("summary", null, name, " ", size), members(value, path, depth + 1, options)));
}

/**
 * @param {Object} value an event
 * @param {{label: string, actions?: function(string, *): ?Array<{text: string, run: function(): void}>}} options
 *   label: what it is, for screen readers; actions: what can be done with a value: gets the path of
 *   its field without places in lists, and the value
 * @returns {HTMLElement}
 */
export function jsonTree(value, options) {
  return h("div", { class: "tree", role: "group", "aria-label": options.label }, members(value ?? {}, "", 0, options));
}

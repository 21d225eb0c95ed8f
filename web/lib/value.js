/**
 * Values of events, as they may be shown. Whoever is watched writes them: characters that turn the
 * direction of a line, or that nobody sees, are made visible, and a value of 100 kB is cut.
 */
import { h } from "./dom.js";
import { texts } from "../texts/en.js";

/** Controls, marks of direction, zero-width characters, line separators. */
// eslint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Characters of a value in a line, and in a block, until somebody asks for the rest. */
const LINE_MAX = 300;
const BLOCK_MAX = 4000;

/**
 * @param {*} value a text, number, truth value, null; lists and objects become JSON
 * @returns {string} one that shows what is in it
 */
export function printable(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(INVISIBLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function cut(text, max) {
  if (text.length <= max) return text;
  const end = /[\ud800-\udbff]/.test(text[max - 1]) ? max - 1 : max; // not within a pair
  return text.slice(0, end);
}

/**
 * A value in a line: cut, and apart from the direction of the text around it.
 * @param {*} value
 * @param {{class?: string, max?: number}} [options]
 * @returns {HTMLElement}
 */
export function inline(value, { class: name = null, max = LINE_MAX } = {}) {
  const text = printable(value).replace(/\s+/g, " ");
  const shown = cut(text, max);
  return h("bdi", { class: name, title: shown.length > 60 ? cut(text, 1000) : null },
    shown.length < text.length ? `${shown}…` : shown);
}

/**
 * A value that may have lines, with a button for the rest of a long one.
 * @param {*} value
 * @param {{class?: string}} [options]
 * @returns {HTMLElement}
 */
export function block(value, { class: name = "" } = {}) {
  const text = printable(value);
  const shown = cut(text, BLOCK_MAX);
  const body = h("bdi", { class: `lines ${name}`.trim(), dir: "auto" }, shown);
  if (shown.length === text.length) return body;
  const more = h("button", { type: "button", class: "link", on: { click: () => { body.textContent = text; more.remove(); } } },
    texts.more(text.length - shown.length));
  return h("div", null, body, more);
}

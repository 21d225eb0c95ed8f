/**
 * Elements, made by DOM calls alone. Data from events is hostile: it becomes text nodes and checked
 * attributes, never markup. Nothing in the dashboard sets innerHTML, a style attribute or a handler
 * by name; h() refuses all three.
 */

const SVG = "http://www.w3.org/2000/svg";
const URL_ATTRIBUTES = new Set(["href", "src", "action", "formaction"]);

/** What an address may begin with: a path of this site, or a page on the web. */
const SAFE_URL = /^(\/(?!\/)|[?#]|https?:\/\/)/i;

/**
 * @param {*} url
 * @returns {?string} the address, or null where following it could run something
 */
function safeUrl(url) {
  const text = String(url);
  return SAFE_URL.test(text) ? text : null;
}

function setProperty(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") {
    for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
  } else if (/^on|^style$|^srcdoc$|html$/i.test(name)) {
    throw new Error(`h: '${name}' is not for markup made of data`);
  } else if (URL_ATTRIBUTES.has(name)) {
    const url = safeUrl(value);
    if (url !== null) element.setAttribute(name, url);
  } else if (name === "value" && "value" in element) {
    element.value = value;
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) setProperty(element, name, value);
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/**
 * Makes an element.
 * @param {string} tag
 * @param {?Object} properties attributes; `on: {click: …}` adds listeners; null and false leave out
 * @param {...*} children nodes, texts, numbers, or lists of them; null and false are left out
 * @returns {HTMLElement}
 */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for an element of SVG. */
export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** A part of a page with a heading, as a landmark that the heading names. */
export function section(title, properties, ...children) {
  const id = `s-${nextId()}`;
  const { level = 2, actions = null, ...rest } = properties ?? {};
  return h("section", { "aria-labelledby": id, ...rest, class: `panel ${rest.class ?? ""}`.trim() },
    h("div", { class: "panel-head" }, h(`h${level}`, { id }, title), actions),
    ...children);
}

/** What a list says that has nothing in it: what that means, and what to do next. */
export function empty(title, ...children) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), ...children);
}

let ids = 0;

/** @returns {number} unlike any other of this page */
export function nextId() {
  return ++ids;
}

/** Says something to screen readers, in their own time. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/**
 * Shows a short message at the edge of the window, for some seconds; a problem stays until it is
 * closed.
 * @param {string} text
 * @param {{problem?: boolean}} [options]
 */
export function notice(text, { problem = false } = {}) {
  const box = h("div", { class: problem ? "notice problem" : "notice", role: problem ? "alert" : null },
    h("span", null, text),
    h("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => box.remove() } }, "×"));
  document.getElementById("notices").append(box);
  if (!problem) setTimeout(() => box.remove(), 5000);
}

/**
 * A small menu beside the button that opens it: a popover of the browser, so it lies above
 * everything, closes by Escape or a click elsewhere, and gives the focus back.
 */
import { h } from "./dom.js";

/** Pixels between the menu and the window's edge. */
const EDGE = 8;

function place(menu, anchor) {
  const at = anchor.getBoundingClientRect(), size = menu.getBoundingClientRect();
  const below = at.bottom + size.height + EDGE <= innerHeight || at.top < size.height + EDGE;
  menu.style.left = `${Math.max(EDGE, Math.min(at.left, innerWidth - size.width - EDGE))}px`;
  menu.style.top = `${below ? at.bottom + 2 : at.top - size.height - 2}px`;
}

/** Arrow keys go round; Tab leaves, as menus do. */
function move(menu, event) {
  const items = [...menu.querySelectorAll("button")], at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  items[(to + items.length) % items.length].focus();
}

/**
 * @param {HTMLElement} anchor the button that was pressed
 * @param {Array<{text: string, run: function(): void}>} items
 */
function openMenu(anchor, items) {
  const menu = h("div", { class: "menu", role: "menu", popover: "auto", "aria-label": anchor.textContent.slice(0, 60) },
    items.map((item) => h("button", { type: "button", role: "menuitem", tabindex: "-1",
      on: { click: () => { menu.hidePopover(); item.run(); } } }, item.text)));
  menu.addEventListener("keydown", (event) => move(menu, event));
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    menu.remove();
  });
  anchor.after(menu);
  menu.showPopover();
  place(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  menu.querySelector("button")?.focus();
}

/**
 * A button with a menu.
 * @param {Object} properties of the button
 * @param {*} children
 * @param {function(): Array<{text: string, run: function(): void}>} items asked for when it is pressed
 * @returns {HTMLElement}
 */
export function menuButton(properties, children, items) {
  const button = h("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...properties,
    on: { click: () => openMenu(button, items()) } }, children);
  return button;
}

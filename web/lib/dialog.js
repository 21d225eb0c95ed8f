/**
 * Dialogs that ask for something: the browser's own <dialog>, so that Escape, the focus and what is
 * behind it behave as anywhere.
 */
import { h, nextId } from "./dom.js";
import { texts } from "../texts/en.js";

/**
 * Asks. The dialog stays open, and says what is wrong, while `submit` fails.
 * @param {Object} options
 * @param {string} options.title
 * @param {Array} options.body elements of the form, with names
 * @param {string} options.action the button that does it: a verb
 * @param {boolean} [options.danger]
 * @param {function(FormData): Promise<*>} options.submit
 * @returns {Promise<*>} what submit returned; null where it was closed without
 */
export function ask({ title, body, action, danger = false, submit }) {
  const id = `d-${nextId()}`;
  const problem = h("p", { class: "form-problem", role: "alert", hidden: true });
  const go = h("button", { type: "submit", class: danger ? "button danger" : "button primary" }, action);
  const form = h("form", { method: "dialog", class: "form" }, h("h2", { id }, title), body, problem,
    h("div", { class: "form-end" },
      h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, texts.cancel), go));
  const dialog = h("dialog", { "aria-labelledby": id, class: "dialog" }, form);
  return new Promise((resolve) => {
    let result = null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      try {
        result = await submit(new FormData(form));
        dialog.close();
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
        go.disabled = false;
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * A field with its label.
 * @param {string} label
 * @param {HTMLElement} input an input, select or textarea
 * @param {string} [hint]
 */
export function field(label, input, hint = null) {
  const id = `f-${nextId()}`;
  input.id = id;
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field" }, h("label", { for: id }, label), input,
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint));
}

/**
 * A choice of one.
 * @param {string} name
 * @param {Array<[string, string]>} choices value and text
 * @param {string} [chosen]
 */
export function select(name, choices, chosen = "") {
  return h("select", { name, class: "input" },
    choices.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
}

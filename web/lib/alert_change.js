/**
 * Changes of alerts: what a person decides, and the dialogs that ask for what it needs.
 */
import { part, send } from "./api.js";
import { ask, field } from "./dialog.js";
import { h } from "./dom.js";
import { RESOLUTIONS } from "./severity.js";
import { texts } from "../texts/en.js";

const t = texts.alert;

/**
 * @param {string} id of the alert
 * @param {Object} change as `POST /alerts/{id}/changes` takes it
 * @param {{match?: string}} [options] match: the ETag that the change is meant for
 * @returns {Promise<Object>} the alert, changed
 */
export function change(id, body, options = {}) {
  return send("POST", `/alerts/${part(id)}/changes`, body, options);
}

function noteField(label) {
  return field(label, h("textarea", { name: "note", class: "input", rows: 3, maxlength: 4000 }), t.noteHint);
}

/** A change without what was left empty. */
function filled(body) {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== "" && value !== null));
}

/**
 * Asks what it was.
 * @param {string} title
 * @param {function(Object): Promise<*>} submit gets the change
 * @returns {Promise<*>} what submit returned, or null
 */
export function askResolution(title, submit) {
  return ask({
    title, action: t.resolve, body: [
      h("fieldset", null, h("legend", null, t.resolutionLabel), RESOLUTIONS.map((name, i) => h("label", { class: "choice" },
        h("input", { type: "radio", name: "resolution", value: name, checked: i === 0, autofocus: i === 0 }), h("span", null, texts.resolution[name]),
        h("span", { class: "hint" }, t.resolutionHelp[name])))),
      noteField(t.noteOptional)],
    submit: (form) => submit(filled({ change: "resolve", resolution: form.get("resolution"), note: form.get("note").trim() })),
  });
}

/** Asks whose it is. @param {?string} assignee so far */
export function askAssignee(assignee, submit) {
  return ask({
    title: t.assignTitle, action: t.assign, body: [
      field(t.assignee, h("input", { name: "assignee", class: "input", value: assignee ?? "", autocomplete: "email", spellcheck: "false", autofocus: true }), t.assigneeHint)],
    submit: (form) => submit({ change: "assign", assignee: form.get("assignee").trim() }),
  });
}

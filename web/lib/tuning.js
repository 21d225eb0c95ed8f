/**
 * Mutes and exceptions from the dashboard: what `margay tune` writes, asked for in a dialog.
 */
import { send } from "./api.js";
import { ask, field } from "./dialog.js";
import { h } from "./dom.js";
import { flatten } from "./event_view.js";
import { inline } from "./value.js";
import { texts } from "../texts/en.js";

const t = texts.alert;

/** Fields that an exception cannot be made of: they differ in each event, or margay adds them later. */
const NOT_FOR_EXCEPTIONS = /^(p_(row_id|event_time|parse_time|log_type|source_id|source_label|rule_id|any_.*)|time|.*_time|uuid|id)$/;
const FIELDS_MAX = 40;
const VALUE_MAX = 300;

const DAY = 86400000;

function reasonField() {
  return field(t.reason, h("input", { name: "reason", class: "input", required: true, autocomplete: "off" }), t.reasonHint);
}

function untilOf(form) {
  const chosen = form.get("for");
  const until = chosen === "date" ? new Date(`${form.get("date")}T00:00:00`) : new Date(Date.now() + parseInt(chosen, 10) * DAY);
  if (Number.isNaN(until.getTime())) throw new Error(t.muteNoDate);
  return until.toISOString();
}

/**
 * Asks for how long, and mutes.
 * @param {string} rule its id
 * @returns {Promise<?Object>} the API's answer, null where it was closed
 */
export function askMute(rule) {
  const date = h("input", { type: "date", name: "date", class: "input", "aria-label": t.muteDate, min: new Date().toISOString().slice(0, 10) });
  return ask({
    title: t.muteTitle, action: t.muteAction, body: [
      h("p", { class: "quiet" }, inline(rule), ". ", t.muteHint),
      h("fieldset", null, h("legend", null, t.muteUntil), Object.entries(t.muteFor).map(([value, text], i) => h("label", { class: "choice" },
        h("input", { type: "radio", name: "for", value, checked: i === 0, autofocus: i === 0 }), h("span", null, text, " ", value === "date" && date)))),
      reasonField()],
    submit: (form) => send("POST", "/tuning", { rule, mute_until: untilOf(form), reason: form.get("reason").trim() }),
  });
}

/** The fields of an event that an exception may be made of. */
function choices(event) {
  return flatten(event).filter(([name, value]) => !NOT_FOR_EXCEPTIONS.test(name) && value !== null && typeof value !== "object" &&
    String(value) !== "" && String(value).length <= VALUE_MAX).slice(0, FIELDS_MAX);
}

/**
 * Asks which values of an event make it one to leave out, and adds the exception.
 * @param {string} rule its id
 * @param {Object} event
 * @param {string} actor is chosen from the start
 */
export function askExcept(rule, event, actor) {
  const fields = choices(event);
  return ask({
    title: t.exceptTitle, action: t.exceptAction, body: [
      h("p", { class: "quiet" }, inline(rule), ". ", t.exceptHint),
      h("fieldset", { class: "except-fields" }, h("legend", null, t.exceptFields), fields.map(([name, value], i) => h("label", { class: "choice" },
        h("input", { type: "checkbox", name: "field", value: String(i), checked: actor !== "" && value === actor }),
        h("span", null, inline(name, { class: "mono" }), " = ", inline(value, { max: 80 }))))),
      reasonField()],
    submit: (form) => {
      const except = Object.fromEntries(form.getAll("field").map((i) => fields[Number(i)]));
      if (Object.keys(except).length === 0) throw new Error(t.exceptNone);
      return send("POST", "/tuning", { rule, except, reason: form.get("reason").trim() });
    },
  });
}

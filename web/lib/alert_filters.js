/**
 * What is chosen in the list of alerts: the form over the list and the marks of what the form does
 * not show. The names are those of `GET /alerts`, in the page's address, too.
 */
import { field, select } from "./dialog.js";
import { h } from "./dom.js";
import { SEVERITIES, STATES, shape } from "./severity.js";
import { dayName } from "./time.js";
import { inline } from "./value.js";
import { texts } from "../texts/en.js";

const t = texts.alerts;

/** Where the list was left, for the way back: its address, and the alert that was opened. */
export const left = { list: "/alerts?status=open", opened: null };

/** Every name that the list knows; what else is in an address is ignored. */
const NAMES = ["status", "severity", "rule", "actor", "source", "type", "since", "until", "q"];

/** Shown as marks that can be removed, because the form has them behind a button or not at all. */
const MARKED = ["rule", "actor", "source", "type", "since", "until"];

/** @returns {Object<string, string>} the filters of an address */
export function readFilters(query) {
  const filters = {};
  for (const name of NAMES) {
    const values = query.getAll(name).filter(Boolean);
    if (values.length) filters[name] = name === "status" ? values : values[0];
  }
  return filters;
}

/** Whether anything but the state is chosen. */
export function isFiltered(filters) {
  return Object.keys(filters).some((name) => name !== "status");
}

/** The states that can be chosen at once, and their name. */
const STATUS_CHOICES = [
  ["open,acknowledged", t.unresolved], ["open", texts.state.open], ["acknowledged", texts.state.acknowledged],
  ["resolved", texts.state.resolved], ["", t.statusAll],
];

function statusChoice(filters, change) {
  const chosen = STATES.filter((state) => filters.status?.includes(state)).join();
  return h("fieldset", { class: "segments-field" }, h("legend", { class: "hidden" }, t.status), h("div", { class: "segments" },
    STATUS_CHOICES.map(([value, text]) => h("label", null,
      h("input", { type: "radio", name: "status", value, checked: value === chosen, on: { change: () => change({ status: value ? value.split(",") : null }) } }),
      STATES.includes(value) && shape(value), text))));
}

function choice(label, name, choices, filters, change) {
  const known = choices.some(([value]) => value === (filters[name] ?? ""));
  const input = select(name, known ? choices : [...choices, [filters[name], markText(name, filters[name])]], filters[name] ?? "");
  input.setAttribute("aria-label", label);
  input.addEventListener("change", () => change({ [name]: input.value || null }));
  return input;
}

/** Milliseconds without a key until what is typed is searched for. */
const TYPING = 250;

function searchBox(filters, change) {
  let timer = null;
  const input = h("input", { type: "search", name: "q", class: "input grow", placeholder: t.search, "aria-label": t.search, value: filters.q ?? "", autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => change({ q: input.value.trim() || null }), TYPING);
  });
  return input;
}

/** The filters that few need: a small form behind a button. */
function moreFilters(filters, change) {
  const input = (name, type = "text") => h("input", { name, type, class: "input", value: type === "date" ? (filters[name] ?? "").slice(0, 10) : filters[name] ?? "", spellcheck: "false", autocomplete: "off" });
  const box = h("details", { class: "filter-popup" }, h("summary", { class: "button" }, t.more),
    h("form", { class: "form filter-popup-body", on: { submit: (event) => {
      event.preventDefault();
      box.open = false;
      const form = new FormData(event.target);
      change(Object.fromEntries(["rule", "actor", "source", "type", "until"].map((name) => [name, form.get(name).trim() || null])
        .concat(form.get("since") ? [["since", form.get("since")]] : [])));
    } } },
    field(t.rule, input("rule")), field(t.actor, input("actor")), field(t.source, input("source")),
    field(t.type, select("type", [["", t.statusAll], ["rule", t.typeOf.rule], ["system", t.typeOf.system]], filters.type ?? "")),
    field(t.from, input("since", "date")), field(t.until, input("until", "date")),
    h("div", { class: "form-end" }, h("button", { type: "submit", class: "button primary" }, t.apply))));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    box.open = false;
    box.querySelector("summary").focus();
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) box.open = false;
  });
  return box;
}

function markText(name, value) {
  return name === "since" || name === "until" ? dayName(value) : value;
}

/**
 * The marks of chosen filters, each with a button that removes it.
 * @param {Object} filters
 * @param {function(Object): void} change gets the filters that are to be different; null removes one
 */
export function filterMarks(filters, change) {
  const marked = MARKED.filter((name) => filters[name] && !(name === "since" && t.sinceOf[filters.since]));
  if (marked.length === 0) return "";
  return h("ul", { class: "chips", "aria-label": t.filters }, marked.map((name) => h("li", { class: "chip" },
    h("span", null, `${name === "since" ? t.from : t[name]}: `, inline(markText(name, filters[name]), { max: 60 })),
    h("button", { type: "button", class: "icon-button", "aria-label": t.remove(t[name] ?? name), on: { click: () => change({ [name]: null }) } }, "×"))),
  h("li", null, h("button", { type: "button", class: "link", on: { click: () => change(Object.fromEntries(NAMES.filter((n) => n !== "status").map((n) => [n, null]))) } }, t.clear)));
}

/** The form over the list; see filterMarks(). */
export function filterForm(filters, change) {
  const severities = [["", t.severityAll], ...SEVERITIES.filter((name) => name !== "info").map((name) => [name, t.severityFrom[name]])];
  return h("div", { class: "filters", role: "search", "aria-label": t.filters },
    statusChoice(filters, change), searchBox(filters, change),
    choice(t.severity, "severity", severities, filters, change),
    choice(t.since, "since", [["", t.sinceAll], ...Object.entries(t.sinceOf)], filters, change),
    moreFilters(filters, change));
}

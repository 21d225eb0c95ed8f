/**
 * Times: shown in the viewer's zone, with UTC for who hovers or reads the attribute.
 */
import { h } from "./dom.js";
import { texts } from "../texts/en.js";

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", timeZone: "UTC" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });

const UNITS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity]];

/** @returns {string} "3 min. ago" */
function ago(time, now = Date.now()) {
  let value = (time - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(value) < size) return relative.format(Math.round(value), unit);
    value /= size;
  }
  return "";
}

/** @returns {string} "2026-11-30 00:25:14 UTC" */
export function utc(time) {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** What the forms of timeNode() show. */
const FORMS = {
  relative: (time) => ago(time),
  full: (time) => full.format(time),
  short: (time) => short.format(time),
  clock: (time) => clock.format(time),
};

/**
 * @param {?string} text RFC 3339, as the API writes it
 * @param {"relative"|"full"|"short"|"clock"} [form]
 * @returns {HTMLElement} a <time>; a dash where there is none
 */
export function timeNode(text, form = "full") {
  const time = Date.parse(text ?? "");
  if (Number.isNaN(time)) return h("span", { class: "none" }, "–");
  const title = form === "full" ? utc(time) : `${full.format(time)}\n${utc(time)}`;
  return h("time", { datetime: text, title, "data-form": form }, FORMS[form](time));
}

/** Keeps relative times true: called now and then by the frame. */
export function refreshTimes(root = document) {
  for (const node of root.querySelectorAll('time[data-form="relative"]')) {
    node.textContent = ago(Date.parse(node.dateTime));
  }
}

/** @returns {string} "Nov 30", of a day as the API counts them, in UTC */
export function dayName(text) {
  const time = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text);
  return Number.isNaN(time) ? text : day.format(time);
}

/** @returns {string} the day after, "2026-12-01" */
export function dayAfter(text) {
  return new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`) + 86400000).toISOString().slice(0, 10);
}

/** @returns {string} "4 min", of a number of seconds */
export function span(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(Number(seconds))) return "–";
  const value = Number(seconds);
  if (value < 90) return texts.span.seconds(Math.round(value));
  if (value < 5400) return texts.span.minutes(Math.round(value / 60));
  if (value < 172800) return texts.span.hours(Math.round(value / 3600));
  return texts.span.days(Math.round(value / 86400));
}

const counts = new Intl.NumberFormat();

/** @returns {string} "12,345" */
export function number(value) {
  return typeof value === "number" ? counts.format(value) : "–";
}

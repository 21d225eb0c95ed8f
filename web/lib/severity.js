/**
 * Severities and states of alerts. Each has a word, a shape and a colour, so that none of them is
 * needed to read another.
 */
import { h, svg } from "./dom.js";
import { texts } from "../texts/en.js";

/** The most severe first. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"];
export const STATES = ["open", "acknowledged", "resolved"];
export const RESOLUTIONS = ["true_positive", "false_positive", "benign"];

const SHAPES = {
  critical: () => [svg("path", { d: "M5 1h6l4 4v6l-4 4H5l-4-4V5z" }), svg("path", { class: "cut", d: "M7 4h2l-.3 5H7.3zM7 10.4h2v2H7z" })],
  high: () => [svg("path", { d: "M8 1l7.5 13.5h-15z" })],
  medium: () => [svg("path", { d: "M8 .8L15.2 8 8 15.2.8 8z" })],
  low: () => [svg("circle", { cx: 8, cy: 8, r: 6 })],
  info: () => [svg("circle", { class: "hollow", cx: 8, cy: 8, r: 5.5 })],
  open: () => [svg("circle", { class: "hollow", cx: 8, cy: 8, r: 6 }), svg("circle", { cx: 8, cy: 8, r: 2.5 })],
  acknowledged: () => [svg("circle", { class: "hollow", cx: 8, cy: 8, r: 6 }), svg("path", { d: "M8 2a6 6 0 0 1 0 12z" })],
  resolved: () => [svg("path", { class: "hollow", d: "M2.5 8.5l3.5 4 7.5-9" })],
};

/** The shape alone, for beside its word. */
export function shape(name) {
  const known = Object.hasOwn(SHAPES, name);
  return svg("svg", { class: `shape ${known ? name : "info"}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    SHAPES[known ? name : "info"]());
}

/** @returns {string} the word of the API, in lower case */
export function severityWord(value) {
  return String(value ?? "info").toLowerCase();
}

/** A severity: shape and word. */
export function severity(value) {
  const word = severityWord(value);
  return h("span", { class: `severity ${Object.hasOwn(SHAPES, word) ? word : "info"}` }, shape(word), texts.severity[word] ?? word);
}

/** The state of an alert: what it was, where it is resolved. */
export function state(alert) {
  const word = alert.resolution ? texts.resolution[alert.resolution] ?? alert.resolution : texts.state[alert.state] ?? alert.state;
  return h("span", { class: `state ${STATES.includes(alert.state) ? alert.state : ""}` }, shape(alert.state), word);
}

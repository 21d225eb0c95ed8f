/**
 * Rules as lists show them: what they do with a match, what they are called.
 */
import { h } from "./dom.js";
import { inline } from "./value.js";
import { texts } from "../texts/en_data.js";
import { techniques } from "../texts/attack_en.js";

/** What becomes of a match: an alert, a record of it, nothing. */
export const MODES = ["alert", "signal", "off"];

/** @returns {"alert"|"signal"|"off"} */
export function modeOf(rule) {
  if (rule.enabled === false) return "off";
  if (MODES.includes(rule.mode)) return rule.mode;
  return rule.create_alert === false ? "signal" : "alert";
}

/** @returns {string} what people call the rule */
export function nameOf(rule) {
  return rule.display_name || rule.title || rule.id;
}

/** The mode: a word, and a shape so that a list can be skimmed. */
export function mode(rule) {
  const word = modeOf(rule);
  return h("span", { class: `mode ${word}`, title: texts.mode.help[word] }, texts.mode[word]);
}

/** Where a rule's words come from. */
export function evidence(rule) {
  const word = rule.evidence;
  return word ? h("span", { class: "evidence", title: texts.evidence.help[word] ?? null }, texts.evidence[word] ?? inline(word)) : h("span", { class: "none" }, "–");
}

/** @returns {string} the name of a technique; of its technique where a part of one has none; else empty */
export function techniqueName(id) {
  return techniques[id] ?? techniques[String(id).slice(0, 5)] ?? "";
}

/** @returns {boolean} whether a technique is the wanted one, or a part of it (T1556 takes T1556.006) */
export function isTechnique(id, wanted) {
  return id === wanted || wanted.length === 5 && id.startsWith(`${wanted}.`);
}

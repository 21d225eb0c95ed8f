/**
 * Rules with a little colour: comments, texts, words of the language, numbers, keys. Each becomes a
 * text node in an element with a class; what is not understood stays plain.
 */
import { h } from "./dom.js";

/** Above this, a text is shown plain. */
const SIZE_MAX = 200000;

const LUA = new RegExp([
  String.raw`(?<comment>--\[(?<c>=*)\[[^]*?\]\k<c>\]|--[^\n]*)`,
  String.raw`(?<string>\[(?<s>=*)\[[^]*?\]\k<s>\]|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*')`,
  String.raw`\b(?<keyword>and|break|do|else|elseif|end|false|for|function|goto|if|in|local|nil|not|or|repeat|return|then|true|until|while)\b`,
  String.raw`(?<![\w.])(?<number>0x[\da-f]+|\d+(?:\.\d+)?)\b`,
  String.raw`(?<key>\b\w+)(?=\s*=[^=])`,
].join("|"), "gi");

const YAML = new RegExp([
  String.raw`(?<![^\s])(?<comment>#[^\n]*)`,
  String.raw`(?<key>(?<=^\s*(?:- +)?)[\w.|$*-]+(?=:(?:\s|$)))`,
  String.raw`(?<string>"(?:\\[^]|[^"\\\n])*"|'[^'\n]*')`,
  String.raw`(?<=[:[,-] )(?<keyword>true|false|null)(?![^\s,\]])`,
  String.raw`(?<=[:[,-] )(?<number>-?\d+(?:\.\d+)?)(?![^\s,\]])`,
].join("|"), "gim");

const LANGUAGES = { lua: LUA, sigma: YAML, yaml: YAML };
const KINDS = ["comment", "string", "keyword", "number", "key"];

/** Pieces of the text, in order: [kind or null, text]. */
function pieces(text, pattern) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const kind = KINDS.find((name) => match.groups[name] !== undefined);
    if (match.index > from) found.push([null, text.slice(from, match.index)]);
    found.push([kind, match[0]]);
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push([null, text.slice(from)]);
  return found;
}

/**
 * @param {string} text of a rule
 * @param {string} language "lua", "sigma"; another one is shown plain
 * @param {string} label for screen readers
 * @returns {HTMLElement} the text with numbered lines
 */
export function highlight(text, language, label) {
  const pattern = text.length <= SIZE_MAX ? LANGUAGES[String(language).toLowerCase()] : null;
  const code = h("code");
  let line = h("span", { class: "code-line" });
  for (const [kind, piece] of pattern ? pieces(text, pattern) : [[null, text]]) {
    piece.split("\n").forEach((part, i) => {
      if (i > 0) {
        line.append("\n");
        code.append(line);
        line = h("span", { class: "code-line" });
      }
      if (part !== "") line.append(kind ? h("span", { class: `code-${kind}` }, part) : part);
    });
  }
  if (line.hasChildNodes()) code.append(line);
  return h("pre", { class: "code", tabindex: 0, role: "region", "aria-label": label }, code);
}

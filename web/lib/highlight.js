/**
 * Rules with a little colour: comments, texts, words of the language, numbers, keys. Each becomes a
 * text node in an element with a class; what is not understood stays plain. A text is gone through
 * once, whatever stands in it.
 */
import { h } from "./dom.js";

/** Above this, a text is shown plain. */
const SIZE_MAX = 200000;

const LUA_WORDS = new Set(("and break do else elseif end false for function goto if in local nil not or repeat return then true until "
  + "while").split(" "));
const YAML_WORDS = new Set(["true", "false", "null"]);

const QUOTED = { '"': /"(?:\\[^]|[^"\\\n])*"/y, "'": /'(?:\\[^]|[^'\\\n])*'/y };
const LONG = /\[(=*)\[/y;
const WORD = /[A-Za-z_]\w*/y;
const NUMBER = /0x[\da-f]+|\d+(?:\.\d+)?/iy;
const ASSIGNED = /[ \t]*=(?!=)/y;
const YAML_KEY = /^(\s*(?:- +)?)([\w.|$*-]+)(?=:(?:\s|$))/;
const YAML_WORD = /[^\s"'#,[\]{}]+/y;
const YAML_NUMBER = /^-?\d+(?:\.\d+)?$/;

/** What a pattern with the flag y finds at a place; null for nothing. */
function at(pattern, text, from) {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

function endOfLine(text, from) {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/** The end of [[…]] or [==[…]==] that begins at a place; null where none does, the text's where it does not end. */
function endOfLong(text, from) {
  const open = at(LONG, text, from);
  if (!open) return null;
  const close = `]${open[1]}]`, end = text.indexOf(close, from + open[0].length);
  return end < 0 ? text.length : end + close.length;
}

/** The piece of Lua that begins at a place: its kind, or null, and its end. */
function luaPiece(text, from) {
  const c = text[from];
  if (c === "-" && text[from + 1] === "-") return ["comment", endOfLong(text, from + 2) ?? endOfLine(text, from)];
  if (c === "[") {
    const end = endOfLong(text, from);
    return end === null ? [null, from + 1] : ["string", end];
  }
  if (QUOTED[c]) {
    const found = at(QUOTED[c], text, from);
    return found ? ["string", from + found[0].length] : [null, endOfLine(text, from)];
  }
  const word = at(WORD, text, from);
  if (word) {
    const end = from + word[0].length;
    return [LUA_WORDS.has(word[0]) ? "keyword" : at(ASSIGNED, text, end) ? "key" : null, end];
  }
  const number = at(NUMBER, text, from);
  return number ? ["number", from + number[0].length] : [null, from + 1];
}

/** The same for a line of YAML, behind its key. */
function yamlPiece(line, from) {
  const c = line[from];
  if (c === "#" && (from === 0 || /\s/.test(line[from - 1]))) return ["comment", line.length];
  if (QUOTED[c]) {
    const found = at(QUOTED[c], line, from);
    return found ? ["string", from + found[0].length] : [null, line.length];
  }
  const word = at(YAML_WORD, line, from);
  if (!word) return [null, from + 1];
  return [YAML_WORDS.has(word[0]) ? "keyword" : YAML_NUMBER.test(word[0]) ? "number" : null, from + word[0].length];
}

/** Pieces of a text by a function that reads one: [kind or null, text]; plain ones side by side are one. */
function piecesOf(text, piece, from = 0) {
  const pieces = [];
  for (let i = from, plain = from; i < text.length;) {
    const [kind, end] = piece(text, i);
    if (kind) {
      if (i > plain) pieces.push([null, text.slice(plain, i)]);
      pieces.push([kind, text.slice(i, end)]);
      plain = end;
    } else if (end === text.length) {
      pieces.push([null, text.slice(plain)]);
    }
    i = end;
  }
  return pieces;
}

function yamlPieces(text) {
  return text.split("\n").flatMap((line, i) => {
    const key = YAML_KEY.exec(line), before = i > 0 ? [[null, "\n"]] : [];
    if (!key) return [...before, ...piecesOf(line, yamlPiece)];
    return [...before, [null, key[1]], ["key", key[2]], ...piecesOf(line, yamlPiece, key[0].length)];
  });
}

const LANGUAGES = { lua: (text) => piecesOf(text, luaPiece), sigma: yamlPieces, yaml: yamlPieces };

/**
 * @param {string} text of a rule
 * @param {string} language "lua", "sigma"; another one is shown plain
 * @param {string} label for screen readers
 * @returns {HTMLElement} the text with numbered lines
 */
export function highlight(text, language, label) {
  const read = text.length <= SIZE_MAX ? LANGUAGES[String(language).toLowerCase()] : null;
  const code = h("code");
  let line = h("span", { class: "code-line" });
  for (const [kind, piece] of read ? read(text) : [[null, text]]) {
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

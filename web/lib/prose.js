/**
 * Descriptions and runbooks: plain text with a few habits of Markdown. Paragraphs, "1." and "-"
 * lists, `code` and web addresses become elements; everything else stays as it is written.
 */
import { h } from "./dom.js";
import { printable } from "./value.js";

const PIECES = /(`[^`\n]+`|https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]])/;

/**
 * @param {string} text one line or more
 * @returns {Array} texts and elements
 */
export function line(text) {
  return text.split(PIECES).map((piece) => {
    if (/^`.+`$/s.test(piece)) return h("code", null, piece.slice(1, -1));
    if (/^https?:\/\//.test(piece)) return h("a", { href: piece, rel: "noreferrer noopener", target: "_blank" }, piece);
    return piece;
  });
}

/** The kind of list that a line is of, and what is behind its mark. */
function item(text) {
  const found = /^\s*(?:(\d+)[.)]|[-*])\s+(.*)$/s.exec(text);
  return found && { tag: found[1] ? "ol" : "ul", start: found[1], text: found[2] };
}

/**
 * @param {*} text
 * @returns {HTMLElement} the text, in paragraphs and lists
 */
export function prose(text) {
  const all = h("div", { class: "prose", dir: "auto" });
  let list = null, paragraph = null;
  for (const row of printable(text).slice(0, 100000).split("\n")) {
    const found = item(row);
    if (!row.trim()) {
      paragraph = null;
    } else if (found) {
      if (list?.localName !== found.tag || all.lastChild !== list) {
        list = h(found.tag, { start: found.tag === "ol" && found.start !== "1" ? found.start : null });
        all.append(list);
      }
      list.append(h("li", null, line(found.text)));
      paragraph = null;
    } else if (paragraph) {
      paragraph.append(" ", ...line(row));
    } else if (list && all.lastChild === list && /^\s{2,}/.test(row)) {
      list.lastChild.append(" ", ...line(row.trim()));
    } else {
      paragraph = h("p", null, line(row));
      all.append(paragraph);
      list = null;
    }
  }
  return all;
}

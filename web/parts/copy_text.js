/** Copies a text, and says whether that went well. */
import { notice } from "../lib/dom.js";
import { copy } from "../lib/download.js";
import { texts } from "../texts/en_data.js";

/** @param {string} text */
export async function copyText(text) {
  const done = await copy(text);
  notice(done ? texts.search.copied : texts.search.notCopied, { problem: !done });
}

/**
 * Files made in the browser of what a page shows.
 */

/** A cell that a spreadsheet would run as a formula gets an apostrophe, as in `margay search --format csv`. */
function cell(value) {
  const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value !== "number" ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * @param {string[]} head
 * @param {Array<Array>} rows
 * @returns {string} CSV as RFC 4180 has it
 */
export function csv(head, rows) {
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** @returns {string} one JSON object a line */
export function ndjson(items) {
  return items.map((item) => `${JSON.stringify(item)}\n`).join("");
}

/**
 * Gives a file to the browser, which keeps or opens it.
 * @param {string} name
 * @param {string} type as in "text/csv"
 * @param {string} text
 */
export function download(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Copies a text. @returns {Promise<boolean>} false where the browser does not allow it (no TLS) */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The words of a search. In the address and for the API they are the words of `margay search`:
 * FIELD=VALUE in where's words (operation_detail|contains=Passcode), or a word that any field may
 * hold. In the input they stand side by side, with quotes where a word has spaces:
 *
 *   action=Delete operation_detail|contains="Homer Simpson" passcode 'meeting_id="81"'
 *
 * A quote opens at the beginning of a word or after its '='. What stands in '…' is the word as it
 * is; "…" after '=' makes its value a text, whatever it looks like.
 */

/** Of a longer value, the beginning is asked for. */
const VALUE_MAX = 200;

const SPACE = /\s/;

/** Reads "…" from `at` (the opening quote); \" is a quote. */
function readQuoted(input, at, quote) {
  let text = "", i = at + 1;
  for (; i < input.length && input[i] !== quote; i++) {
    if (quote === '"' && input[i] === "\\" && input[i + 1] === '"') i++;
    text += input[i];
  }
  return { text, end: i + 1, closed: i < input.length };
}

/** Whether the API reads a bare value as a number or a truth value. */
function looksPlain(text) {
  return /^(-?\d+(\.\d+)?|true|false)$/.test(text);
}

/** Whether a value is another one without quotes around it. */
function needsQuotes(text) {
  return looksPlain(text) || text !== text.trim() || /^"[^]*"$/.test(text);
}

function readWord(input, start) {
  let word = "", i = start, closed = true, field = false;
  while (i < input.length && !SPACE.test(input[i])) {
    const opens = i === start || (field && word.endsWith("=") && word.indexOf("=") === word.length - 1);
    if (opens && (input[i] === '"' || input[i] === "'")) {
      const quoted = readQuoted(input, i, input[i]);
      const isValue = input[i] === '"' && i > start;
      const phrase = input[i] === '"' && i === start && quoted.text.includes("=");
      word += isValue && needsQuotes(quoted.text) ? `"${quoted.text}"` : phrase ? `|contains=${quoted.text}` : quoted.text;
      i = quoted.end;
      closed = closed && quoted.closed;
    } else {
      field = field || input[i] === "=";
      word += input[i++];
    }
  }
  return { word, start, end: Math.min(i, input.length), closed };
}

/**
 * @param {string} input
 * @returns {Array<{word: string, start: number, end: number, closed: boolean}>} the words, and where
 *   they stand; closed: false of one whose quote does not end
 */
export function splitWords(input) {
  const words = [];
  for (let i = 0; i < input.length;) {
    if (SPACE.test(input[i])) {
      i++;
    } else {
      const word = readWord(input, i);
      words.push(word);
      i = word.end;
    }
  }
  return words;
}

function joinWord(word) {
  const equals = word.indexOf("=");
  const value = word.slice(equals + 1);
  const isText = equals > 0 && value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const inner = isText ? value.slice(1, -1) : value;
  if (!/[\s"']/.test(inner) && (equals < 0 || !SPACE.test(word.slice(0, equals)))) return word;
  const simple = !inner.includes('"') && !inner.endsWith("\\");
  if (simple && equals !== 0 && !SPACE.test(word.slice(0, Math.max(equals, 0)))) {
    return `${word.slice(0, equals + 1)}"${inner}"`;
  }
  return word.includes("'") ? `${word.slice(0, equals + 1)}"${inner.replaceAll('"', '\\"')}"` : `'${word}'`;
}

/** @returns {string} what splitWords() reads as these words */
export function joinWords(words) {
  return words.map(joinWord).join(" ");
}

/** @returns {string} the field of a word, with its modifiers; empty for a word that any field may hold */
export function keyOf(word) {
  const equals = word.indexOf("=");
  return equals < 0 ? "" : word.slice(0, equals).trim();
}

/** A text as a value: wildcards are themselves, what no input can hold is any character. */
function valueOf(text) {
  const value = text.replace(/[\\*?]/g, "\\$&").replace(/[\r\n\t]/g, "?");
  return needsQuotes(value) ? `"${value}"` : value;
}

/**
 * @param {string} path of a field, without places in lists
 * @returns {boolean} whether a condition can name it
 */
export function canAsk(path) {
  return path !== "" && !/[=|\s]/.test(path) && (!/^p_/.test(path) || path === "p_log_type");
}

/**
 * A condition: the field has this value, or has another.
 * @param {string} path
 * @param {*} value a text, number, truth value or null
 * @param {boolean} [not]
 * @returns {string} a word
 */
export function condition(path, value, not = false) {
  const neq = not ? "|neq" : "";
  if (value === null) return `${path}|exists=${not ? "false" : "true"}`;
  if (typeof value !== "string") return `${path}${neq}=${value}`;
  if (value.length > VALUE_MAX) return `${path}|startswith${neq}=${valueOf(value.slice(0, VALUE_MAX))}`;
  return `${path}${neq}=${valueOf(value)}`;
}

/**
 * Adds a condition. Several values of one field are alternatives, so another value of the field
 * takes the place of the first; what is excluded adds up.
 * @param {string[]} words
 * @param {string} word
 * @returns {string[]}
 */
export function addCondition(words, word) {
  const key = keyOf(word);
  const kept = words.filter((other) => other !== word && (key === "" || key.endsWith("|neq") || keyOf(other) !== key));
  return [...kept, word];
}

/** @returns {string} as a POSIX shell reads it as one word */
export function shellQuote(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Parameters of a search and the options of `margay search` for them. */
const OPTIONS = [
  ["log_type", "-t"], ["indicator", "-i"], ["actor", "--actor"], ["ip", "--ip"], ["lua", "--lua"],
  ["since", "--since"], ["until", "--until"],
];

/**
 * @param {Object<string, string|string[]>} search parameters as the API takes them
 * @param {string[]} columns
 * @returns {string} a command that prints the same events
 */
export function commandLine(search, columns) {
  const where = (search.where ?? []).map(shellQuote), last = where.some((word) => word.startsWith("-"));
  const words = ["margay", "search", ...last ? [] : where];
  for (const [name, option] of OPTIONS) {
    for (const value of [search[name] ?? []].flat()) {
      if (value) words.push(option, shellQuote(value));
    }
  }
  if (columns.length > 0) words.push("--fields", shellQuote(columns.join(",")));
  return [...words, ...last ? ["--", ...where] : []].join(" ");
}

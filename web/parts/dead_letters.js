/**
 * Dead letters: records that could not become events, by reason; each reason can be looked at, and
 * its records tried again.
 */
import { get, part, send } from "../lib/api.js";
import { empty, h, nextId, notice } from "../lib/dom.js";
import { table } from "../lib/table.js";
import { number, timeNode } from "../lib/time.js";
import { block, inline } from "../lib/value.js";
import { listSection } from "./health_tables.js";
import { texts } from "../texts/en_data.js";
import { texts as common } from "../texts/en.js";

const words = texts.deadLetters;

/** Records of one reason that are shown. */
const RECORDS = 20;

async function retry(body, again) {
  await send("POST", "/deadletters/retry", body);
  notice(words.retried);
  await again();
}

function record(one) {
  return h("li", null, h("p", { class: "hint" }, timeNode(one.received_at), " · ", inline(one.error ?? "", { max: 300 })),
    block(one.record ?? "", { class: "mono" }));
}

/** The newest records of one reason, in a dialog. */
async function look(letter, { analyst, again, signal }) {
  const answer = await get(`/deadletters/${part(letter.id)}`, { limit: RECORDS }, { signal });
  const id = `dl-${nextId()}`;
  const retryButton = h("button", { type: "button", class: "button primary", on: { click: async () => {
    retryButton.disabled = true;
    dialog.close();
    await retry({ id: letter.id }, again);
  } } }, words.retry);
  const dialog = h("dialog", { class: "dialog dialog-wide", "aria-labelledby": id },
    h("h2", { id }, words.recordsOf(inline(letter.source_id).textContent, inline(letter.log_type ?? "").textContent)),
    h("p", null, inline(letter.reason, { max: 500 })),
    h("ul", { class: "plain-list letters" }, answer.items.map(record)),
    h("div", { class: "form-end" }, h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, common.close),
      analyst && retryButton));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  signal.addEventListener("abort", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {{analyst: boolean, again: function(): Promise<void>, signal: AbortSignal}} options
 * @returns {{element: Element, update: function(Array): void}}
 */
export function deadLetters(options) {
  const all = h("button", { type: "button", class: "button small", hidden: true,
    on: { click: () => retry({ all: true }, options.again) } }, words.retryAll);
  const list = listSection(words.title, (rows) => table({ caption: words.title, rows, key: (one) => String(one.id), columns: [
    { title: words.reason, lead: true, class: "wrap", cell: (one) => h("button", { type: "button", class: "row-link",
      on: { click: () => look(one, options) } }, inline(one.reason, { max: 300 })) },
    { title: words.source, cell: (one) => inline(one.source_id) },
    { title: words.type, class: "quiet", cell: (one) => inline(one.log_type ?? "") },
    { title: words.records, numeric: true, cell: (one) => number(one.records) },
    { title: words.toRetry, numeric: true, cell: (one) => number(one.to_retry) },
    { title: words.last, class: "nowrap labelled", cell: (one) => timeNode(one.last_received_at, "relative") },
  ] }), () => empty(words.none, h("p", null, words.noneHelp)), options.analyst ? all : null);
  return { element: list.element, update: (rows) => {
    all.hidden = rows.length === 0;
    list.update(rows);
  } };
}

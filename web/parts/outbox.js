/**
 * The outbox: deliveries that wait or are parked, each of which can be tried again or dropped.
 */
import { part, send } from "../lib/api.js";
import { ask } from "../lib/dialog.js";
import { empty, h, notice } from "../lib/dom.js";
import { severity } from "../lib/severity.js";
import { table } from "../lib/table.js";
import { number, timeNode } from "../lib/time.js";
import { inline } from "../lib/value.js";
import { menuButton } from "../lib/menu.js";
import { healthState, listSection } from "./health_tables.js";
import { texts } from "../texts/en_data.js";

const words = texts.outbox;

/** Deliveries that are shown until somebody asks for more. */
const ROWS = 10;

/** States that margay does not leave by itself. */
const STUCK = new Set(["parked", "held"]);

const idOf = (delivery) => delivery.id;

async function change(delivery, what, again) {
  await send("POST", `/outbox/${part(idOf(delivery))}/${what}`, {});
  notice(words.done[what]);
  await again();
}

/** Dropping cannot be undone, so it asks. */
function drop(delivery, again) {
  return ask({ title: words.dropTitle, danger: true, action: words.drop, submit: () => change(delivery, "drop", again),
    body: [h("p", null, words.dropHelp)] });
}

/**
 * @param {{admin: boolean, again: function(): Promise<void>}} options
 * @returns {{element: Element, update: function(Array, boolean): void}}
 */
export function outbox({ admin, again }) {
  const more = h("span", { class: "page-actions quiet" });
  const actions = (delivery) => [
    ...STUCK.has(delivery.state) ? [{ text: words.retry, run: () => change(delivery, "retry", again) }] : [],
    { text: words.drop, run: () => drop(delivery, again) },
  ];
  const list = listSection(words.title, (rows) => table({ caption: words.title, rows, key: idOf, columns: [
    { title: words.alert, lead: true, cell: (one) => h("a", { href: `/alerts/${part(one.alert_id)}` }, inline(one.alert_id)) },
    { title: words.severity, class: "nowrap", cell: (one) => severity(one.severity) },
    { title: words.destination, cell: (one) => inline(one.destination) },
    { title: words.state, class: "nowrap", cell: (one) => healthState(one.state) },
    { title: words.due, class: "nowrap labelled", cell: (one) => timeNode(one.due, "relative") },
    { title: words.attempts, numeric: true, cell: (one) => number(one.attempts) },
    { title: words.error, class: "labelled", cell: (one) => one.last_error ? inline(one.last_error, { max: 160 }) : h("span", { class: "none" }, "–") },
    ...admin ? [{ title: words.actions, hideTitle: true, cell: (one) => menuButton({ class: "button small" }, words.actions, () => actions(one)) }] : [],
  ] }), () => empty(words.none, h("p", null, words.noneHelp)), more);
  let shown = ROWS;
  const draw = (rows, isMore) => {
    list.update(rows.slice(0, shown));
    for (const button of list.element.querySelectorAll("td button")) button.tabIndex = 0; // there is no other way to them
    more.replaceChildren(isMore ? words.oldest(rows.length) : "", rows.length > shown ? h("button", { type: "button", class: "link", on: { click: () => {
      shown = Infinity;
      draw(rows, isMore);
    } } }, words.all(rows.length)) : "");
  };
  return { element: list.element, update: draw };
}

/**
 * MITRE ATT&CK as a matrix: a column for each tactic, a cell for each technique, with the number of
 * rules that look for it. Arrow keys move between cells. On a narrow screen the columns stand below
 * each other.
 */
import { get } from "../lib/api.js";
import { empty, h } from "../lib/dom.js";
import { address, keepQuery } from "../lib/route.js";
import { number } from "../lib/time.js";
import { inline, printable } from "../lib/value.js";
import { techniqueName } from "../lib/rule.js";
import { tactics } from "../texts/attack_en.js";
import { texts } from "../texts/en_data.js";

const words = texts.attack;

/** What a cell counts. */
const COUNTS = ["rules", "alerting", "alerts_30d"];

/** From how many on a cell is darker; the number stands in it, too. */
const STEPS = { rules: [1, 3, 6, 12], alerting: [1, 3, 6, 12], alerts_30d: [1, 5, 20, 100] };

function cell(tactic, technique, by) {
  const count = technique[by] ?? 0, name = technique.name || techniqueName(technique.id);
  const step = STEPS[by].filter((from) => count >= from).length;
  return h("li", null, h("a", { class: `technique step-${step}`, tabindex: -1, "aria-label": words.cell(technique.id, name, count, words.counts[by]),
    href: address("/rules", { tactic: tactic.id, technique: technique.id }) },
  h("span", { class: "technique-id" }, inline(technique.id)), h("span", { class: "technique-count" }, number(count)),
  h("span", { class: "technique-name" }, inline(name))));
}

const nameOf = (tactic) => tactics[tactic.id] ?? tactic.name;

function column(tactic, by) {
  const name = nameOf(tactic);
  const covered = tactic.techniques.filter((technique) => (technique[by] ?? 0) > 0).length;
  return h("section", { class: "tactic", "aria-label": name },
    h("h2", null, h("a", { href: address("/rules", { tactic: tactic.id }), tabindex: 0 }, inline(name))),
    h("p", { class: "hint" }, words.covered(covered, tactic.techniques.length)),
    h("ul", { class: "techniques" }, tactic.techniques.map((technique) => cell(tactic, technique, by))));
}

/** One stop for the Tab key; arrow keys lead to the neighbours, in a column and between columns. */
function listen(matrix) {
  const all = () => [...matrix.querySelectorAll(".tactic")].map((one) => [...one.querySelectorAll(".technique")])
    .filter((cells) => cells.length > 0);
  const first = matrix.querySelector(".technique");
  if (first) first.tabIndex = 0;
  matrix.addEventListener("keydown", (event) => {
    const cells = all(), x = cells.findIndex((one) => one.includes(event.target)), y = x < 0 ? -1 : cells[x].indexOf(event.target);
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (y < 0 || dx === 0 && dy === 0) return;
    event.preventDefault();
    const near = cells[Math.max(0, Math.min(cells.length - 1, x + dx))];
    near[Math.max(0, Math.min(near.length - 1, y + dy))].focus();
  });
  matrix.addEventListener("focusin", (event) => {
    if (!event.target.matches(".technique")) return;
    for (const other of matrix.querySelectorAll('.technique[tabindex="0"]')) other.tabIndex = -1;
    event.target.tabIndex = 0;
  });
}

/**
 * @param {URLSearchParams} query `count`: what cells count
 * @param {AbortSignal} signal
 * @returns {Promise<Array>} elements of the page
 */
export async function attackView(query, signal) {
  const answer = await get("/attack", {}, { signal });
  if (answer.tactics.every((tactic) => tactic.techniques.length === 0)) return [empty(words.none, h("p", null, words.noneHelp))];
  const filled = answer.tactics.filter((tactic) => tactic.techniques.length > 0);
  const bare = answer.tactics.filter((tactic) => tactic.techniques.length === 0);
  const matrix = h("div", { class: "matrix" }), summary = h("p", { class: "quiet" });
  const draw = (by) => {
    const known = new Map(filled.flatMap((tactic) => tactic.techniques).map((technique) => [technique.id, technique[by] ?? 0]));
    matrix.replaceChildren(...filled.map((tactic) => column(tactic, by)));
    summary.textContent = words.summary([...known.values()].filter((count) => count > 0).length, answer.version);
    const first = matrix.querySelector(".technique");
    if (first) first.tabIndex = 0;
  };
  const chosen = COUNTS.includes(query.get("count")) ? query.get("count") : "rules";
  draw(chosen);
  listen(matrix);
  const choice = h("fieldset", { class: "segments" }, h("legend", { class: "hidden" }, words.count), COUNTS.map((by) => h("label", null,
    h("input", { type: "radio", name: "count", value: by, checked: by === chosen, on: { change: () => {
      query.set("count", by);
      keepQuery(query);
      draw(by);
    } } }), words.counts[by])));
  return [h("div", { class: "page-head" }, summary, choice), matrix,
    bare.length > 0 && h("p", { class: "quiet" }, words.bare(bare.map(nameOf).map(printable).join(", ")))].filter(Boolean);
}

/**
 * Rules: the list with filters that the address keeps, or the matrix of ATT&CK (attack.js).
 */
import { get } from "../lib/api.js";
import { empty, h } from "../lib/dom.js";
import { address, keepQuery } from "../lib/route.js";
import { severity, SEVERITIES, severityWord } from "../lib/severity.js";
import { table } from "../lib/table.js";
import { number } from "../lib/time.js";
import { inline, printable } from "../lib/value.js";
import { evidence, isTechnique, mode, modeOf, MODES, nameOf, techniqueName } from "../lib/rule.js";
import { tactics } from "../texts/attack_en.js";
import { texts } from "../texts/en_data.js";
import { texts as common } from "../texts/en.js";
import { attackView } from "../parts/attack.js";

const words = texts.rules;

/** Rows that are drawn at once. */
const ROWS_MAX = 300;

/** The value of a choice that leaves all rules; no rule has it. */
const ANY = "*";

/** Filters with a choice: name, the value of a rule, the order and the words of the choices. */
const CHOICES = [
  { name: "pack", of: (rule) => rule.pack ?? "", text: (value) => value || words.noPack },
  { name: "severity", of: (rule) => severityWord(rule.severity), order: SEVERITIES, text: (value) => common.severity[value] ?? value },
  { name: "mode", of: modeOf, order: MODES, text: (value) => texts.mode[value] },
  { name: "evidence", of: (rule) => rule.evidence ?? "", order: ["documented", "sample", "guess"],
    text: (value) => texts.evidence[value] ?? (value || words.noEvidence) },
];

/** Orders of the list: by a number the greatest first, by severity the gravest. */
const ORDERS = {
  severity: (rule) => SEVERITIES.length - SEVERITIES.indexOf(severityWord(rule.severity)),
  matches: (rule) => rule.matches_30d ?? 0,
  alerts: (rule) => rule.alerts_30d ?? 0,
};

function isMeant(rule, query, without = null) {
  const asked = (name) => name === without ? null : query.get(name);
  const text = (asked("q") ?? "").toLowerCase();
  const technique = asked("technique"), tactic = asked("tactic");
  return CHOICES.every((choice) => asked(choice.name) === null || choice.of(rule) === asked(choice.name))
    && (text === "" || [rule.id, nameOf(rule), ...rule.tags ?? [], ...rule.log_types ?? []].join("\n").toLowerCase().includes(text))
    && (!technique && !tactic || (rule.attack ?? []).some((one) => (!technique || isTechnique(one.technique ?? "", technique))
      && (!tactic || one.tactic === tactic)))
    && (asked("tuned") !== "yes" || (rule.tuned ?? []).length > 0);
}

function sorted(rules, sort) {
  const value = ORDERS[sort.by], sign = sort.order === "ascending" ? 1 : -1;
  return [...rules].sort((a, b) => sign * (value(a) - value(b)) || nameOf(a).localeCompare(nameOf(b)));
}

/** A choice with the number of rules that each of its values leaves. */
function drawChoice(choice, rules, query, onChange) {
  const counts = new Map();
  for (const rule of rules) {
    if (isMeant(rule, query, choice.name)) counts.set(choice.of(rule), (counts.get(choice.of(rule)) ?? 0) + 1);
  }
  const order = choice.order ?? [], known = order.filter((value) => counts.has(value));
  const values = known.concat([...counts.keys()].filter((value) => !order.includes(value)).sort());
  const chosen = query.get(choice.name);
  if (chosen !== null && !counts.has(chosen)) values.push(chosen);
  const take = (event) => onChange(choice.name, event.target.value === ANY ? null : event.target.value);
  return h("select", { class: "input", "aria-label": words.filter[choice.name], name: choice.name, on: { change: take } },
    h("option", { value: ANY }, words.any[choice.name]),
    values.map((value) => h("option", { value, selected: value === chosen }, `${choice.text(value)} (${number(counts.get(value) ?? 0)})`)));
}

function chips(query, onChange) {
  const chip = (name, text) => query.get(name) && h("li", { class: "chip" }, text, h("button", { type: "button", class: "icon-button",
    "aria-label": words.remove(text), on: { click: () => onChange(name, null) } }, "×"));
  const technique = query.get("technique"), tactic = query.get("tactic");
  const list = [chip("tactic", words.tacticChip(tactics[tactic] ?? printable(tactic))),
    chip("technique", words.techniqueChip(printable(technique), techniqueName(technique ?? ""))), chip("tuned", words.tunedChip)].filter(Boolean);
  return list.length > 0 ? h("ul", { class: "chips" }, list) : "";
}

const columns = () => [
  { title: words.columns.severity, sort: "severity", class: "nowrap", cell: (rule) => severity(rule.severity) },
  { title: words.columns.rule, lead: true, class: "rule-cell", cell: (rule) => h("div", null,
    h("a", { href: `/rules/${encodeURIComponent(rule.id)}` }, inline(nameOf(rule))), h("div", { class: "rule-id" }, inline(rule.id),
      (rule.tuned ?? []).length > 0 ? h("span", { class: "tag", title: rule.tuned.map(printable).join("\n") }, words.tuned) : null)) },
  { title: words.columns.pack, class: "nowrap quiet", cell: (rule) => inline(rule.pack ?? "") },
  { title: words.columns.mode, class: "nowrap", cell: mode },
  { title: words.columns.evidence, class: "nowrap quiet", cell: evidence },
  { title: words.columns.types, class: "quiet wrap rule-types", cell: (rule) => rule.correlation ? words.columns.correlation
    : inline((rule.log_types ?? []).join(", "), { max: 80 }) },
  { title: words.columns.matches, numeric: true, sort: "matches", cell: (rule) => number(rule.matches_30d) },
  { title: words.columns.alerts, numeric: true, sort: "alerts", cell: (rule) => rule.alerts_30d > 0
    ? h("a", { href: address("/alerts", { rule: rule.id, since: "30d", status: "all" }) }, number(rule.alerts_30d)) : number(rule.alerts_30d) },
];

/** The list, drawn anew at each change of a filter; the address follows. */
function listView(rules, query) {
  const filters = h("div", { class: "rule-filters" }), box = h("div", { class: "panel flush" });
  const count = h("p", { class: "quiet rule-count", role: "status", "aria-live": "polite" });
  const search = h("input", { type: "search", class: "input", placeholder: words.search, "aria-label": words.search,
    value: query.get("q") ?? "", spellcheck: "false" });
  let most = ROWS_MAX;
  const change = (name, value) => {
    if (value === null || value === "" && name === "q") query.delete(name);
    else query.set(name, value);
    most = ROWS_MAX;
    keepQuery(query);
    draw();
    filters.querySelector(`select[name="${name}"]`)?.focus();
  };
  const sort = () => ({ by: Object.hasOwn(ORDERS, query.get("sort")) ? query.get("sort") : "severity",
    order: query.get("order") === "ascending" ? "ascending" : "descending" });
  const list = table({ caption: words.caption, columns: columns(), rows: [], key: (rule) => rule.id, sort: sort(), class: "rules", onSort: ({ by, order }) => {
    query.set("sort", by);
    query.set("order", order);
    keepQuery(query);
    draw();
  } });
  function draw() {
    const meant = sorted(rules.filter((rule) => isMeant(rule, query)), sort());
    filters.replaceChildren(search, ...CHOICES.map((choice) => drawChoice(choice, rules, query, change)), chips(query, change), count);
    count.textContent = words.count(meant.length, rules.length);
    list.update(meant.slice(0, most), { sort: sort() });
    const more = meant.length > most && h("button", { type: "button", class: "button more", on: { click: () => {
      most += ROWS_MAX;
      draw();
    } } }, words.more(meant.length - most));
    box.replaceChildren(meant.length > 0 ? list.element : nothing(rules, query, change), more || "");
  }
  search.addEventListener("input", () => {
    const at = search.selectionStart;
    change("q", search.value);
    search.focus();
    search.setSelectionRange(at, at);
  });
  draw();
  return [filters, box];
}

function nothing(rules, query, change) {
  if (rules.length === 0) return empty(words.none, h("p", null, words.noneHelp), h("code", { class: "command" }, "margay check"));
  return empty(words.noneMeant, h("button", { type: "button", class: "button", on: { click: () => {
    for (const name of ["q", "tactic", "technique", "tuned", ...CHOICES.map((choice) => choice.name)]) query.delete(name);
    change("q", null);
  } } }, words.clear));
}

function views(view) {
  return h("nav", { class: "segments", "aria-label": words.views },
    h("a", { href: "/rules", "aria-current": view === "list" ? "page" : null }, words.list),
    h("a", { href: "/rules?view=attack", "aria-current": view === "attack" ? "page" : null }, words.attack));
}

export async function show(main, { query, signal }) {
  const view = query.get("view") === "attack" ? "attack" : "list";
  const body = view === "attack" ? await attackView(query, signal) : listView((await get("/rules", {}, { signal })).items, query);
  main.replaceChildren(h("div", { class: view === "attack" ? "page page-wide" : "page" }, h("div", { class: "page-head" },
    h("h1", null, view === "attack" ? words.attackTitle : words.title), views(view)), body));
}

/**
 * One rule: what it does, how it has done, what the configuration changes in it, its tests, its
 * last matches, its text, and what it would have said about the past.
 */
import { get, may, part, Problem } from "../lib/api.js";
import { empty, h, section } from "../lib/dom.js";
import { address } from "../lib/route.js";
import { highlight } from "../lib/highlight.js";
import { prose } from "../lib/prose.js";
import { severity } from "../lib/severity.js";
import { table } from "../lib/table.js";
import { number, timeNode } from "../lib/time.js";
import { inline, printable } from "../lib/value.js";
import { evidence, mode, nameOf, techniqueName } from "../lib/rule.js";
import { backtest } from "../parts/backtest.js";
import { ruleTests } from "../parts/rule_tests.js";
import { texts } from "../texts/en_data.js";

const words = texts.rule;

/** Matches that are listed. */
const MATCHES = 20;

function badges(rule) {
  const types = (rule.log_types ?? []).map((type) => h("a", { class: "tag", href: address("/search", { log_type: type }) }, inline(type)));
  const attack = (rule.attack ?? []).map(({ tactic, technique }) => h("a", { class: "tag", href: address("/rules", { tactic, technique }),
    title: techniqueName(technique ?? "") }, inline(technique || tactic)));
  const tags = (rule.tags ?? []).map((tag) => h("a", { class: "tag", href: address("/rules", { q: tag }) }, inline(tag)));
  const pack = rule.pack && h("a", { class: "tag", href: address("/rules", { pack: rule.pack }) }, inline(rule.pack));
  return h("div", { class: "badge-row" }, severity(rule.severity), mode(rule), pack, evidence(rule), types, attack, tags);
}

/** What the configuration changes in the rule, and why. */
function tuning(entries) {
  const line = (entry) => h("li", null, h("div", null, inline(entry.change)), h("div", { class: "quiet" },
    entry.reason ? inline(entry.reason) : words.noReason, " · ", h("code", { class: "mono" }, inline(entry.place ?? "margay.yml"))));
  return section(words.tuning, {}, entries.length === 0 ? h("p", { class: "quiet" }, words.tuningNone)
    : h("ul", { class: "plain-list" }, entries.map(line)));
}

function percent(share) {
  return typeof share === "number" ? `${Math.round(share * 100)} %` : "";
}

/** What the rule did in 30 days, in figures. */
function noise(rule) {
  const noise = rule.noise ?? { matches: rule.matches_30d ?? 0, alerts: rule.alerts_30d ?? 0 };
  const figure = (name, value, note = null, href = null) => h("div", { class: "figure" }, h("dt", null, name),
    h("dd", null, href && noise.alerts > 0 ? h("a", { href }, value) : value, note && h("span", { class: "figure-note" }, note)));
  const alerts = address("/alerts", { rule: rule.id, since: "30d", status: "all" });
  const judged = (noise.true_positives ?? 0) + (noise.false_positives ?? 0) + (noise.benign ?? 0);
  return section(words.noise, {}, h("dl", { class: "figures" },
    figure(words.matches, number(noise.matches)), noise.suppressed > 0 ? figure(words.suppressed, number(noise.suppressed)) : null,
    figure(words.alerts, number(noise.alerts), noise.alerts_a_day > 0 ? words.aDay(noise.alerts_a_day) : null, alerts),
    noise.alert_share > 0 ? figure(words.share, percent(noise.alert_share)) : null,
    noise.actors > 0 ? figure(words.actors, number(noise.actors)) : null),
  noise.top_actor ? h("p", null, words.topActor, " ", h("a", { href: address("/search", { actor: noise.top_actor, since: "30d" }) },
    inline(noise.top_actor)), ` (${percent(noise.top_actor_share)})`) : null,
  judged > 0 ? h("p", { class: "quiet" }, words.judged(noise.true_positives ?? 0, noise.false_positives ?? 0, noise.benign ?? 0)) : null);
}

function outcome(match) {
  if (match.alert_id) return h("a", { href: `/alerts/${part(match.alert_id)}` }, words.toAlert);
  return h("span", { class: "quiet" }, match.suppressed ? words.suppressedMatch : words.recorded);
}

function matches(rule, items) {
  const types = rule.log_types ?? [];
  const toSearch = types.length > 0 && h("a", { href: address("/search", { log_type: types, since: "30d" }) }, words.searchTypes);
  const head = { class: "flush", actions: toSearch || null };
  if (items.length === 0) return section(words.lastMatches, head, empty(words.noMatches, h("p", null, words.noMatchesHelp)));
  return section(words.lastMatches, head, table({ caption: words.lastMatches, rows: items, key: (match) => match.row_id, columns: [
    { title: words.time, lead: true, class: "nowrap", cell: (match) => h("a", { href: `/events/${part(match.row_id)}` }, timeNode(match.time)) },
    { title: words.match, class: "wrap", cell: (match) => inline(match.title) },
    { title: words.dedup, class: "wrap quiet", cell: (match) => inline(match.dedup ?? "", { max: 80 }) },
    { title: words.outcome, class: "nowrap", cell: outcome },
  ] }).element);
}

function source(rule) {
  const path = inline(rule.file ?? "", { class: "mono quiet" });
  return section(words.source, { class: "flush", actions: path },
    rule.text ? highlight(rule.text, rule.language ?? "", words.source) : empty(words.noText));
}

export async function show(main, { parameters, query, signal, me }) {
  let rule, found;
  try {
    [rule, found] = await Promise.all([get(`/rules/${part(parameters.id)}`, {}, { signal }),
      get(`/rules/${part(parameters.id)}/matches`, { limit: MATCHES }, { signal })]);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    main.replaceChildren(h("div", { class: "page" }, h("h1", null, words.missing),
      empty(words.missingHelp, h("a", { class: "button", href: "/rules" }, words.back))));
    return;
  }
  document.title = `${printable(nameOf(rule))} · margay`;
  const analyst = may(me, "analyst");
  main.replaceChildren(h("div", { class: "page" }, h("a", { class: "back", href: "/rules" }, "‹ ", words.back),
    h("div", null, h("h1", null, inline(nameOf(rule))), h("code", { class: "mono quiet" }, inline(rule.id))), badges(rule),
    h("div", { class: "rule-parts" },
      h("div", { class: "rule-main" },
        section(words.description, {}, rule.description ? prose(rule.description) : h("p", { class: "quiet" }, words.noDescription),
          rule.reference && h("p", null, h("a", { href: rule.reference, rel: "noreferrer noopener", target: "_blank" }, words.reference))),
        rule.runbook ? section(words.runbook, {}, prose(rule.runbook)) : null,
        matches(rule, found.items)),
      h("div", { class: "rule-side" }, noise(rule), tuning(rule.tuning ?? []), ruleTests(rule, { analyst, signal }))),
    backtest(rule, { query, analyst, signal }), source(rule)));
}

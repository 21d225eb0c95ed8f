/**
 * The overview: what is open, how the last days were, who and what stands out, whether the sources
 * are well. Every number is a link to what it counts.
 */
import { get } from "../lib/api.js";
import { bars, shares } from "../lib/chart.js";
import { empty, h, section } from "../lib/dom.js";
import { onLive } from "../lib/live.js";
import { address, navigate } from "../lib/route.js";
import { severity, severityWord, SEVERITIES, shape } from "../lib/severity.js";
import { table } from "../lib/table.js";
import { dayAfter, dayName, number, span, timeNode } from "../lib/time.js";
import { inline, printable } from "../lib/value.js";
import { texts } from "../texts/en.js";

const t = texts.overview;
const RANGES = ["24h", "7d", "30d", "90d"];
const UNRESOLVED = ["open", "acknowledged"];

/** Milliseconds between two reloads because of new alerts. */
const RELOAD_AFTER = 2000;

function ranges(since) {
  return h("nav", { class: "segments", "aria-label": t.range }, RANGES.map((range) =>
    h("a", { href: address("/", { since: range === "7d" ? null : range }), "aria-current": range === since ? "true" : null }, t.ranges[range])));
}

function openAlerts(open) {
  const total = SEVERITIES.reduce((sum, name) => sum + (open[name] ?? 0), 0);
  return h("section", { class: "tiles", "aria-label": t.open },
    h("a", { class: "tile total", href: address("/alerts", { status: UNRESOLVED }) }, h("span", { class: "tile-count" }, number(total)), h("span", null, t.open)),
    SEVERITIES.map((name) => h("a", { class: `tile ${open[name] ? "" : "zero"}`, href: address("/alerts", { status: UNRESOLVED, severity: name }) },
      h("span", { class: "tile-count" }, number(open[name] ?? 0)), severity(name))));
}

function dayLink(path, day) {
  return address(path, { since: day, until: dayAfter(day) });
}

function alertsByDay(data, signal) {
  const days = data.alerts_by_day;
  const actions = h("a", { href: address("/alerts", { since: data.since }) }, t.toAlerts);
  if (!days.some((day) => SEVERITIES.some((name) => day[name] > 0))) {
    return section(t.alertsByDay, { class: "wide" }, empty(t.noAlerts, h("p", null, t.noAlertsHelp), h("pre", { class: "command" }, t.noAlertsCommand)));
  }
  return section(t.alertsByDay, { class: "wide", actions }, bars({
    title: t.alertsByDay, labelTitle: t.day, labels: days.map((day) => dayName(day.day)), signal,
    series: SEVERITIES.map((name) => ({
      label: texts.severity[name], data: days.map((day) => day[name] ?? 0), colour: `--chart-${name}`, name, mark: h("span", { class: name }, shape(name)),
    })),
    link: (i) => dayLink("/alerts", days[i].day), onPick: (i) => navigate(dayLink("/alerts", days[i].day)),
  }));
}

/** By day, and below that by type. */
function events(data, signal) {
  const days = data.events_by_day;
  if (!days.some((day) => day.count > 0)) {
    return section(t.eventsByDay, null, empty(t.noEvents, h("p", null, t.noEventsHelp, " ", h("a", { href: "/health" }, t.toHealth))));
  }
  return section(t.eventsByDay, { actions: h("a", { href: address("/search", { since: data.since }) }, t.toSearch) }, bars({
    title: t.eventsByDay, labelTitle: t.day, labels: days.map((day) => dayName(day.day)), signal,
    series: [{ label: t.events, data: days.map((day) => day.count), colour: "--accent-chart" }],
    link: (i) => dayLink("/search", days[i].day), onPick: (i) => navigate(dayLink("/search", days[i].day)),
  }), h("h3", null, t.eventsByType), shares(data.events_by_type.slice(0, 6).map((one) => ({
    name: inline(one.log_type), count: one.count, href: address("/search", { log_type: one.log_type, since: data.since }),
  })), { label: t.eventsByType }));
}

/** A panel of shares, or a sentence where there are none. */
function panel(title, rows, none, actions = null) {
  return section(title, { actions }, rows.length ? shares(rows, { label: title }) : h("p", { class: "quiet" }, none));
}

function actors(data) {
  return panel(t.actors, data.actors.map((one) => ({
    name: inline(one.value), count: one.alerts, weight: one.score, href: address("/alerts", { actor: one.value, since: data.since }),
  })), t.noActors, h("span", { class: "quiet", title: t.byWeightHelp }, t.byWeight));
}

function rules(data) {
  return panel(t.rules, data.rules.map((one) => ({
    name: [h("span", { class: severityWord(one.severity), title: texts.severity[severityWord(one.severity)] }, shape(severityWord(one.severity)),
      h("span", { class: "hidden" }, texts.severity[severityWord(one.severity)])), inline(one.title || one.rule)],
    count: one.alerts, href: `/rules/${encodeURIComponent(one.rule)}`, note: one.matches === one.alerts ? null : t.matchesOf(one.matches),
  })), t.noRules, h("a", { href: "/rules" }, t.toRules));
}

/** Values of a field of events, each a search. They are counted in a sample, where there are many events. */
function values(title, rows, field, none, data) {
  const total = data.events_by_type.reduce((sum, one) => sum + one.count, 0);
  return panel(title, rows.map((one) => ({
    name: inline(one.value), count: one.count, href: address("/search", { where: `${field}=${one.value}`, since: data.since }),
  })), none, data.sampled < total ? h("span", { class: "quiet" }, t.sample(data.sampled)) : null);
}

function sourceStatus(one) {
  return h("span", { class: one.problem ? "status bad" : "status good" }, inline(one.status));
}

function sources(data) {
  if (data.sources.length === 0) {
    return section(t.sources, null, empty(t.noSources, h("p", null, t.noSourcesHelp), h("pre", { class: "command" }, t.noSourcesCommand)));
  }
  return section(t.sources, { class: "flush", actions: h("a", { href: "/health" }, t.toHealth) }, table({
    caption: t.sources, rows: data.sources, key: (one) => one.id,
    columns: [
      { title: t.source, lead: true, cell: (one) => h("a", { href: address("/search", { source: one.id, since: data.since }), title: printable(one.type) }, inline(one.id)) },
      { title: t.status, cell: sourceStatus },
      { title: t.lastEvent, class: "labelled", cell: (one) => timeNode(one.last_event, "relative") },
      { title: t.lag, numeric: true, cell: (one) => span(one.lag_seconds) },
    ],
  }).element);
}

/** A source that brings nothing makes everything else on this page wrong, so that comes first. */
function problems(data) {
  const bad = data.sources.filter((one) => one.problem);
  return bad.length === 0 ? "" : h("ul", { class: "banner", "aria-label": t.problems }, bad.map((one) =>
    h("li", null, h("strong", null, inline(one.id)), ": ", inline(one.problem), " ", h("a", { href: "/health" }, t.toHealth))));
}

function draw(main, data, since, signal) {
  main.replaceChildren(h("div", { class: "page" },
    h("div", { class: "page-head" }, h("h1", null, t.title), ranges(since)),
    problems(data), openAlerts(data.open),
    h("div", { class: "grid" },
      alertsByDay(data, signal), actors(data), rules(data), events(data, signal),
      values(t.actions, data.actions, "action", t.noActions, data),
      values(t.countries, data.countries, "p_geo.country", t.noCountries, data),
      values(t.clients, data.clients, "client_type", t.noClients, data),
      sources(data))));
}

export async function show(main, { query, signal }) {
  const since = RANGES.includes(query.get("since")) ? query.get("since") : "7d";
  const load = () => get("/overview", { since }, { signal });
  let data = await load();
  if (signal.aborted) return;
  let drawing = new AbortController();
  draw(main, data, since, AbortSignal.any([signal, drawing.signal]));

  // What is new comes in by itself, unless the focus is in what would be replaced.
  let timer = null;
  const reload = () => {
    timer ??= setTimeout(async () => {
      timer = null;
      const next = await load();
      if (signal.aborted || next === data || main.querySelector(".grid")?.contains(document.activeElement)) return;
      data = next;
      drawing.abort();
      drawing = new AbortController();
      draw(main, data, since, AbortSignal.any([signal, drawing.signal]));
    }, RELOAD_AFTER);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  onLive("alert", reload, signal);
  onLive("resume", reload, signal);
}

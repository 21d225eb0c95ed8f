/**
 * Health: what `margay status` says, live, and what can be done about it: records that were refused,
 * deliveries that wait, destinations that may fail.
 */
import { get, may, part } from "../lib/api.js";
import { h, section } from "../lib/dom.js";
import { onLive } from "../lib/live.js";
import { number, span, timeNode } from "../lib/time.js";
import { inline } from "../lib/value.js";
import { deadLetters } from "../parts/dead_letters.js";
import { outbox } from "../parts/outbox.js";
import { destinations, sources } from "../parts/health_tables.js";
import { texts } from "../texts/en_data.js";

const words = texts.health;

/** Milliseconds after which what is shown is asked for again, even if nothing was heard. */
const REFRESH = 15000;

/** Deliveries that are asked for. */
const DELIVERIES = 100;

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

function bytes(value) {
  if (typeof value !== "number") return "–";
  const power = value > 0 ? Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10)) : 0;
  return `${(value / 1024 ** power).toLocaleString(undefined, { maximumFractionDigits: power === 0 ? 0 : 1 })} ${UNITS[power]}`;
}

function banner(health) {
  const problems = health.problems ?? [];
  if (health.ok) return h("div", { class: "health-banner well" }, h("p", { class: "passed" }, words.well));
  return h("div", { class: "health-banner ill" }, h("p", { class: "failed" }, words.problems(problems.length)),
    h("ul", null, problems.map((problem) => h("li", null, inline(problem, { max: 1000 })))));
}

function alarms(list) {
  if (list.length === 0) return h("p", { class: "quiet" }, words.noAlarms);
  return h("ul", { class: "plain-list" }, list.map((alarm) => h("li", null, h("strong", null, inline(String(alarm.kind ?? "").replaceAll("_", " "))), " ",
    inline(alarm.subject ?? ""), ` · ${words.since} `, timeNode(alarm.since, "relative"), h("div", null, inline(alarm.detail ?? "", { max: 1000 }), " ",
      alarm.alert_id && h("a", { href: `/alerts/${part(alarm.alert_id)}` }, words.toAlert)))));
}

function fact(name, ...value) {
  return h("div", { class: "fact" }, h("dt", null, name), h("dd", null, value));
}

function facts(health) {
  const { daemon = {}, rules = {}, state = {} } = health;
  const running = daemon.started_at && daemon.state === "running" ? span((Date.now() - Date.parse(daemon.started_at)) / 1000) : null;
  return h("dl", { class: "facts-line" },
    fact(words.daemon, inline(daemon.state ?? "–"), running ? ` · ${words.up(running)}` : ""),
    fact(words.version, inline(health.version ?? daemon.version ?? "–")),
    fact(words.heartbeat, timeNode(daemon.heartbeat_at, "relative")),
    fact(words.rules, h("a", { href: "/rules" }, number(rules.loaded)), rules.mistakes > 0 ? ` · ${words.mistakes(rules.mistakes)}` : "",
      rules.paused > 0 ? ` · ${words.paused(rules.paused)}` : ""),
    fact(words.archive, words.events(state.events ?? 0), state.oldest_event_received_at
      ? [` · ${words.oldest} `, timeNode(state.oldest_event_received_at, "relative")] : ""),
    fact(words.file, bytes(state.file_bytes)), fact(words.disk, words.diskOf(bytes(state.disk_free_bytes), bytes(state.disk_total_bytes))));
}

/** Counters since the daemon's start, and how fast they go. */
class Counters {
  constructor() {
    this.element = h("dl", { class: "figures live-figures", hidden: true });
    this.last = null;
    this.figures = ["events", "matches", "alerts"].map((name) => {
      const value = h("dd");
      this.element.append(h("div", { class: "figure" }, h("dt", null, words.counters[name]), value));
      return { name, value };
    });
  }

  take(counts) {
    const now = performance.now(), before = this.last;
    this.element.hidden = false;
    for (const { name, value } of this.figures) {
      const rate = before ? Math.max(0, counts[name] - before.counts[name]) * 1000 / Math.max(1, now - before.at) : null;
      value.replaceChildren(number(counts[name]), rate === null || name !== "events" ? "" : h("span", { class: "figure-note" }, words.rate(rate)));
    }
    this.last = { at: now, counts };
  }
}

/** Reads everything that the page shows. */
async function read(signal) {
  const [health, places, waiting, letters] = await Promise.all([get("/health", {}, { signal }), get("/destinations", {}, { signal }),
    get("/outbox", { limit: DELIVERIES }, { signal }), get("/deadletters", {}, { signal })]);
  return { health, destinations: places.items, outbox: waiting.items, outboxMore: waiting.more === true, letters: letters.items };
}

export async function show(main, { signal, me }) {
  const status = h("div", { role: "status", "aria-live": "polite" }), box = h("div", { class: "panel" }), alarmBox = h("div");
  const counters = new Counters();
  let said = "";
  const again = async () => draw(await read(signal));
  const options = { analyst: may(me, "analyst"), admin: may(me, "admin"), again, signal };
  const parts = { sources: sources(), destinations: destinations(options), outbox: outbox(options), letters: deadLetters(options) };
  const draw = (all) => {
    const saying = JSON.stringify([all.health.ok, all.health.problems]);
    if (saying !== said) status.replaceChildren(banner(all.health));
    said = saying;
    box.replaceChildren(facts(all.health), counters.element);
    alarmBox.replaceChildren(alarms(all.health.alarms ?? []));
    parts.sources.update(all.health.sources ?? []);
    parts.destinations.update(all.destinations);
    parts.outbox.update(all.outbox, all.outboxMore);
    parts.letters.update(all.letters);
  };
  draw(await read(signal));
  main.replaceChildren(h("div", { class: "page" }, h("h1", null, words.title), status, box, section(words.alarms, {}, alarmBox),
    parts.sources.element, parts.destinations.element, parts.outbox.element, parts.letters.element));
  const quietly = () => again().catch((error) => {
    if (!signal.aborted && error.status === 401) throw error; // the frame leads to the login
  });
  onLive("counts", (counts) => counters.take(counts), signal);
  onLive("health", quietly, signal);
  onLive("resume", quietly, signal);
  const timer = setInterval(() => document.hidden || quietly(), REFRESH);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/**
 * A rule over the archive: what it would have alerted about. A backtest is a job of the daemon; the
 * address keeps its id, so that its result is there after a reload.
 */
import { get, part, Problem, send } from "../lib/api.js";
import { announce, h, section } from "../lib/dom.js";
import { bars, shares } from "../lib/chart.js";
import { address, keepQuery } from "../lib/route.js";
import { severity } from "../lib/severity.js";
import { dayAfter, dayName, timeNode } from "../lib/time.js";
import { inline, printable } from "../lib/value.js";
import { texts } from "../texts/en_data.js";

const words = texts.backtest;

const LENGTHS = ["7d", "30d", "90d", "365d"];
const LENGTH_DEFAULT = "30d";
/** Milliseconds between two questions how far it is; each is longer than the one before. */
const POLL_FIRST = 250, POLL_MAX = 2000;
/** Days that the chart shows: a year and a bit. */
const DAYS_MAX = 400;
/** Who had most matches: so many are listed, of alerts that differ as many. */
const ACTORS_MAX = 10, ALERTS_MAX = 20;

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("left", "AbortError"));
    }, { once: true });
  });
}

/** Alerts of every day of the time, those without any as well. */
function eachDay(result) {
  const counts = new Map((result.days ?? []).map(({ day, alerts }) => [day.slice(0, 10), alerts]));
  const known = [...counts.keys()].sort();
  let day = (result.since ?? known[0] ?? "").slice(0, 10);
  const last = (result.until ?? known.at(-1) ?? "").slice(0, 10), days = [];
  for (; day && day <= last && days.length < DAYS_MAX; day = dayAfter(day)) days.push({ day, alerts: counts.get(day) ?? 0 });
  return days;
}

function difference(title, sign, alerts, linked) {
  if (alerts.length === 0) return null;
  const line = (alert) => {
    const name = inline(alert.title, { max: 160 });
    return h("li", null, h("span", { class: "sign", "aria-hidden": "true" }, sign), " ", timeNode(alert.first_event_time, "short"), " ",
      severity(alert.severity), " ", linked && alert.alert_id ? h("a", { href: `/alerts/${part(alert.alert_id)}` }, name) : name);
  };
  return h("div", null, h("h3", null, title), h("ul", { class: "plain-list" }, alerts.slice(0, ALERTS_MAX).map(line)));
}

function compared(result) {
  const { more = [], fewer = [] } = result;
  const counts = [result.live_alerts ?? 0, result.more_count ?? more.length, result.fewer_count ?? fewer.length];
  return h("div", null, h("p", null, words.compared(...counts)),
    difference(words.more, "+", more, false), difference(words.fewer, "−", fewer, true));
}

function resultOf(result, signal) {
  const days = eachDay(result), actors = (result.actors ?? []).slice(0, ACTORS_MAX);
  return h("div", { class: "backtest-result" },
    h("p", null, h("strong", null, words.alerts(result.alert_count)), ` · ${words.of(result.matches, result.events)}`,
      result.suppressed > 0 ? ` · ${words.suppressed(result.suppressed)}` : ""),
    days.length > 0 && bars({ title: words.byDay, labelTitle: words.day, labels: days.map(({ day }) => dayName(day)), signal,
      series: [{ label: words.alertsOf, data: days.map(({ alerts }) => alerts), colour: "--accent" }] }),
    h("div", { class: "backtest-parts" }, compared(result), actors.length > 0 && h("div", null, h("h3", null, words.actors),
      shares(actors.map((one) => ({
        name: inline(one.actor), count: one.matches, note: one.alerts > 0 ? words.alerts(one.alerts) : null,
        href: address("/search", { actor: one.actor, since: result.since, until: result.until }),
      })), { label: words.actors }))));
}

/** One backtest on the screen. */
class Backtest {
  constructor(rule, { query, analyst, signal }) {
    Object.assign(this, { rule, query, analyst, signal });
    this.state = h("div", { class: "backtest-state" });
    this.length = h("select", { class: "input", "aria-label": words.length },
      LENGTHS.map((value) => h("option", { value, selected: value === LENGTH_DEFAULT }, words.lengths[value])));
    this.button = h("button", { type: "button", class: "button", on: { click: () => this.start() } }, words.start);
  }

  keep(id) {
    if (id) this.query.set("backtest", id);
    else this.query.delete("backtest");
    keepQuery(this.query);
  }

  async start() {
    this.button.disabled = true;
    try {
      const { id } = await send("POST", "/backtests", { rule: this.rule.id, since: this.length.value }, { signal: this.signal });
      this.keep(id);
      await this.follow(id);
    } catch (error) {
      this.button.disabled = false;
      if (!(error instanceof Problem)) throw error;
      this.say(error.message, true);
    }
  }

  say(text, failed = false) {
    this.button.disabled = false;
    this.state.replaceChildren(h("p", { class: failed ? "form-problem" : "quiet", role: "status" }, text));
  }

  drawProgress(job, id) {
    const { events = 0, done } = job.progress ?? {};
    if (!this.bar?.isConnected) {
      this.bar = h("progress", { max: 1, "aria-label": words.progress });
      this.reached = h("span", { class: "quiet" });
      const cancel = () => send("DELETE", `/backtests/${part(id)}`, {}, { signal: this.signal });
      this.state.replaceChildren(h("div", { class: "backtest-progress" }, this.bar, this.reached,
        this.analyst && h("button", { type: "button", class: "button", on: { click: cancel } }, words.cancel)));
    }
    if (done !== undefined) this.bar.value = done;
    this.reached.textContent = job.state === "queued" ? words.queued : words.reached(events);
  }

  /** Asks until it has ended. */
  async follow(id) {
    for (let wait = POLL_FIRST; ; wait = Math.min(wait * 1.4, POLL_MAX)) {
      const job = await get(`/backtests/${part(id)}`, {}, { signal: this.signal });
      if (job.state === "done") return this.finish(job.result);
      if (job.state === "failed") return this.say(words.failed(printable(job.error)), true);
      if (job.state === "cancelled") return this.say(words.cancelled);
      this.drawProgress(job, id);
      await pause(wait, this.signal);
    }
  }

  finish(result) {
    this.button.disabled = false;
    this.state.replaceChildren(resultOf(result, this.signal));
    announce(words.alerts(result.alert_count));
  }

  /** Shows the one that the address names; it may be forgotten by now. */
  async resume() {
    const id = this.query.get("backtest");
    if (!id) return;
    this.button.disabled = true;
    try {
      await this.follow(id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.keep(null);
      this.say(words.forgotten);
    }
  }
}

/**
 * @param {Object} rule as rules.show answers
 * @param {{query: URLSearchParams, analyst: boolean, signal: AbortSignal}} options
 */
export function backtest(rule, options) {
  const one = new Backtest(rule, options);
  one.resume();
  return section(words.title, { actions: options.analyst ? h("div", { class: "page-actions" }, one.length, one.button) : null },
    h("p", { class: "hint" }, options.analyst ? words.help : words.role), one.state);
}

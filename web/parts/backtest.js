/**
 * A rule over the archive: what it would have alerted about. A backtest is a job of the daemon; the
 * address keeps its id, so that its result is there after a reload.
 */
import { get, part, Problem, send } from "../lib/api.js";
import { announce, h, section } from "../lib/dom.js";
import { bars, shares } from "../lib/chart.js";
import { address, keepQuery } from "../lib/route.js";
import { severity } from "../lib/severity.js";
import { dayAfter, dayName, number, timeNode, utc } from "../lib/time.js";
import { inline } from "../lib/value.js";
import { texts } from "../texts/en_data.js";

const words = texts.backtest;

const LENGTHS = ["7d", "30d", "90d", "365d"];
const LENGTH_DEFAULT = "30d";
/** Milliseconds between two questions how far it is; each is longer than the one before. */
const POLL_FIRST = 250, POLL_MAX = 2000;
/** Days that the chart shows: a year and a bit. */
const DAYS_MAX = 400;

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
  const counts = new Map((result.by_day ?? []).map(({ day, alerts }) => [day.slice(0, 10), alerts]));
  const known = [...counts.keys()].sort();
  let day = (result.since ?? known[0] ?? "").slice(0, 10);
  const last = (result.until ?? known.at(-1) ?? "").slice(0, 10), days = [];
  for (; day && day <= last && days.length < DAYS_MAX; day = dayAfter(day)) days.push({ day, alerts: counts.get(day) ?? 0 });
  return days;
}

function difference(title, sign, alerts, linked) {
  if (!(alerts?.length > 0)) return null;
  return h("div", null, h("h3", null, title), h("ul", { class: "plain-list" }, alerts.map((alert) => h("li", null, h("span", { class: "sign", "aria-hidden": "true" }, sign), " ",
    timeNode(alert.first_event_time, "short"), " ", severity(alert.severity), " ",
    linked && alert.alert_id ? h("a", { href: `/alerts/${part(alert.alert_id)}` }, inline(alert.title, { max: 160 })) : inline(alert.title, { max: 160 })))));
}

function compared(result) {
  const { more, fewer } = result.compared ?? {};
  const count = (side) => Array.isArray(side) ? side.length : side ?? 0;
  return h("div", { class: "backtest-compared" }, h("p", null, words.compared(result.compared?.live, count(more), count(fewer))),
    difference(words.more, "+", Array.isArray(more) ? more : [], false), difference(words.fewer, "−", Array.isArray(fewer) ? fewer : [], true));
}

function resultOf(result, signal) {
  const days = eachDay(result), actors = result.actors ?? [];
  return h("div", { class: "backtest-result" },
    h("p", { class: "backtest-summary" }, h("strong", null, words.alerts(result.alerts)), ` · ${words.of(result.matches, result.events)}`,
      result.suppressed > 0 ? ` · ${words.suppressed(result.suppressed)}` : ""),
    days.length > 0 && bars({ title: words.byDay, labelTitle: words.day, labels: days.map(({ day }) => dayName(day)), signal,
      series: [{ label: words.alertsOf, data: days.map(({ alerts }) => alerts), colour: "--accent" }] }),
    h("div", { class: "backtest-parts" }, compared(result),
      actors.length > 0 && h("div", null, h("h3", null, words.actors), shares(actors.map((one) => ({ name: inline(one.actor ?? one.value), count: one.matches ?? one.count ?? 0,
        note: one.alerts > 0 ? words.alerts(one.alerts) : null, href: address("/search", { actor: one.actor ?? one.value, since: result.since, until: result.until }) })), { label: words.actors }))));
}

/** Share of the time that is read. */
function progressOf(job, length) {
  const reached = Date.parse(job.progress?.reached ?? ""), until = Date.parse(job.until ?? "") || Date.now();
  const since = Date.parse(job.since ?? "") || until - parseInt(length, 10) * 86400000;
  return Number.isNaN(reached) ? null : Math.max(0, Math.min(1, (reached - since) / (until - since)));
}

/** One backtest on the screen. */
class Backtest {
  constructor(rule, { query, signal }) {
    Object.assign(this, { rule, query, signal });
    this.state = h("div", { class: "backtest-state" });
    this.length = h("select", { class: "input", "aria-label": words.length }, LENGTHS.map((value) => h("option", { value, selected: value === LENGTH_DEFAULT }, words.lengths[value])));
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
    const share = progressOf(job, this.length.value), events = job.progress?.events ?? 0;
    if (!this.bar?.isConnected) {
      this.bar = h("progress", { max: 1, "aria-label": words.progress });
      this.reached = h("span", { class: "quiet" });
      this.state.replaceChildren(h("div", { class: "backtest-progress" }, this.bar, this.reached,
        h("button", { type: "button", class: "button", on: { click: () => send("DELETE", `/backtests/${part(id)}`, {}, { signal: this.signal }) } }, words.cancel)));
    }
    if (share !== null) this.bar.value = share;
    this.reached.textContent = job.state === "queued" ? words.queued : words.reached(number(events), job.progress?.reached ? utc(Date.parse(job.progress.reached)).slice(0, 10) : "");
  }

  /** Asks until it has ended. */
  async follow(id) {
    for (let wait = POLL_FIRST; ; wait = Math.min(wait * 1.4, POLL_MAX)) {
      const job = await get(`/backtests/${part(id)}`, {}, { signal: this.signal });
      if (job.state === "done") return this.finish(job.result);
      if (job.state === "failed") return this.say(words.failed(job.error ?? job.message ?? ""), true);
      if (job.state === "cancelled") return this.say(words.cancelled);
      this.drawProgress(job, id);
      await pause(wait, this.signal);
    }
  }

  finish(result) {
    this.button.disabled = false;
    this.state.replaceChildren(resultOf(result, this.signal));
    announce(words.alerts(result.alerts));
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

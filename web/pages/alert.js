/**
 * One alert, as a story: what happened, who, when; the events; why it matters and what to do; what
 * was decided. What can be decided is at the top.
 */
import { get, may, part, Problem } from "../lib/api.js";
import { askAssignee, askResolution, change } from "../lib/alert_change.js";
import { left } from "../lib/alert_filters.js";
import { empty, h, notice, section } from "../lib/dom.js";
import { timeline } from "../lib/event_view.js";
import { onLive } from "../lib/live.js";
import { line, prose } from "../lib/prose.js";
import { address } from "../lib/route.js";
import { severity, shape, severityWord, state } from "../lib/severity.js";
import { number, timeNode } from "../lib/time.js";
import { askExcept, askMute } from "../lib/tuning.js";
import { block, inline, printable } from "../lib/value.js";
import { texts } from "../texts/en.js";

const t = texts.alert;
const EVENTS = 50;
/** Milliseconds for which several changes of this alert are one reload. */
const GATHER = 200;

/** How changes come that margay itself makes: what joins an alert. */
const OWN = "margay";

/** People that are named. */
const WHO_MAX = 6;

/** What an attribute was, and how often: {"Mac": 2} as "Mac ×2". */
function values(counts) {
  if (counts === null || typeof counts !== "object") return block(counts);
  return Object.entries(counts).slice(0, 10).map(([value, count], i) => [i ? ", " : null, inline(value), count > 1 ? h("span", { class: "quiet" }, ` ×${number(count)}`) : null]);
}

class AlertPage {
  constructor(main, { parameters, signal, me }) {
    this.main = main;
    this.id = parameters.id;
    this.signal = signal;
    this.me = me;
    this.events = [];
  }

  async load() {
    this.alert = await get(`/alerts/${part(this.id)}`, {}, { signal: this.signal });
    this.events = (await get(`/alerts/${part(this.id)}/events`, { limit: EVENTS }, { signal: this.signal })).items;
  }

  /* ---- the head: what it is, and what can be done ---- */

  async act(body) {
    try {
      this.alert = { ...this.alert, ...await change(this.id, body, { match: this.alert.revision === undefined ? undefined : `"${this.alert.revision}"` }) };
      notice(t.changed[body.change]);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 409 && error.status !== 412) throw error;
      notice(error.status === 412 ? texts.problem.gone : error.message, { problem: true });
    }
    await this.load();
    this.draw();
    return true;
  }

  button(text, does, options = {}) {
    return h("button", { type: "button", class: `button ${options.primary ? "primary" : ""}`.trim(), "data-action": options.name, on: { click: does } }, text);
  }

  actions() {
    if (!may(this.me, "analyst")) return null;
    const { alert } = this;
    const resolve = () => askResolution(t.resolveTitle, (body) => this.act(body));
    const assign = () => askAssignee(alert.assignee, (body) => this.act(body));
    return h("div", { class: "page-actions", role: "group", "aria-label": t.state },
      alert.state === "open" && this.button(t.ack, () => this.act({ change: "ack" }), { name: "ack", primary: true }),
      alert.state !== "resolved" && this.button(`${t.resolve}…`, resolve, { name: "resolve", primary: alert.state === "acknowledged" }),
      alert.state !== "open" && this.button(t.reopen, () => this.act({ change: "reopen" }), { name: "reopen" }),
      this.button(`${t.assign}…`, assign, { name: "assign" }));
  }

  head() {
    const { alert } = this;
    return h("div", { class: "alert-head" },
      h("a", { class: "back", href: left.list }, "‹ ", t.back),
      h("div", { class: "badge-row" }, severity(alert.severity), state(alert), h("span", { class: "quiet" }, t.assignee, ": ", alert.assignee ? inline(alert.assignee) : t.nobody)),
      h("h1", null, inline(alert.title || alert.name, { max: 600 })), this.actions());
  }

  /* ---- the story ---- */

  when() {
    const { alert } = this;
    const first = timeNode(alert.first_event_time), times = number(alert.match_count);
    if (alert.first_event_time === alert.last_event_time) return [first];
    return [first, ` ${t.between} `, timeNode(alert.last_event_time), ` (${times})`];
  }

  where() {
    const found = new Map();
    for (const item of this.events) {
      const event = item.event ?? {};
      const ip = event.ip_address ?? event.p_any_ip_addresses?.[0];
      if (typeof ip !== "string") continue;
      const place = [event.p_geo?.city, event.p_geo?.country].filter((one) => typeof one === "string").join(", ");
      found.set(ip, place);
    }
    return [...found].slice(0, 5).map(([ip, place], i) => [i ? ", " : null, h("a", { href: address("/search", { ip }) }, inline(ip)), place ? [" (", inline(place), ")"] : null]);
  }

  /** The person; of a correlation, those of its steps. */
  who() {
    const actors = new Set(this.alert.actor ? [this.alert.actor] : (this.alert.steps ?? []).flatMap((step) => step.events.map((one) => one.actor)).filter(Boolean));
    return actors.size > 0 && [...actors].slice(0, WHO_MAX).map((actor, i) => [i ? ", " : null, h("a", { href: address("/search", { actor }) }, inline(actor))]);
  }

  facts() {
    const { alert } = this;
    const where = this.where();
    const attributes = Object.entries(alert.summary_attributes ?? {}).filter(([, counts]) => Object.keys(counts ?? {}).join() !== alert.actor)
      .map(([name, counts]) => [printable(name), values(counts)]);
    const rows = [
      [t.who, this.who()],
      [t.what, inline(alert.name)],
      [t.when, this.when()],
      [t.where, where.length > 0 && where],
      [t.matches, alert.match_count > 1 && number(alert.match_count)],
      [t.source, alert.source_id && [inline(alert.source_label || alert.source_id), " ", h("span", { class: "quiet" }, inline(alert.log_type))]],
      ...attributes,
    ];
    return section(t.facts, null, h("dl", { class: "facts" }, rows.filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", null, value)])));
  }

  /** The events of the archive; of a correlation, those of its steps. */
  story() {
    const { alert, events } = this;
    const steps = alert.steps ?? [];
    if (steps.length > 0) {
      const known = new Map(events.map((item) => [item.row_id, item]));
      const items = steps.flatMap((step) => step.events.map((one) => ({ log_type: one.rule_id, ...known.get(one.row_id), ...one, step: step.step })));
      return section(t.steps, { actions: h("span", { class: "quiet" }, steps.map((step, i) => [i ? " · " : null, inline(t.step(printable(step.step), step.count))])) }, timeline(items));
    }
    if (events.length === 0) return alert.type === "system" ? null : section(t.timeline, null, empty(t.noEvents, h("p", null, t.noEventsHelp)));
    return section(t.timeline, { actions: h("span", { class: "quiet" }, t.timelineCount(events.length, Math.max(events.length, alert.match_count))) }, timeline(events));
  }

  why() {
    const { alert } = this;
    const attack = alert.reports?.["MITRE ATT&CK"] ?? [];
    return section(t.why, null, prose(alert.description || ""),
      attack.length > 0 && h("ul", { class: "chips", "aria-label": t.attack }, attack.map((one) => h("li", null,
        h("a", { class: "tag", href: address("/rules", { technique: String(one).split(":").pop() }) }, inline(String(one).replace(":", " › ")))))),
      alert.reference && h("p", { class: "reference" }, `${t.reference}: `, line(printable(alert.reference))));
  }

  todo() {
    return section(t.todo, null, this.alert.runbook ? prose(this.alert.runbook) : h("p", { class: "quiet" }, t.noTodo));
  }

  /* ---- what was decided ---- */

  happened(entry) {
    const what = entry.resolution ? texts.resolution[entry.resolution] : entry.action === "assigned" ? entry.assignee || t.nobody : "";
    return h("li", null, h("div", { class: "when" }, timeNode(entry.at, "short")), h("div", { class: "happened" },
      h("p", null, h("strong", null, inline(entry.who)), ` ${t.did[entry.action] ?? printable(entry.action)} `, inline(what), " ", entry.via !== OWN && h("span", { class: "quiet" }, t.via(printable(entry.via)))),
      entry.note && h("div", { class: "note" }, block(entry.note))));
  }

  noteForm() {
    if (!may(this.me, "analyst")) return null;
    const text = h("textarea", { name: "note", class: "input", rows: 2, maxlength: 4000, "aria-label": t.noteLabel, placeholder: t.notePlaceholder });
    return h("form", { class: "form note-form", on: { submit: async (event) => {
      event.preventDefault();
      if (text.value.trim()) await this.act({ change: "note", note: text.value.trim() });
    } } }, text, h("div", { class: "form-end" }, h("button", { type: "submit", class: "button", "data-action": "note" }, t.note)));
  }

  history() {
    const entries = this.alert.history ?? [];
    return section(t.history, null, h("ol", { class: "timeline small" },
      h("li", null, h("div", { class: "when" }, timeNode(this.alert.created_at, "short")), h("div", { class: "happened" }, h("p", null, t.historyOpened))),
      entries.map((entry) => this.happened(entry))), this.noteForm());
  }

  deliveries() {
    const rows = this.alert.deliveries ?? [];
    if (rows.length === 0) return section(t.deliveries, null, h("p", { class: "quiet" }, t.noDeliveries));
    return section(t.deliveries, null, h("ul", { class: "plain-list" }, rows.map((one) => h("li", null,
      h("span", { class: one.state === "delivered" ? "status good" : one.last_error ? "status bad" : "" }, inline(one.destination)),
      h("span", { class: "quiet" }, " ", inline(one.state), ", ", inline(one.occasion), " ", timeNode(one.updated_at, "relative")),
      one.last_error && h("div", { class: "quiet" }, inline(one.last_error))))));
  }

  related() {
    const { alert } = this, rows = alert.related ?? [];
    if (!alert.actor) return null;
    return section(t.related, { actions: h("a", { href: address("/alerts", { actor: alert.actor }) }, t.allOfActor) },
      rows.length === 0 ? h("p", { class: "quiet" }, t.noRelated) : h("ul", { class: "plain-list" }, rows.slice(0, 8).map((one) => h("li", null,
        h("a", { href: `/alerts/${encodeURIComponent(one.alert_id)}` }, h("span", { class: severityWord(one.severity), title: texts.severity[severityWord(one.severity)] },
          shape(severityWord(one.severity)), h("span", { class: "hidden" }, texts.severity[severityWord(one.severity)])), inline(one.title || one.name, { max: 120 })),
        h("div", { class: "quiet" }, timeNode(one.created_at, "relative"), ", ", state(one))))),
      h("p", { class: "reference" }, h("a", { href: address("/search", { actor: alert.actor }) }, t.eventsOfActor)));
  }

  async tune(asked) {
    const answer = await asked;
    if (!answer) return;
    notice(t.tuned);
  }

  rule() {
    const { alert } = this;
    if (alert.type === "system") return null;
    const event = this.events[0]?.event ?? alert.event ?? {};
    return section(t.ruleSection, { actions: h("a", { href: `/rules/${encodeURIComponent(alert.id)}` }, t.ruleOpen) }, h("p", null, inline(alert.id, { class: "mono" })),
      alert.tags?.length > 0 && h("p", null, alert.tags.map((tag) => [h("span", { class: "tag" }, inline(tag)), " "])),
      may(this.me, "admin") && h("div", { class: "page-actions" },
        this.button(t.mute, () => this.tune(askMute(alert.id)), { name: "mute" }),
        this.button(t.except, () => this.tune(askExcept(alert.id, event, alert.actor)), { name: "except" })));
  }

  context() {
    const { alert } = this;
    return h("p", { class: "quiet small-print" }, `${t.id} `, inline(alert.alert_id, { class: "mono" }), ` · ${t.opened} `, timeNode(alert.created_at), alert.dedup ? [` · ${t.dedup} `, inline(alert.dedup)] : null);
  }

  draw() {
    const focused = this.main.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    const draft = this.main.querySelector(".note-form textarea")?.value ?? "";
    document.title = `${printable(this.alert.title || this.alert.name).slice(0, 120)} · ${texts.brand}`;
    this.main.replaceChildren(h("div", { class: "page" }, this.head(),
      h("div", { class: "columns" },
        h("div", { class: "column" }, this.facts(), this.story(), this.why(), this.todo()),
        h("div", { class: "column side" }, this.history(), this.related(), this.rule(), this.deliveries())),
      this.context()));
    const text = this.main.querySelector(".note-form textarea");
    if (text && this.keepDraft) text.value = draft;
    if (focused) (this.main.querySelector(`[data-action="${focused}"]`) ?? this.main.querySelector("[data-action]"))?.focus();
  }
}

export async function show(main, context) {
  const page = new AlertPage(main, context);
  await page.load();
  if (context.signal.aborted) return;
  left.opened = page.alert.alert_id;
  page.draw();
  let timer = null;
  const soon = () => {
    timer ??= setTimeout(async () => {
      timer = null;
      const before = page.alert.revision ?? page.alert.history?.length;
      await page.load();
      if (context.signal.aborted || document.querySelector("dialog[open]") || (page.alert.revision ?? page.alert.history?.length) === before) return;
      page.keepDraft = true;
      page.draw();
      page.keepDraft = false;
    }, GATHER);
  };
  context.signal.addEventListener("abort", () => clearTimeout(timer));
  onLive("alert", (alert) => alert.id === page.alert.alert_id && soon(), context.signal);
  onLive("resume", soon, context.signal);
}

/**
 * The list of alerts: filters in the address, live, several changed at once.
 *
 * What is new is put on top where nobody is at work in the list; otherwise a button says how much
 * there is, because rows that move are rows that are mistaken.
 */
import { get, may, Problem } from "../lib/api.js";
import { askResolution, change } from "../lib/alert_change.js";
import { filterForm, filterMarks, isFiltered, left, readFilters } from "../lib/alert_filters.js";
import { empty, h, notice } from "../lib/dom.js";
import { onLive } from "../lib/live.js";
import { address, isBack, keepQuery } from "../lib/route.js";
import { severity, state } from "../lib/severity.js";
import { moreButton, table } from "../lib/table.js";
import { number, timeNode } from "../lib/time.js";
import { inline } from "../lib/value.js";
import { texts } from "../texts/en.js";

const t = texts.alerts;
/** Rows of a page: with all that the API says of each, some 120 KB. */
const LIMIT = 40;

/** Milliseconds for which several news are one reload. */
const GATHER = 300;
/** Pixels from the top within which nobody has scrolled. */
const AT_TOP = 150;

/** What the page knows; one of these for each time that it is shown. */
class AlertList {
  constructor({ query, signal, me }) {
    this.filters = readFilters(query);
    this.signal = signal;
    this.mayChange = may(me, "analyst");
    this.rows = [];
    this.held = null; // the first page that is waiting for the button
    this.next = null;
    this.fresh = new Set();
    this.selected = new Set();
    this.asked = 0;
  }

  /* ---- rows ---- */

  parameters(more = {}) {
    return { ...this.filters, limit: LIMIT, ...more };
  }

  /** A filter that the API refuses is a problem of the list, not of the page: it can be changed there. */
  async firstPage() {
    this.problem = null;
    try {
      return await get("/alerts", this.parameters(), { signal: this.signal });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 400) throw error;
      this.problem = error.message;
      return { items: [] };
    }
  }

  async load() {
    const asked = ++this.asked;
    const page = await this.firstPage();
    if (asked !== this.asked) return;
    this.rows = page.items;
    this.next = page.next ?? null;
    this.held = null;
    this.fresh.clear();
    this.selected = new Set([...this.selected].filter((id) => this.rows.some((row) => row.alert_id === id)));
  }

  async loadMore(cursor) {
    const page = await get("/alerts", this.parameters({ cursor }), { signal: this.signal });
    const known = new Set(this.rows.map((row) => row.alert_id));
    this.rows = [...this.rows, ...page.items.filter((row) => !known.has(row.alert_id))];
    this.next = page.next ?? null;
    this.drawRows();
  }

  /** The first page again: what is new on top of it, and what has changed in it. */
  async refresh() {
    const asked = this.asked;
    const page = await this.firstPage();
    if (asked !== this.asked || this.signal.aborted) return;
    const known = new Set(this.rows.map((row) => row.alert_id));
    const news = page.items.filter((row) => !known.has(row.alert_id));
    if (news.length > 0 && this.isBusy()) {
      this.held = page;
      const now = new Map(page.items.map((row) => [row.alert_id, row]));
      this.rows = this.rows.map((row) => now.get(row.alert_id) ?? row);
    } else {
      this.take(page, news);
    }
    this.drawRows();
  }

  take(page, news) {
    const taken = new Set(page.items.map((row) => row.alert_id));
    const oldest = page.items.at(-1)?.created_at ?? "";
    const rest = page.next ? this.rows.filter((row) => !taken.has(row.alert_id) && row.created_at <= oldest) : [];
    if (rest.length === 0) this.next = page.next ?? null;
    this.rows = [...page.items, ...rest];
    this.held = null;
    this.fresh = new Set(news.map((row) => row.alert_id));
  }

  isBusy() {
    return window.scrollY > AT_TOP || this.selected.size > 0 || this.list.contains(document.activeElement) || document.querySelector("dialog[open]") !== null;
  }

  /* ---- what is seen ---- */

  /** The title, and below it the rule. */
  title(row) {
    const rule = row.type === "system" ? h("span", null, inline(row.id)) : h("a", { href: `/rules/${encodeURIComponent(row.id)}` }, inline(row.id));
    return h("div", { class: "two-lines" },
      h("a", { href: `/alerts/${encodeURIComponent(row.alert_id)}` }, inline(row.title || row.name || row.id)), h("div", { class: "second-line" }, rule));
  }

  columns() {
    const select = { title: t.columns.select, hideTitle: true, class: "select-cell", cell: (row) => h("input", {
      type: "checkbox", checked: this.selected.has(row.alert_id), "aria-label": t.select(row.title ?? row.alert_id), on: { change: () => this.toggle(row.alert_id) },
    }) };
    return [
      ...(this.mayChange ? [select] : []),
      { title: t.columns.severity, cell: (row) => severity(row.severity) },
      { title: t.columns.title, lead: true, class: "grow-cell", cell: (row) => this.title(row) },
      { title: t.columns.actor, class: "clip-cell", cell: (row) => row.actor ? h("a", { class: "plain", href: address("/alerts", { ...this.filters, actor: row.actor }) }, inline(row.actor)) : h("span", { class: "none" }, row.type === "system" ? t.system : texts.none) },
      { title: t.columns.matches, numeric: true, cell: (row) => number(row.match_count) },
      { title: t.columns.state, cell: (row) => [state(row), row.assignee ? h("span", { class: "assignee quiet" }, inline(row.assignee, { max: 40 })) : null] },
      { title: t.columns.opened, numeric: true, class: "opened", cell: (row) => timeNode(row.created_at, "relative") },
    ];
  }

  none() {
    if (this.problem) {
      return empty(t.refused, h("p", null, inline(this.problem)), h("button", { type: "button", class: "button", on: { click: () => this.clear() } }, t.clear));
    }
    if (isFiltered(this.filters)) {
      return empty(t.noneFiltered, h("p", null, t.noneFilteredHelp), h("button", { type: "button", class: "button", on: { click: () => this.clear() } }, t.clear));
    }
    if (this.filters.status) {
      const open = this.filters.status.includes("open");
      return empty(open ? t.noneOpen : t.noneFiltered, open && h("p", null, t.noneOpenHelp), h("a", { class: "button", href: "/alerts" }, t.showAll));
    }
    return empty(t.none, h("p", null, t.noneHelp), h("a", { class: "button", href: "/health" }, texts.navigation.health));
  }

  bulk() {
    if (this.selected.size === 0) return "";
    return h("div", { class: "bulk", role: "region", "aria-label": t.selected(this.selected.size) }, h("strong", null, t.selected(this.selected.size)),
      h("button", { type: "button", class: "button", on: { click: () => this.changeAll({ change: "ack" }) } }, texts.alert.ack),
      h("button", { type: "button", class: "button", on: { click: () => askResolution(texts.alert.resolveMany(this.selected.size), (body) => this.changeAll(body)) } }, `${texts.alert.resolve}…`),
      h("button", { type: "button", class: "button", on: { click: () => this.changeAll({ change: "reopen" }) } }, texts.alert.reopen),
      h("button", { type: "button", class: "link", on: { click: () => this.selectNone() } }, t.selectNone));
  }

  freshButton() {
    const known = new Set(this.rows.map((row) => row.alert_id));
    const news = this.held?.items.filter((row) => !known.has(row.alert_id)) ?? [];
    if (news.length === 0) return "";
    return h("button", { type: "button", class: "button primary fresh-button", on: { click: () => {
      this.take(this.held, news);
      this.drawRows();
      window.scrollTo(0, 0);
    } } }, t.fresh(news.length));
  }

  drawRows() {
    this.above.replaceChildren(this.bulk(), this.freshButton());
    if (this.rows.length === 0) {
      this.table = null;
      this.list.replaceChildren(this.none());
    } else if (this.table) {
      this.table.update(this.rows);
    } else {
      this.table = table({
        caption: t.caption(this.rows.length), columns: this.columns(), rows: this.rows, key: (row) => row.alert_id, class: "alerts",
        rowClass: (row) => [this.fresh.has(row.alert_id) && "fresh", this.selected.has(row.alert_id) && "selected", row.state === "resolved" && "done"].filter(Boolean).join(" ") || null,
        onSpace: this.mayChange ? (id) => this.toggle(id) : null,
      });
      this.list.replaceChildren(this.table.element);
    }
    this.below.replaceChildren(moreButton(this.next, (cursor) => this.loadMore(cursor)) ?? "");
  }

  draw(main) {
    const change = (different) => this.setFilters(different);
    this.list = h("div", { class: "panel flush" });
    this.above = h("div", { class: "above-list" });
    this.below = h("div", null);
    this.marks = h("div", null, filterMarks(this.filters, change));
    this.form = h("div", null, filterForm(this.filters, change));
    main.replaceChildren(h("div", { class: "page" }, h("h1", null, t.title), this.form, this.marks, this.above, this.list, this.below));
    this.drawRows();
  }

  /* ---- what is done ---- */

  async setFilters(different) {
    const filters = { ...this.filters, ...different };
    this.filters = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== null && value !== ""));
    keepQuery(new URLSearchParams(address("", this.filters)));
    left.list = location.pathname + location.search;
    const change = (more) => this.setFilters(more);
    this.marks.replaceChildren(filterMarks(this.filters, change));
    if (Object.keys(different).some((name) => name !== "status" && name !== "q") || this.cleared) this.form.replaceChildren(filterForm(this.filters, change));
    await this.load();
    this.table = null;
    this.drawRows();
  }

  clear() {
    this.cleared = true;
    this.setFilters(Object.fromEntries(Object.keys(this.filters).filter((name) => name !== "status").map((name) => [name, null])));
    this.cleared = false;
  }

  toggle(id) {
    if (!this.selected.delete(id)) this.selected.add(id);
    this.drawRows();
  }

  selectNone() {
    this.selected.clear();
    this.drawRows();
  }

  /** One after the other: each is a transaction of its own, and each may be refused. */
  async changeAll(body) {
    const problems = [];
    let done = 0;
    for (const id of this.selected) {
      try {
        await change(id, body);
        done++;
      } catch (error) {
        problems.push(error);
      }
    }
    if (done > 0) notice(t.changed(done));
    if (problems.length > 0) notice(t.failed(problems.length, problems[0].message), { problem: true });
    this.selected.clear();
    await this.load();
    this.drawRows();
    return done;
  }
}

export async function show(main, context) {
  const list = new AlertList(context);
  await list.load();
  if (context.signal.aborted) return;
  list.draw(main);
  left.list = location.pathname + location.search;
  if (isBack()) main.querySelector(`tr[data-key="${CSS.escape(left.opened ?? "")}"] [data-lead]`)?.focus({ preventScroll: true });
  let timer = null;
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = null;
      list.refresh();
    }, GATHER);
  };
  context.signal.addEventListener("abort", () => clearTimeout(timer));
  onLive("alert", soon, context.signal);
  onLive("resume", soon, context.signal);
}

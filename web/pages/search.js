/**
 * Search: the events of the archive, in the words of `margay search`. Everything that is chosen is
 * in the address; a step in the history is a search.
 */
import { get, Problem } from "../lib/api.js";
import { empty, h } from "../lib/dom.js";
import { addCondition, canAsk, commandLine, condition } from "../lib/where.js";
import { apiParameters, readQuery, searchAddress } from "../lib/search_query.js";
import { valuesAt } from "../lib/event_fields.js";
import { csv, download, ndjson } from "../lib/download.js";
import { utc } from "../lib/time.js";
import { histogram } from "../lib/histogram.js";
import { menuButton } from "../lib/menu.js";
import { printable } from "../lib/value.js";
import { copyText } from "../parts/copy_text.js";
import { searchFields } from "../parts/search_fields.js";
import { SearchForm } from "../parts/search_form.js";
import { searchResults } from "../parts/search_results.js";
import { texts } from "../texts/en_data.js";

const words = texts.search;

/** Events of one page of results. */
const PAGE = 100;
const BUCKETS = 60;

/** A search on the screen: what is asked, what came, and the parts that show it. */
class Search {
  constructor(query, signal) {
    this.query = readQuery(query);
    this.signal = signal;
    this.items = [];
    this.running = null;
    this.mistake = null;
    this.form = new SearchForm(this.query, { change: (part) => this.change(part), logTypes: () => logTypes(signal) });
    this.histogram = h("div", { class: "search-histogram" });
    this.status = h("div", { class: "search-status", role: "status", "aria-live": "polite" });
    this.tools = h("div", { class: "page-actions" });
    this.side = h("div", { class: "search-side" });
    this.list = h("div", { class: "search-list" });
    this.found = h("div", { class: "search-found", hidden: true },
      h("section", { class: "panel", "aria-label": words.title },
        h("div", { class: "panel-head" }, this.status, this.tools), this.histogram),
      h("div", { class: "search-body" }, this.side, h("div", { class: "panel flush" }, this.list)));
    this.element = h("div", { class: "page search-page" }, h("h1", { class: "hidden" }, words.title),
      h("section", { class: "panel", "aria-label": words.form }, this.form.element),
      this.found);
  }

  /** Searches for something else; the search before is one step back in the history. */
  change(part) {
    this.query = { ...this.query, ...part };
    const url = searchAddress(this.query);
    if (url !== location.pathname + location.search) history.pushState(null, "", url);
    this.form.set(this.query);
    return this.run();
  }

  async run() {
    this.running?.abort();
    this.running = new AbortController();
    const signal = AbortSignal.any([this.signal, this.running.signal]), parameters = apiParameters(this.query);
    this.element.setAttribute("aria-busy", "true");
    try {
      const [found, counted] = await Promise.all([
        get("/events", { ...parameters, limit: PAGE }, { signal }), get("/events/histogram", { ...parameters, buckets: BUCKETS }, { signal })]);
      this.mistake = null;
      this.form.showProblem(null);
      this.items = found.items;
      this.show(found, counted);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 400) throw error;
      this.mistake = error;
      this.form.showProblem(error);
    } finally {
      if (!signal.aborted) this.element.removeAttribute("aria-busy");
    }
  }

  show(found, counted) {
    this.counted = counted;
    this.found.hidden = false;
    this.histogram.replaceChildren(counted.total > 0 ? histogram(counted, (since, until) => this.change({ since, until })) : "");
    this.drawStatus(found);
    this.drawTools();
    this.drawResults(found);
  }

  drawStatus(found) {
    const total = this.counted.total;
    this.status.replaceChildren(h("strong", null, words.total(total, this.counted.complete !== false)),
      h("span", { class: "quiet" }, total > this.items.length ? ` · ${words.shown(this.items.length)}` : ""),
      found.complete === false ? h("p", { class: "hint" }, words.incomplete(found.searched_since ? utc(Date.parse(found.searched_since)) : "")) : "");
  }

  drawTools() {
    const name = `margay-search-${new Date().toISOString().slice(0, 19).replace(/\D/g, "")}`;
    const { columns } = this.query, command = commandLine(apiParameters(this.query), columns);
    this.tools.replaceChildren(
      menuButton({ class: "button" }, words.export, () => [
        { text: words.exportCsv, run: () => download(`${name}.csv`, "text/csv", this.csv()) },
        { text: words.exportNdjson, run: () => download(`${name}.ndjson`, "application/x-ndjson", ndjson(this.items)) }]),
      h("details", { class: "popup" }, h("summary", { class: "button" }, words.command), h("div", { class: "popup-body command-body" },
        h("p", { class: "hint" }, words.commandHelp), h("code", { class: "command" }, printable(command)),
        h("button", { type: "button", class: "button", on: { click: () => copyText(command) } }, words.copyCommand))));
  }

  csv() {
    const { columns } = this.query;
    if (columns.length === 0) {
      return csv(["row_id", "source", "log_type", "time", "event"],
        this.items.map((item) => [item.row_id, item.source, item.log_type, item.time, item.event ?? item.record]));
    }
    const value = (item, path) => {
      const values = valuesAt(item.event ?? {}, path);
      return values.length > 1 ? values : values[0];
    };
    return csv(["row_id", "log_type", "time", ...columns],
      this.items.map((item) => [item.row_id, item.log_type, item.time, ...columns.map((path) => value(item, path))]));
  }

  drawResults(found) {
    if (this.items.length === 0) {
      this.side.replaceChildren();
      this.list.replaceChildren(this.nothing());
      return;
    }
    const actions = (path, value) => this.actions(path, value), toggleColumn = (path) => this.toggleColumn(path);
    this.fields = searchFields(this.items, {
      columns: this.query.columns, parameters: apiParameters(this.query), actions, toggleColumn, signal: this.signal,
    });
    this.side.replaceChildren(this.fields.element);
    this.next = found.next;
    this.results = searchResults(this.items, this.query.columns, { actions, removeColumn: toggleColumn });
    this.list.replaceChildren(this.results.element, this.moreButton(this.next));
  }

  /** Appends the next events; what is opened stays so. */
  moreButton(next) {
    if (!next) return "";
    const button = h("button", { type: "button", class: "button more", on: { click: async () => {
      button.disabled = true;
      const found = await get("/events", { ...apiParameters(this.query), limit: PAGE, cursor: next }, { signal: this.signal });
      this.items = [...this.items, ...found.items];
      this.next = found.next;
      this.results.update(this.items);
      this.drawStatus(found);
      button.replaceWith(this.moreButton(found.next));
    } } }, words.more100);
    return button;
  }

  nothing() {
    const { where, lua, actor, ip, indicator, log_type: types, since } = this.query;
    const asked = where.length + types.length > 0 || lua || actor || ip || indicator;
    if (!asked && since === "all") {
      return empty(words.empty, h("p", null, words.emptyHelp), h("a", { class: "button", href: "/health" }, words.toHealth));
    }
    const wider = (text, part) => h("button", { type: "button", class: "button", on: { click: () => this.change(part) } }, text);
    return empty(words.none, h("p", null, words.noneHelp), h("div", { class: "page-actions" },
      since !== "all" || this.query.until ? wider(words.noneAll, { since: "all", until: null }) : null,
      asked ? wider(words.noneClear, { where: [], log_type: [], lua: null, actor: null, ip: null, indicator: null }) : null));
  }

  toggleColumn(path) {
    const { columns } = this.query;
    this.query.columns = columns.includes(path) ? columns.filter((other) => other !== path) : [...columns, path];
    history.replaceState(null, "", searchAddress(this.query));
    const opened = this.fields.element.open;
    this.drawTools();
    this.drawResults({ next: this.next });
    this.fields.element.open = opened;
    [...this.side.querySelectorAll("[data-path]")].find((one) => one.dataset.path === path)?.nextElementSibling.focus();
  }

  /** What can be done with a value of an event. */
  actions(path, value) {
    const ask = (not) => this.change({ where: addCondition(this.query.where, condition(path, value, not)) });
    const shown = this.query.columns.includes(path);
    const indicator = /^p_any_/.test(path) && typeof value === "string";
    return [
      ...canAsk(path) ? [
        { text: words.only, run: () => ask(false) }, { text: words.without, run: () => ask(true) },
        { text: words.topOf, run: () => this.fields.open(path) },
      ] : [],
      ...indicator ? [{ text: words.everything, run: () => this.change({ where: [], indicator: value }) }] : [],
      { text: shown ? words.removeColumn : words.addColumn, run: () => this.toggleColumn(path) },
      { text: words.copy, run: () => copyText(typeof value === "object" ? JSON.stringify(value) : String(value)) },
    ];
  }
}

/** Log types that there are rules for, and so mostly events of. */
async function logTypes(signal) {
  const rules = await get("/rules", {}, { signal });
  return [...new Set(rules.items.flatMap((rule) => rule.log_types ?? []))].sort();
}

export async function show(main, { query, signal }) {
  const search = new Search(query, signal);
  await search.run();
  main.replaceChildren(search.element);
  if (search.mistake) search.form.showProblem(search.mistake); // once more: only what is on the page takes the focus
}

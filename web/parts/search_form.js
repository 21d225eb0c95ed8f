/**
 * The form of Search: conditions in one line, the time, and what is asked less often.
 */
import { h, nextId } from "../lib/dom.js";
import { joinWords, keyOf, splitWords } from "../lib/where.js";
import { timeRange } from "./time_range.js";
import { texts } from "../texts/en_data.js";

const words = texts.search;

function labelled(label, input, hint) {
  const id = `q-${nextId()}`;
  input.id = id;
  if (hint) input.placeholder = hint;
  return h("div", { class: "field" }, h("label", { for: id }, label), input);
}

/** The word that a problem of the API is about: it says which, or its text repeats the word's key. */
function wordOf(problem, all) {
  const index = /^where\[(\d+)\]$/.exec(problem.parameter ?? "");
  if (index) return all[Number(index[1])];
  if (!/^where/.test(problem.parameter ?? "where")) return undefined;
  return all.find(({ word }) => keyOf(word) !== "" && problem.message.includes(`'${keyOf(word)}'`));
}

/** What is wrong, without the name of the parameter: that is where it is shown. */
function reason(found) {
  const prefix = `${found.parameter}: `;
  return found.message.startsWith(prefix) ? found.message.slice(prefix.length) : found.message;
}

/** The line as it was typed, with the mistake marked, and what is wrong with it. */
function mistake(text, input, word) {
  const line = word && h("code", { class: "mistake-line" }, input.slice(0, word.start),
    h("mark", null, input.slice(word.start, word.end)), input.slice(word.end));
  return [line, h("p", { class: "form-problem" }, text)];
}

const PLAIN = { class: "input", type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off" };

/** What is asked less often, behind a button. */
class More {
  constructor(logTypes) {
    const id = nextId();
    const types = h("datalist", { id: `types-${id}` });
    this.inputs = {
      log_type: h("input", { ...PLAIN, list: types.id, placeholder: words.anyLogType }), actor: h("input", PLAIN), ip: h("input", PLAIN),
      indicator: h("input", PLAIN), lua: h("input", { ...PLAIN, class: "input mono" }),
    };
    const { log_type: type, actor, ip, indicator, lua } = this.inputs;
    type.addEventListener("focus", async () => {
      types.replaceChildren(...(await logTypes()).map((name) => h("option", { value: name })));
    }, { once: true });
    this.help = h("p", { class: "hint", id: `help-${id}` }, words.whereHelp);
    this.element = h("div", { class: "search-more", id: `more-${id}`, hidden: true }, this.help,
      h("div", { class: "search-small" }, labelled(words.logType, type), labelled(words.actor, actor, words.actorHint),
        labelled(words.ip, ip), labelled(words.indicator, indicator, words.indicatorHint), labelled(words.lua, lua, words.luaHint), types));
    this.button = h("button", { type: "button", class: "button", "aria-expanded": "false", "aria-controls": this.element.id,
      on: { click: () => this.show(this.element.hidden) } }, words.more);
  }

  show(shown) {
    this.element.hidden = !shown;
    this.button.setAttribute("aria-expanded", String(shown));
  }

  set(search) {
    for (const [name, input] of Object.entries(this.inputs)) input.value = [search[name] ?? ""].flat().join(", ");
    if (Object.values(this.inputs).some((input) => input.value)) this.show(true);
  }

  /** The parts of the search that stand here. */
  get() {
    const value = (name) => this.inputs[name].value.trim() || null;
    return { log_type: this.inputs.log_type.value.split(/[\s,]+/).filter(Boolean), actor: value("actor"), ip: value("ip"),
      indicator: value("indicator"), lua: value("lua") };
  }
}

/**
 * The form. `change` gets the parts of the search that it has; `logTypes` gives suggestions, when
 * somebody wants one.
 */
export class SearchForm {
  /**
   * @param {Object} search
   * @param {{change: function(Object): void, logTypes: function(): Promise<string[]>}} options
   */
  constructor(search, { change, logTypes }) {
    const id = nextId();
    this.change = change;
    this.more = new More(logTypes);
    this.problem = h("div", { class: "mistake", id: `problem-${id}`, role: "alert" });
    this.input = h("input", { ...PLAIN, class: "input mono", "aria-describedby": `${this.more.help.id} ${this.problem.id}` });
    this.range = timeRange(search, (time) => {
      this.time = time;
      this.submit();
    });
    const where = labelled(words.where, this.input, words.placeholder);
    where.classList.add("search-where");
    where.firstChild.classList.add("hidden");
    this.element = h("form", { class: "search-form", role: "search", "aria-label": words.form, on: { submit: (event) => {
      event.preventDefault();
      this.submit();
    } } },
    h("div", { class: "search-line" }, where, this.range.element, this.more.button, h("button", { type: "submit", class: "button primary" }, words.go)),
    this.problem, this.more.element);
    this.set(search);
  }

  /** Shows another search. */
  set(search) {
    this.input.value = joinWords(search.where);
    this.time = { since: search.since, until: search.until };
    this.range.set(this.time);
    this.more.set(search);
  }

  submit() {
    const all = splitWords(this.input.value), unfinished = all.find((word) => !word.closed);
    this.showProblem(unfinished ? { message: words.openQuote, word: unfinished } : null);
    if (!unfinished) this.change({ where: all.map(({ word }) => word), ...this.time, ...this.more.get() });
  }

  /**
   * Says what is wrong, at its place.
   * @param {?{message: string, parameter?: string, word?: Object}} found a problem of the API, or a word that does not end
   */
  showProblem(found) {
    const inputs = this.more.inputs, other = found && inputs[found.parameter];
    for (const input of [this.input, ...Object.values(inputs)]) input.removeAttribute("aria-invalid");
    this.problem.replaceChildren();
    if (!found) return;
    const word = found.word ?? wordOf(found, splitWords(this.input.value));
    this.problem.append(...mistake(reason(found), this.input.value, word).filter(Boolean));
    if (other) this.more.show(true);
    if (!other && !word) return;
    const input = other ?? this.input;
    input.setAttribute("aria-invalid", "true");
    input.focus();
    if (word) input.setSelectionRange(word.start, word.end);
  }
}

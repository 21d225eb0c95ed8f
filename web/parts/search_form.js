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

/** The line as it was typed, with the mistake marked, and what is wrong with it. */
function mistake(text, input, word) {
  const line = word ? h("code", { class: "mistake-line" }, input.slice(0, word.start), h("mark", null, input.slice(word.start, word.end)), input.slice(word.end)) : null;
  return [line, h("p", { class: "form-problem" }, text.replace(/^search:\d+: /, ""))];
}

/**
 * @param {function(Object): void} onSearch gets the parts of the search that the form has
 * @returns {{element: HTMLElement, set: function(Object): void, showProblem: function(?Object): void, setLogTypes: function(string[]): void}}
 */
export function searchForm(search, onSearch) {
  const input = h("input", { class: "input mono", type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off", placeholder: words.placeholder });
  const help = nextId();
  input.setAttribute("aria-describedby", `sh-${help} sp-${help}`);
  const problem = h("div", { class: "mistake", id: `sp-${help}`, role: "alert" });
  const types = h("datalist", { id: `types-${help}` });
  const small = {
    log_type: h("input", { class: "input", list: `types-${help}`, placeholder: words.anyLogType, spellcheck: "false", autocomplete: "off" }),
    actor: h("input", { class: "input", spellcheck: "false", autocomplete: "off" }),
    ip: h("input", { class: "input", spellcheck: "false", autocomplete: "off" }),
    indicator: h("input", { class: "input", spellcheck: "false", autocomplete: "off" }),
    lua: h("input", { class: "input mono", spellcheck: "false", autocomplete: "off" }),
  };
  let time = { since: search.since, until: search.until };
  const showProblem = (found) => {
    problem.replaceChildren();
    input.removeAttribute("aria-invalid");
    if (!found) return;
    const word = found.word ?? wordOf(found, splitWords(input.value));
    if (word) input.setAttribute("aria-invalid", "true");
    problem.append(...mistake(found.message, input.value, word).filter(Boolean));
    if (word) {
      input.focus();
      input.setSelectionRange(word.start, word.end);
    }
  };
  const submit = () => {
    const all = splitWords(input.value), unfinished = all.find((word) => !word.closed);
    showProblem(unfinished ? { message: words.openQuote, word: unfinished } : null);
    if (unfinished) return;
    onSearch({ where: all.map(({ word }) => word), ...time,
      log_type: small.log_type.value.split(/[\s,]+/).filter(Boolean),
      ...Object.fromEntries(["actor", "ip", "indicator", "lua"].map((name) => [name, small[name].value.trim() || null])) });
  };
  const range = timeRange(time, (chosen) => {
    time = chosen;
    submit();
  });
  const more = h("div", { class: "search-more", id: `sm-${help}`, hidden: true }, h("p", { class: "hint", id: `sh-${help}` }, words.whereHelp), h("div", { class: "search-small" },
    labelled(words.logType, small.log_type), labelled(words.actor, small.actor, words.actorHint), labelled(words.ip, small.ip),
    labelled(words.indicator, small.indicator, words.indicatorHint), labelled(words.lua, small.lua, words.luaHint), types));
  const toggle = h("button", { type: "button", class: "button", "aria-expanded": "false", "aria-controls": more.id, on: { click: () => showMore(more.hidden) } }, words.more);
  const showMore = (shown) => {
    more.hidden = !shown;
    toggle.setAttribute("aria-expanded", String(shown));
  };
  const set = (given) => {
    input.value = joinWords(given.where);
    time = { since: given.since, until: given.until };
    range.set(time);
    for (const [name, one] of Object.entries(small)) one.value = [given[name] ?? ""].flat().join(", ");
    if (Object.values(small).some((one) => one.value)) showMore(true);
  };
  set(search);
  const label = labelled(words.where, input, words.placeholder);
  label.classList.add("search-where");
  label.firstChild.classList.add("hidden");
  const element = h("form", { class: "search-form", role: "search", "aria-label": words.form, on: { submit: (event) => {
    event.preventDefault();
    submit();
  } } },
  h("div", { class: "search-line" }, label, range.element, toggle, h("button", { type: "submit", class: "button primary" }, words.go)),
  problem, more);
  return { element, set, showProblem, setLogTypes: (names) => types.replaceChildren(...names.map((name) => h("option", { value: name }))) };
}

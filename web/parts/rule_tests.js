/**
 * A rule's unit tests, and how they end.
 */
import { part, send } from "../lib/api.js";
import { announce, h, section } from "../lib/dom.js";
import { block, inline } from "../lib/value.js";
import { texts } from "../texts/en_data.js";

const words = texts.tests;

/** How one test ended: a shape and a word. */
function verdict(result) {
  return result.ok ? h("span", { class: "passed" }, words.passed) : h("span", { class: "failed" }, words.failed);
}

function line(test, result) {
  return h("li", null, h("div", { class: "test-line" }, h("span", null, inline(test.name)),
    result ? verdict(result) : h("span", { class: "quiet" }, test.expected === undefined ? "" : test.expected ? words.match : words.noMatch)),
  result && !result.ok && result.message ? block(result.message, { class: "mono test-message" }) : null);
}

/**
 * @param {Object} rule as rules.show answers
 * @param {{analyst: boolean, signal: AbortSignal}} options analyst: whether the tests may be run
 */
export function ruleTests(rule, { analyst, signal }) {
  const tests = rule.tests ?? [], list = h("ul", { class: "plain-list" }, tests.map((test) => line(test, null)));
  const summary = h("p", { class: "test-summary" }, tests.length === 0 ? words.none : "");
  const run = h("button", { type: "button", class: "button", on: { click: async () => {
    run.disabled = true;
    try {
      const answer = await send("POST", `/rules/${part(rule.id)}/tests`, {}, { signal });
      list.replaceChildren(...answer.tests.map((test) => line(test, test)));
      summary.textContent = words.summary(answer.passed, answer.failed);
      summary.className = answer.failed > 0 ? "test-summary failed" : "test-summary passed";
      announce(summary.textContent);
    } finally {
      run.disabled = false;
    }
  } } }, words.run);
  return section(words.title(tests.length), { actions: analyst && tests.length > 0 ? run : null }, summary, list);
}

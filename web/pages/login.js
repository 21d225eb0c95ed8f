/**
 * Log in: with a token, for which the browser gets a cookie that scripts cannot read, or through
 * the single sign-on that the configuration names.
 */
import { send } from "../lib/api.js";
import { field } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { navigate, ownPage } from "../lib/route.js";
import { texts } from "../texts/en.js";

const OIDC_BEGIN = "/api/v1/session/oidc";

/** The button to single sign-on, where it is configured, and why it did not work. */
function singleSignOn(query) {
  const problem = query.get("problem");
  if (query.get("oidc") !== "1" && !problem) return "";
  return h("div", { class: "form" },
    problem && h("p", { class: "form-problem", role: "alert" }, texts.login.problems[Object.hasOwn(texts.login.problems, problem) ? problem : "provider"]),
    h("a", { class: "button primary wide", href: OIDC_BEGIN, target: "_self", on: { click: () => sessionStorage.setItem("back", ownPage(query.get("back"))) } }, texts.login.oidc),
    h("p", { class: "hint" }, texts.login.orToken));
}

async function logIn(form, problem, query) {
  const token = new FormData(form).get("token").trim();
  const say = (text) => {
    problem.textContent = text;
    problem.hidden = false;
    form.elements.token.focus();
  };
  if (!token) return say(texts.login.needed);
  try {
    await send("POST", "/session", { token });
  } catch (error) {
    return say(error.status === 401 ? texts.login.refused : error.message);
  }
  document.dispatchEvent(new Event("logged-in"));
  navigate(ownPage(query.get("back")), { replace: true });
}

export async function show(main, { query }) {
  const problem = h("p", { class: "form-problem", role: "alert", hidden: true });
  const input = h("input", { name: "token", type: "password", class: "input", autocomplete: "current-password", spellcheck: "false", required: true });
  const form = h("form", { class: "form", novalidate: true, on: { submit: (event) => {
    event.preventDefault();
    logIn(form, problem, query);
  } } },
  field(texts.login.token, input), problem,
  h("button", { type: "submit", class: "button primary wide" }, texts.login.action));
  main.replaceChildren(h("div", { class: "page narrow" }, h("h1", null, texts.login.title), singleSignOn(query), form,
    h("p", { class: "hint" }, texts.login.hint), h("pre", { class: "command" }, texts.login.command)));
  input.focus();
}

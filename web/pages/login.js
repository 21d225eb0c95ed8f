/**
 * Sign in: with a token, for which the browser gets a cookie that scripts cannot read, or through
 * the single sign-on that the configuration names.
 */
import { send } from "../lib/api.js";
import { field } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { navigate } from "../lib/route.js";
import { texts } from "../texts/en.js";

const OIDC_BEGIN = "/api/v1/session/oidc";

/** Only a page of this site: the address comes from who made the link. */
function backTo(query) {
  const back = query.get("back") ?? "/";
  return /^\/(?![/\\])/.test(back) ? back : "/";
}

async function signIn(form, problem, query) {
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
  document.dispatchEvent(new Event("signed-in"));
  navigate(backTo(query), { replace: true });
}

export async function show(main, { query }) {
  const problem = h("p", { class: "form-problem", role: "alert", hidden: true });
  const input = h("input", { name: "token", type: "password", class: "input", autocomplete: "current-password", spellcheck: "false", required: true });
  const form = h("form", { class: "form", novalidate: true, on: { submit: (event) => {
    event.preventDefault();
    signIn(form, problem, query);
  } } },
  field(texts.login.token, input), problem,
  h("button", { type: "submit", class: "button primary wide" }, texts.login.action));
  main.replaceChildren(h("div", { class: "page narrow" }, h("h1", null, texts.login.title), form,
    query.get("oidc") === "1" && h("a", { class: "button wide", href: OIDC_BEGIN, target: "_self" }, texts.login.oidc) || "",
    h("p", { class: "hint" }, texts.login.hint), h("pre", { class: "command" }, texts.login.command)));
  input.focus();
}

/**
 * The frame of the dashboard: who is logged in, the way from an address to a page, the top bar.
 *
 * A page is a module of web/pages/ with `show(main, {parameters, query, signal, me})`. It asks for what
 * it needs, then replaces what main holds, so that the page before stays until there is something
 * to see; a bar shows after a moment that it takes longer. `signal` ends when the page is left.
 */
import { get, may, Problem, send } from "./lib/api.js";
import { announce, empty, h, notice } from "./lib/dom.js";
import { address, navigate, onRoute, ownPage, scrollAgain } from "./lib/route.js";
import { liveStatus, onLive, startLive, stopLive } from "./lib/live.js";
import { refreshTimes } from "./lib/time.js";
import { printable } from "./lib/value.js";
import { severityWord } from "./lib/severity.js";
import { texts } from "./texts/en.js";

/** Addresses, the more particular first. `name`: which link of the navigation is marked. */
const ROUTES = [
  { path: /^\/$/, page: "overview", name: "overview" },
  { path: /^\/alerts\/(?<id>[^/]+)$/, page: "alert", name: "alerts" },
  { path: /^\/alerts$/, page: "alerts", name: "alerts" },
  { path: /^\/events\/(?<row>[^/]+)$/, page: "event", name: "search" },
  { path: /^\/search$/, page: "search", name: "search" },
  { path: /^\/rules\/(?<id>[^/]+)$/, page: "rule", name: "rules" },
  { path: /^\/rules$/, page: "rules", name: "rules" },
  { path: /^\/health$/, page: "health", name: "health" },
  { path: /^\/login$/, page: "login", name: null },
];

const LINKS = [["overview", "/"], ["alerts", "/alerts?status=open"], ["search", "/search"], ["rules", "/rules"], ["health", "/health"]];

/** Same-origin addresses that are the server's, not pages. */
const NOT_PAGES = /^\/(api|vendor|lib|metrics|healthz|readyz)(\/|$)/;

const main = document.getElementById("main");
const top = document.getElementById("top");
const progress = document.getElementById("progress");

let me = null, leaving = new AbortController(), shownPath = null;

/* ---- the top bar ---- */

function liveMark() {
  const mark = h("span", { class: "live", role: "img" });
  const update = () => {
    const status = liveStatus();
    mark.className = `live ${status}`;
    mark.title = texts.liveHelp[status];
    mark.textContent = texts.live[status];
    mark.hidden = status === "off";
  };
  onLive("status", update);
  update();
  return mark;
}

function account() {
  if (!me) return null;
  const box = h("div", { class: "account" }, h("span", { class: "account-name", title: texts.account.loggedIn(me.name, me.role) }, printable(me.name)));
  if (me.via !== "local") {
    box.append(h("button", { type: "button", class: "link", on: { click: logOut } }, texts.account.end));
  }
  return box;
}

function drawTop() {
  top.replaceChildren(
    h("a", { class: "brand", href: "/" }, texts.brand),
    me && h("nav", { "aria-label": texts.pages }, h("ul", null,
      LINKS.map(([name, href]) => h("li", null, h("a", { href, "data-name": name }, texts.navigation[name]))))) || "",
    h("div", { class: "top-end" }, liveMark(), account()));
}

/** Alarms show in the navigation, wherever one is. */
function markAlarms(count) {
  const link = top.querySelector('nav a[data-name="health"]');
  link?.replaceChildren(texts.navigation.health, count > 0 ? h("span", { class: "alarms", title: texts.alarms(count) }, h("span", { "aria-hidden": "true" }, ` ⚠ ${count}`), h("span", { class: "hidden" }, `, ${texts.alarms(count)}`)) : "");
}

function markPage(name) {
  for (const link of top.querySelectorAll("nav a")) {
    if (link.dataset.name === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function logOut() {
  try {
    await send("DELETE", "/session");
  } catch (error) {
    notice(error.message, { problem: true });
    return;
  }
  me = null;
  stopLive();
  drawTop();
  navigate("/login");
}

/* ---- pages ---- */

/** Sets a page's title; pages that learn theirs late call it again through document.title. */
function setTitle(name) {
  document.title = name ? `${name} · ${texts.brand}` : texts.brand;
}

function showProblem(error) {
  const missing = error instanceof Problem && error.status === 404;
  setTitle(missing ? texts.problem.missing : texts.problem.title);
  main.replaceChildren(h("div", { class: "page" },
    h("h1", null, missing ? texts.problem.missing : texts.problem.title),
    empty(missing ? texts.problem.missingHelp : error.message,
      missing ? h("a", { class: "button", href: "/" }, texts.problem.toOverview)
        : h("button", { type: "button", class: "button", on: { click: () => route() } }, texts.problem.again))));
}

function toLogin(error) {
  const back = location.pathname + location.search;
  navigate(address("/login", {
    back: back === "/" || location.pathname === "/login" ? null : back, oidc: error.body.login === "oidc" ? 1 : null,
  }), { replace: true });
}

/** Who asks: needed before any page but the one to log in. */
async function findMe(signal) {
  me = await get("/me", {}, { signal });
  drawTop();
  startLive();
}

/** After single sign-on: to the page that somebody wanted first. */
function goBack() {
  const back = ownPage(sessionStorage.getItem("back"));
  sessionStorage.removeItem("back");
  if (back === "/" || location.pathname !== "/") return false;
  navigate(back, { replace: true });
  return true;
}

function findRoute() {
  for (const one of ROUTES) {
    const found = one.path.exec(location.pathname);
    if (!found) continue;
    const parameters = {};
    for (const [name, value] of Object.entries(found.groups ?? {})) parameters[name] = decodeURIComponent(value);
    return { ...one, parameters };
  }
  throw new Problem(404, {});
}

async function showRoute(signal) {
  const found = findRoute();
  if (found.page !== "login" && !me) {
    await findMe(signal);
    if (goBack()) return;
  }
  if (found.page === "login" && me) drawTop();
  const page = await import(`/pages/${found.page}.js`);
  if (signal.aborted) return;
  markPage(found.name);
  setTitle(texts.navigation[found.name] ?? texts.login.title);
  await page.show(main, { parameters: found.parameters, query: new URLSearchParams(location.search), signal, me });
}

/** Keys and readers begin where the page does, unless it has said itself where. */
function arrive() {
  if (shownPath !== null && shownPath !== location.pathname) {
    scrollAgain();
    if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
    announce(document.title);
  }
  shownPath = location.pathname;
}

async function route() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  progress.hidden = false;
  try {
    await showRoute(signal);
    if (!signal.aborted) arrive();
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    if (error instanceof Problem && error.status === 401) toLogin(error);
    else showProblem(error);
  } finally {
    if (!signal.aborted) progress.hidden = true;
  }
}

/** Links within the dashboard do not load it again. */
function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download") || NOT_PAGES.test(link.pathname)) return;
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
}

/** A problem that a handler did not expect is shown, not lost; an expired session leads to its page. */
function failed(event) {
  const error = event.reason;
  if (error?.name === "AbortError") event.preventDefault();
  if (!(error instanceof Problem)) return;
  event.preventDefault();
  if (error.status === 401) {
    me = null;
    toLogin(error);
  } else {
    notice(error.status === 403 && me && !may(me, "admin") ? texts.problem.role(me.role) : error.message, { problem: true });
  }
}

/** Milliseconds for which new alerts are gathered before they are announced. */
const ANNOUNCE_AFTER = 400;
const begun = Date.now();
const announced = new Set();
let news = [];

/** What opened since this page did is said to screen readers: each alert once, and many as a number. */
function hearAlert(alert) {
  if (announced.has(alert.id) || !(Date.parse(alert.opened_at) >= begun)) return;
  announced.add(alert.id);
  if (news.push(alert) > 1) return;
  setTimeout(() => {
    const [first] = news, word = severityWord(first.severity);
    announce(news.length > 1 ? texts.newAlerts(news.length) : texts.newAlert(texts.severity[word] ?? word, printable(first.title)));
    news = [];
  }, ANNOUNCE_AFTER);
}

onRoute(route);
document.addEventListener("click", follow);
window.addEventListener("unhandledrejection", failed);
document.addEventListener("logged-in", () => { me = null; });
onLive("alert", hearAlert);
onLive("health", (health) => markAlarms(health.alarms?.length ?? 0));
setInterval(refreshTimes, 30000);
drawTop();
route();

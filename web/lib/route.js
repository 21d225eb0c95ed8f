/**
 * Where the dashboard is: a page's address holds everything that is chosen in it, so that it can be
 * sent to somebody, reloaded, and gone back to. web/app.js hears of each change.
 */

const changes = new EventTarget();

/** Pages are shown later than the browser would scroll: it is left to scrollAgain(). */
history.scrollRestoration = "manual";

/** @param {function(): void} heard the address has changed, and another page may be meant */
export function onRoute(heard) {
  changes.addEventListener("route", heard);
  window.addEventListener("popstate", heard);
}

/**
 * Goes to a page.
 * @param {string} url a path of this site, with its query
 * @param {{replace?: boolean}} [options] replace: in the place of this page in the history
 */
export function navigate(url, { replace = false } = {}) {
  if (!replace) history.replaceState({ scroll: window.scrollY }, "");
  history[replace ? "replaceState" : "pushState"](null, "", url);
  changes.dispatchEvent(new Event("route"));
}

/**
 * Keeps what is chosen in the address, without another page: the page itself shows the difference.
 * @param {URLSearchParams} query
 */
export function keepQuery(query) {
  const text = query.toString();
  history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : ""));
}

/** @returns {string} the address if it is one of this site's pages, or else the first page: others may have made it */
export function ownPage(url) {
  return /^\/(?![/\\])/.test(url ?? "") ? url : "/";
}

/** @returns {boolean} whether this page was left before, and is gone back to */
export function isBack() {
  return history.state?.scroll !== undefined;
}

/** Scrolls to where a page was left; a new one begins at its top. */
export function scrollAgain() {
  window.scrollTo(0, history.state?.scroll ?? 0);
}

/**
 * An address with a query. Values that are null, undefined or empty are left out; a list gives its
 * name several times.
 * @param {string} path
 * @param {Object<string, *>} [parameters]
 */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) {
      if (one !== null && one !== undefined && one !== "") query.append(name, one);
    }
  }
  const text = query.toString();
  return path + (text ? `?${text}` : "");
}

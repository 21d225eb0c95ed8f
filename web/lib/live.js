/**
 * What is new, as it happens: one stream of server-sent events for all pages. A hidden tab closes
 * it, because a browser keeps few connections to one host. After each opening but the first, and
 * where more happened than the stream holds, "resume" makes pages ask again for what they show.
 */

const URL_STREAM = "/api/v1/stream";
const KINDS = ["alert", "counts", "health"];
/** Milliseconds until the next try, when the server refused: EventSource itself only retries lost connections. */
const RETRY_FIRST = 2000;
const RETRY_MAX = 60000;
/** Milliseconds for which a lost connection is not worth a word: each stream ends now and then. */
const LOST_AFTER = 3000;

const heard = new EventTarget();
let source = null, retry = null, lost = null, wait = RETRY_FIRST, opened = 0, status = "off", wanted = false;

function setStatus(value) {
  if (status === value) return;
  status = value;
  heard.dispatchEvent(new CustomEvent("status", { detail: value }));
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function close() {
  source?.close();
  source = null;
  clearTimeout(retry);
}

/** No connection, and that is meant. */
function rest(why) {
  close();
  clearTimeout(lost);
  lost = null;
  setStatus(why);
}

function open() {
  close();
  source = new EventSource(URL_STREAM);
  source.onopen = () => {
    wait = RETRY_FIRST;
    clearTimeout(lost);
    lost = null;
    setStatus("live");
    if (opened++ > 0) heard.dispatchEvent(new CustomEvent("resume"));
  };
  source.onerror = () => {
    lost ??= setTimeout(() => setStatus("waiting"), LOST_AFTER);
    if (source?.readyState !== EventSource.CLOSED) return;
    retry = setTimeout(open, wait);
    wait = Math.min(wait * 2, RETRY_MAX);
  };
  source.addEventListener("reset", () => heard.dispatchEvent(new CustomEvent("resume")));
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      const data = parse(event.data);
      if (data !== null) heard.dispatchEvent(new CustomEvent(kind, { detail: data }));
    });
  }
}

document.addEventListener("visibilitychange", () => {
  if (!wanted) return;
  if (document.hidden) {
    rest("paused");
  } else {
    open();
  }
});

/** Begins to listen; called by the frame once somebody is known. */
export function startLive() {
  if (wanted) return;
  wanted = true;
  if (!document.hidden) open();
}

/** Ends it, at a logout. */
export function stopLive() {
  wanted = false;
  opened = 0;
  rest("off");
}

/**
 * @param {"alert"|"counts"|"health"|"resume"|"status"} kind
 * @param {function(*): void} listener gets the data
 * @param {AbortSignal} [signal] that ends it: a page's own
 */
export function onLive(kind, listener, signal) {
  heard.addEventListener(kind, (event) => listener(event.detail), { signal });
}

/** @returns {"off"|"live"|"waiting"|"paused"} */
export function liveStatus() {
  return status;
}

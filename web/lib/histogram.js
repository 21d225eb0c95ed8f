/**
 * Events by time, as bars of which a part can be chosen: by dragging, or with the keyboard (arrow
 * keys move, with Shift they choose, Enter takes what is chosen, Escape drops it). To a screen reader
 * it is a slider that reads one bar after the other; the numbers stand in a table below, too.
 */
import { h, svg, nextId } from "./dom.js";
import { number, timeNode } from "./time.js";
import { texts } from "../texts/en_data.js";

const HEIGHT = 64;
/** Of a bucket's width of 10, what its bar takes. */
const UNIT = 10, BAR = 8.4;

const fine = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const coarse = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

function bars(buckets, top) {
  return buckets.map((bucket, i) => {
    // A bucket with one event among thousands is seen, too.
    const height = bucket.count === 0 ? 0 : Math.max(2, bucket.count / top * HEIGHT);
    return svg("rect", { class: "bar", x: i * UNIT + (UNIT - BAR) / 2, y: HEIGHT - height, width: BAR, height });
  });
}

function numbers(buckets) {
  const body = h("tbody");
  const details = h("details", { class: "chart-numbers" }, h("summary", null, texts.histogram.numbers),
    h("div", { class: "scroll" }, h("table", { class: "numbers" }, h("caption", { class: "hidden" }, texts.histogram.caption),
      h("thead", null, h("tr", null, h("th", { scope: "col" }, texts.histogram.from), h("th", { scope: "col", class: "numeric" }, texts.histogram.events))), body)));
  details.addEventListener("toggle", () => {
    if (body.childElementCount === 0) {
      body.append(...buckets.map((bucket) => h("tr", null, h("td", null, timeNode(bucket.start)), h("td", { class: "numeric" }, number(bucket.count)))));
    }
  });
  return details;
}

/** The chosen buckets: from `anchor` to `at`, both ends in; nothing is chosen while `anchor` is null. */
class Choice {
  constructor(count) {
    this.count = count;
    this.at = count - 1;
    this.anchor = null;
  }

  move(to, extend) {
    const bounded = Math.max(0, Math.min(this.count - 1, to));
    this.anchor = extend ? this.anchor ?? this.at : null;
    this.at = bounded;
  }

  get first() {
    return Math.min(this.anchor ?? this.at, this.at);
  }

  get last() {
    return Math.max(this.anchor ?? this.at, this.at);
  }
}

/**
 * @param {{since: string, until: string, width_seconds: number, buckets: Array<{start: string, count: number}>}} data
 *   as events.histogram answers
 * @param {function(string, string): void} onRange gets the chosen time, RFC 3339
 * @returns {HTMLElement}
 */
export function histogram(data, onRange) {
  const { buckets } = data, count = buckets.length, width = data.width_seconds * 1000;
  if (count === 0) return h("div");
  const top = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const form = width < 60000 ? fine : coarse;
  const choice = new Choice(count);
  const startOf = (i) => Math.max(Date.parse(buckets[i].start), Date.parse(data.since) || 0); // whole buckets may begin before the time
  const endOf = (i) => Math.min(Date.parse(buckets[i].start) + width, Math.max(Date.parse(data.until), startOf(i) + 1));
  const say = () => {
    const events = buckets.slice(choice.first, choice.last + 1).reduce((sum, bucket) => sum + bucket.count, 0);
    return texts.histogram.reads(form.format(startOf(choice.first)), form.format(endOf(choice.last)), events);
  };
  const mark = svg("rect", { class: "chosen", x: 0, y: 0, width: 0, height: HEIGHT });
  const cursor = svg("rect", { class: "cursor", x: 0, y: 0, width: UNIT, height: HEIGHT });
  const help = nextId();
  const plot = h("div", { class: "histogram-plot", tabindex: 0, role: "slider", "aria-label": texts.histogram.label, "aria-describedby": `hist-${help}`,
    "aria-valuemin": 0, "aria-valuemax": count - 1 },
  svg("svg", { viewBox: `0 0 ${count * UNIT} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, mark, bars(buckets, top), cursor));
  const reading = h("span", { class: "histogram-reading" });
  const draw = (shown = true) => {
    mark.setAttribute("x", choice.first * UNIT);
    mark.setAttribute("width", choice.anchor === null ? 0 : (choice.last - choice.first + 1) * UNIT);
    cursor.setAttribute("x", choice.at * UNIT);
    plot.setAttribute("aria-valuenow", choice.at);
    plot.setAttribute("aria-valuetext", say());
    reading.textContent = shown ? say() : texts.histogram.width(width / 1000);
  };
  const take = () => onRange(new Date(startOf(choice.first)).toISOString(), new Date(endOf(choice.last)).toISOString());
  listen(plot, choice, draw, take);
  draw(false);
  return h("figure", { class: "histogram" }, h("p", { class: "hidden", id: `hist-${help}` }, texts.histogram.help), plot,
    h("div", { class: "histogram-axis", "aria-hidden": "true" }, h("span", null, form.format(startOf(0))), reading, h("span", null, form.format(endOf(count - 1)))),
    numbers(buckets));
}

function listen(plot, choice, draw, take) {
  const bucketAt = (event) => {
    const box = plot.getBoundingClientRect();
    return Math.floor((event.clientX - box.left) / box.width * choice.count);
  };
  let dragging = false;
  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    dragging = true;
    plot.setPointerCapture(event.pointerId);
    choice.move(bucketAt(event), false);
    choice.anchor = choice.at;
    draw();
  });
  plot.addEventListener("pointermove", (event) => {
    choice.move(bucketAt(event), dragging);
    draw();
  });
  plot.addEventListener("pointerup", () => {
    if (!dragging) return;
    dragging = false;
    take();
  });
  plot.addEventListener("pointercancel", () => {
    dragging = false;
    choice.anchor = null;
    draw(false);
  });
  plot.addEventListener("pointerleave", () => {
    if (!dragging && document.activeElement !== plot) draw(false);
  });
  plot.addEventListener("focus", () => draw());
  plot.addEventListener("keydown", (event) => onKey(event, choice, draw, take));
}

function onKey(event, choice, draw, take) {
  const to = { ArrowLeft: choice.at - 1, ArrowRight: choice.at + 1, PageUp: choice.at - 10, PageDown: choice.at + 10, Home: 0, End: choice.count - 1 }[event.key];
  if (to !== undefined) choice.move(to, event.shiftKey);
  else if (event.key === "Escape") choice.anchor = null;
  else if (event.key === "Enter") take();
  else return;
  event.preventDefault();
  draw();
}

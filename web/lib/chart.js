/**
 * Charts: Chart.js, loaded when the first one is shown. What a chart shows is in a table as well,
 * for who cannot see it or wants the numbers.
 */
import { h } from "./dom.js";
import { number } from "./time.js";
import { texts } from "../texts/en.js";

let loading = null;
const shown = new Set();

/** Chart.js puts itself into the window. */
async function library() {
  loading ??= import("/vendor/chart.js");
  await loading;
  return globalThis.Chart;
}

/** @returns {string} what style.css says of a colour, "--severity-high" */
function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

function scales(stacked) {
  const grid = token("--line"), ticks = { color: token("--text-quiet"), font: { family: token("--font"), size: 11 } };
  return {
    x: { stacked, grid: { display: false, borderColor: grid }, ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 12 } },
    y: { stacked, beginAtZero: true, grid: { color: grid, drawBorder: false }, ticks: { ...ticks, precision: 0, maxTicksLimit: 5 } },
  };
}

function tooltip() {
  return {
    backgroundColor: token("--text"), titleColor: token("--surface"), bodyColor: token("--surface"), padding: 8, cornerRadius: 4,
    boxPadding: 4, itemSort: (a, b) => b.datasetIndex - a.datasetIndex, callbacks: { label: (item) => ` ${item.dataset.label}: ${number(item.raw)}` }, filter: (item) => item.raw > 0,
  };
}

function draw(Chart, canvas, options) {
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels: options.labels,
      datasets: [...options.series].reverse().map((one) => ({ // the first one on top
        label: one.label, data: one.data, backgroundColor: token(one.colour), maxBarThickness: 40, borderRadius: 2,
        borderWidth: 0, categoryPercentage: 0.86, barPercentage: 0.95,
      })),
    },
    options: {
      responsive: true, maintainAspectRatio: false, animation: false, scales: scales(true), interaction: { mode: "index", intersect: false },
      transitions: still.matches ? {} : undefined,
      plugins: { legend: { display: false }, tooltip: tooltip() },
      onClick: options.onPick && ((event, items) => items.length > 0 && options.onPick(items[0].index)),
      onHover: options.onPick && ((event, items) => canvas.classList.toggle("pickable", items.length > 0)),
    },
  });
}

/** The numbers of a chart. `link(i)`: where the row of a label leads. */
function numbers(options) {
  return h("table", { class: "numbers" },
    h("caption", null, options.title),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, options.labelTitle), options.series.map((one) => h("th", { scope: "col", class: "numeric" }, one.label)))),
    h("tbody", null, options.labels.map((label, i) => h("tr", null,
      h("th", { scope: "row" }, options.link ? h("a", { href: options.link(i) }, label) : label),
      options.series.map((one) => h("td", { class: "numeric" }, number(one.data[i] ?? 0)))))));
}

function legend(series) {
  return series.length < 2 ? null : h("ul", { class: "legend", "aria-hidden": "true" },
    series.map((one) => h("li", { class: `swatch-of ${one.name ?? ""}` }, one.mark ?? null, one.label)));
}

/**
 * Bars, stacked where there are several series.
 * @param {Object} options
 * @param {string} options.title
 * @param {string} options.labelTitle what a label is: "Day"
 * @param {string[]} options.labels
 * @param {Array<{label: string, data: number[], colour: string, mark?: Node}>} options.series colour: a token of style.css
 * @param {function(number): void} [options.onPick] a bar is clicked
 * @param {function(number): string} [options.link] the same, as an address, for the table
 * @param {AbortSignal} options.signal the page's: ends the chart
 * @returns {HTMLElement}
 */
export function bars(options) {
  const canvas = h("canvas", { role: "img", "aria-label": `${options.title}. ${texts.chartTable}` });
  const box = h("div", { class: "chart-box" }, canvas);
  const element = h("figure", { class: "chart" }, legend(options.series), box,
    h("details", { class: "chart-numbers" }, h("summary", null, texts.numbers), numbers(options)));
  library().then((Chart) => {
    if (options.signal.aborted) return;
    const one = { make: () => draw(Chart, canvas, options), chart: null };
    one.chart = one.make();
    shown.add(one);
    options.signal.addEventListener("abort", () => {
      one.chart.destroy();
      shown.delete(one);
    });
  }).catch(() => {
    element.querySelector("details").open = true;
    box.remove();
  });
  return element;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const one of shown) {
    one.chart.destroy();
    one.chart = one.make();
  }
});

/**
 * Shares as a list: each row a name, a bar, a number, and a link.
 * @param {Array<{name: *, count: number, weight?: number, href?: string, note?: *}>} rows weight: the length
 *   of the bar, where it is not the count
 * @param {{label: string}} options
 * @returns {HTMLElement}
 */
export function shares(rows, { label }) {
  const most = Math.max(1, ...rows.map((row) => row.weight ?? row.count));
  return h("ol", { class: "shares", "aria-label": label }, rows.map((row) => {
    const bar = h("span", { class: "share-bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", String((row.weight ?? row.count) / most));
    return h("li", null, h(row.href ? "a" : "div", { href: row.href ?? null, class: "share" }, bar,
      h("span", { class: "share-name" }, row.name), row.note ? h("span", { class: "share-note" }, row.note) : null,
      h("span", { class: "share-count" }, number(row.count))));
  }));
}

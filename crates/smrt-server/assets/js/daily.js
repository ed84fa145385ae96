// Daily sums as bars, of a sensor daily means; a day that is not complete is hatched, because it says less.

import { hatch, onTheme, palette } from "./colour.js";
import { el, measure, table } from "./dom.js";
import { chartAxes, dayTicks, fitWidth, moveTip } from "./tip.js";

const colours = () => palette({ fill: "--fill-day", inkSoft: "--ink-soft", line: "--line" });

/**
 * @param {HTMLElement} root the meter view
 * @param {{date: string, unit: string|null, count: number, expected: number, sum: string|number|null}[]} days
 * @param {(date: string) => void} onPick
 */
export function daily(root, days, onPick) {
  const block = root.querySelector("[data-daily-block]");
  // Degrees do not add up.
  const [key, title] = "signal" in root.dataset ? ["mean", "Daily means"] : ["sum", "Daily sums"];
  const rows = days.filter((day) => day[key] !== null && day[key] !== undefined).sort((a, b) => a.date.localeCompare(b.date));
  if (rows.length === 0) return;
  block.hidden = false;
  const host = root.querySelector("[data-daily]");
  const started = performance.now();
  let paints = colours();
  const complete = (day) => day.count >= day.expected;
  const of = (want) => rows.map((day) => (complete(day) === want ? Number(day[key]) : null));
  const bars = uPlot.paths.bars({ size: [0.8, 64, 1] });
  const tip = el("div", { class: "tip", hidden: true });
  const chart = new uPlot({
    width: host.clientWidth,
    height: 190,
    legend: { show: false },
    padding: [8, 26, 0, 0],
    // Days are civil; drawn as if they were days of UTC they are all equally long.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    scales: { x: { range: (_, min, max) => [min - 43_200, max + 43_200] }, y: { range: (_, min, max) => [Math.min(0, min ?? 0), Math.max(0, max ?? 1) * 1.05 || 1] } },
    axes: chartAxes(() => paints, rows[0].unit ?? "", dayTicks),
    series: [
      {},
      { paths: bars, points: { show: false }, fill: () => paints.fill, width: 0 },
      { paths: bars, points: { show: false }, fill: (u) => hatch(u.ctx, paints.fill), stroke: () => paints.fill, width: 1 },
    ],
    cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
    hooks: { setCursor: [hover] },
  }, [rows.map((day) => Date.parse(`${day.date}T00:00:00Z`) / 1000), of(true), of(false)], host);
  chart.over.append(tip);
  chart.over.addEventListener("click", () => { if (chart.cursor.idx !== null) onPick(rows[chart.cursor.idx].date); });

  function hover(u) {
    const day = u.cursor.idx === null || u.cursor.left < 0 ? null : rows[u.cursor.idx];
    tip.hidden = !day;
    if (!day) return;
    const state = complete(day) ? "complete" : "incomplete";
    tip.replaceChildren(el("div", {}, el("b", {}, `${measure(day[key])} ${day.unit ?? ""}`.trim())), el("div", {}, day.date), el("div", {}, `${state}: ${day.count} of ${day.expected}`));
    moveTip(tip, u.over, u.cursor.left, u.cursor.top);
  }

  Object.assign(host.dataset, { drawn: "true", points: rows.length, drawMs: (performance.now() - started).toFixed(1) });
  host.setAttribute("aria-label", `${title} of ${rows.length} days, ${rows.filter((day) => !complete(day)).length} of them incomplete; the table below has the numbers`);
  asTable(root, rows);
  fitWidth(host, chart);
  onTheme(() => { paints = colours(); chart.redraw(false, true); });
}

/** The table is made when it is first opened: a decade of days is long. */
function asTable(root, rows) {
  const host = root.querySelector("[data-daily-table]");
  host.closest("details").addEventListener("toggle", () => {
    if (host.firstChild) return;
    host.append(table([
      { title: "Day", cell: (day) => day.date },
      { title: "Sum", num: true, cell: (day) => measure(day.sum) },
      { title: "Least", num: true, cell: (day) => measure(day.min) },
      { title: "Most", num: true, cell: (day) => measure(day.max) },
      { title: "Mean", num: true, cell: (day) => measure(day.mean) },
      { title: "Received", num: true, cell: (day) => `${day.count} of ${day.expected}` },
    ], rows));
  });
}

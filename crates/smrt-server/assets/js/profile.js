// The load profile: uPlot gives scales, axes, cursor and drag zoom; the line itself is drawn by profile-draw.js.

import { onTheme } from "./colour.js";
import { count, el, measure } from "./dom.js";
import { colours, paintAnomalies, paintGaps, paintLine, paintQuality } from "./profile-draw.js";
import { QUALITY, indexAt } from "./series.js";
import { chartAxes, fitWidth, moveTip } from "./tip.js";

/** What one interval says, in the order a reader wants it. */
export function describe(series, watch, i) {
  const start = series.x[i];
  const value = series.y[i] === null ? "missing" : `${measure(series.y[i])} ${series.unit}`.trim();
  const quality = QUALITY[series.flags[i]]?.[0] ?? "";
  return { value, when: `${watch.date(start)} ${watch.span(start, series.step)} (${watch.offset(start)})`, quality };
}

/**
 * @param {HTMLElement} root the meter view
 * @param {ReturnType<import("./series.js").lay>} series
 * @param {object[]} anomalies
 * @param {ReturnType<import("./clock.js").clock>} watch
 * @param {(seconds: number) => void} onPick
 */
export function profile(root, series, anomalies, watch, onPick) {
  const host = root.querySelector("[data-profile]");
  const say = root.querySelector("[data-profile-announce]");
  const reset = root.querySelector('[data-zoom="reset"]');
  const whole = { min: series.x[0], max: series.x.at(-1) + series.step };
  const tip = el("div", { class: "tip", hidden: true });
  let paints = colours();
  let at = 0;

  const options = {
    width: host.clientWidth,
    height: 300,
    legend: { show: false },
    padding: [8, 10, 0, 0],
    tzDate: watch.chartDate,
    scales: { x: { time: true, range: (_, min, max) => [min ?? whole.min, max ?? whole.max] }, y: { range: (_, min, max) => room(min, max) } },
    axes: chartAxes(() => paints, series.unit),
    series: [{}, { paths: () => null, points: { show: false } }],
    cursor: { drag: { x: true, y: false, dist: 4, setScale: false }, points: { show: false }, y: false },
    hooks: {
      drawClear: [(u) => { paintGaps(u, series, paints); paintAnomalies(u, anomalies, paints); }],
      draw: [(u) => { const started = performance.now(); paintLine(u, series, paints); paintQuality(u, series, paints); drawn(started); }],
      setCursor: [(u) => hover(u)],
      setSelect: [(u) => select(u)],
      setScale: [(u, key) => { if (key === "x") reset.disabled = u.scales.x.min <= whole.min && u.scales.x.max >= whole.max; }],
    },
  };
  const chart = new uPlot(options, [series.x, series.y], host);
  chart.over.append(tip);
  legend(root, series, anomalies);

  function drawn(started) {
    host.dataset.drawn = "true";
    host.dataset.points = series.points;
    host.dataset.drawMs = (performance.now() - started).toFixed(1);
  }

  function show(min, max) {
    const length = Math.min(Math.max(max - min, series.step * 4), whole.max - whole.min);
    const from = Math.min(Math.max(min, whole.min), whole.max - length);
    chart.setScale("x", { min: from, max: from + length });
  }

  /** Zooms around a time that stays where it is; `factor` below 1 comes closer. */
  function zoom(factor, around) {
    const { min, max } = chart.scales.x;
    const centre = around ?? (min + max) / 2;
    show(centre - (centre - min) * factor, centre + (max - centre) * factor);
  }

  function pan(part) {
    const { min, max } = chart.scales.x;
    show(min + (max - min) * part, max + (max - min) * part);
  }

  function select(u) {
    if (u.select.width > 3) show(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  }

  function hover(u) {
    const inside = u.cursor.left >= 0;
    tip.hidden = !inside;
    if (!inside) return;
    at = indexAt(series.x, u.posToVal(u.cursor.left, "x"));
    const words = describe(series, watch, at);
    const marks = anomalies.filter((mark) => covers(mark, series.x[at])).map((mark) => el("div", {}, `▼ ${mark.kind}: ${mark.reason}`));
    tip.replaceChildren(el("div", {}, el("b", {}, words.value), words.quality ? ` ${words.quality}` : null), el("div", {}, words.when), ...marks);
    moveTip(tip, u.over, u.cursor.left, u.cursor.top);
  }

  function move(by) {
    at = Math.min(Math.max(at + by, 0), series.x.length - 1);
    const centre = series.x[at] + series.step / 2;
    const { min, max } = chart.scales.x;
    if (centre < min) pan(-0.5);
    if (centre > max) pan(0.5);
    chart.setCursor({ left: chart.valToPos(centre, "x"), top: 20 });
    const words = describe(series, watch, at);
    say.textContent = `${words.when}: ${words.value}${words.quality ? `, ${words.quality}` : ""}`;
  }

  const actions = {
    in: () => zoom(0.5), out: () => zoom(2), earlier: () => pan(-0.5), later: () => pan(0.5), reset: () => show(whole.min, whole.max),
  };
  for (const button of root.querySelectorAll("[data-zoom]")) button.addEventListener("click", actions[button.dataset.zoom]);
  const keys = {
    ArrowLeft: () => move(-1), ArrowRight: () => move(1), PageUp: () => pan(-0.5), PageDown: () => pan(0.5), "+": actions.in, "=": actions.in,
    "-": actions.out, Home: actions.reset, 0: actions.reset, Enter: () => onPick(series.x[at]),
  };
  host.addEventListener("keydown", (event) => {
    const act = event.target === host && !event.ctrlKey && !event.metaKey && !event.altKey ? keys[event.key] : null;
    if (!act) return;
    event.preventDefault();
    act();
  });
  host.addEventListener("wheel", (event) => {
    // A page must scroll past a chart; the wheel is the chart's only when asked for.
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== host) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, chart.posToVal(event.clientX - chart.over.getBoundingClientRect().left, "x"));
  }, { passive: false });
  pick(chart.over, host, () => onPick(series.x[at]));
  chart.over.addEventListener("dblclick", actions.reset);
  fitWidth(host, chart);
  onTheme(() => { paints = colours(); chart.redraw(false, true); });
  return { show };
}

/** Zero is always in sight, and a little air above. */
function room(min, max) {
  const low = Math.min(0, min ?? 0);
  const high = Math.max(0, max ?? 1);
  const air = (high - low || 1) * 0.06;
  return [low < 0 ? low - air : 0, high + air];
}

/** Whether an anomaly covers a time. */
function covers(mark, time) {
  return Date.parse(mark.start) / 1000 <= time && time < Date.parse(mark.end) / 1000;
}

/** A click that is not the end of a drag. */
function pick(over, host, act) {
  let pressed = null;
  over.addEventListener("pointerdown", (event) => { pressed = event.clientX; host.focus({ preventScroll: true }); });
  over.addEventListener("click", (event) => { if (pressed !== null && Math.abs(event.clientX - pressed) < 4) act(); });
}

function legend(root, series, anomalies) {
  const entries = Object.entries(QUALITY).filter(([flag]) => series.counts[flag]).map(([flag, [word]]) =>
    el("li", {}, el("span", { class: `swatch line q-${flag}`, "aria-hidden": "true" }), `${flag} ${word} `, el("span", { class: "none" }, count(series.counts[flag]))));
  if (series.gaps.length > 0) entries.push(el("li", {}, el("span", { class: "swatch f-missing", "aria-hidden": "true" }), "missing"));
  if (anomalies.length > 0) entries.push(el("li", {}, el("span", { class: "swatch f-anomaly", "aria-hidden": "true" }), "anomaly ▼"));
  root.querySelector("[data-quality-legend]").replaceChildren(...entries);
}

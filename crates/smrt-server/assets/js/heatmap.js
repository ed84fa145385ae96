// The heat map: a column for each civil day, a cell for each interval since its midnight.
// Two canvases lie over each other: cells below, the cursor above, so that moving it repaints almost nothing.

import { onTheme } from "./colour.js";
import { el, measure } from "./dom.js";
import { bounds, colours, outline, paint, paintScale, place } from "./heatmap-draw.js";
import { describe } from "./profile.js";
import { seconds } from "./series.js";
import { moveTip } from "./tip.js";

/**
 * @param {HTMLElement} root the meter view
 * @param {ReturnType<import("./series.js").lay>} series
 * @param {object[]} anomalies
 * @param {ReturnType<import("./clock.js").clock>} watch
 * @param {(column: object, seconds: number|null) => void} onPick
 */
export function heatMap(root, series, anomalies, watch, onPick) {
  const host = root.querySelector("[data-heatmap]");
  const say = root.querySelector("[data-heat-announce]");
  const lower = el("canvas");
  const upper = el("canvas");
  const tip = el("div", { class: "tip", hidden: true });
  host.replaceChildren(lower, upper, tip);
  const rows = Math.max(...series.columns.map((column) => column.slots));
  const range = bounds(series.y);
  const cursor = { column: 0, slot: 0, shown: false };
  let chosen = null;
  let paints = colours();
  let at;

  function draw() {
    const started = performance.now();
    const density = devicePixelRatio || 1;
    at = place(host.clientWidth, series.columns.length, rows, series.step / 60);
    for (const canvas of [lower, upper]) {
      canvas.width = Math.round(host.clientWidth * density);
      canvas.height = Math.round(at.full * density);
      canvas.style.width = `${host.clientWidth}px`;
      canvas.style.height = `${at.full}px`;
    }
    host.dataset.points = paint(lower, series, at, range, paints);
    host.dataset.drawMs = (performance.now() - started).toFixed(1);
    host.dataset.drawn = "true";
    mark();
  }

  /** Anomalies, the chosen day and the cursor. */
  function mark() {
    const context = upper.getContext("2d");
    context.clearRect(0, 0, upper.width, upper.height);
    for (const anomaly of anomalies) {
      const [from, to] = [seconds(anomaly.start), seconds(anomaly.end)];
      series.columns.forEach((column, i) => {
        if (!column.slots) return;
        const first = Math.max(0, Math.floor((from - column.start) / series.step));
        const last = Math.min(column.slots, Math.ceil((to - column.start) / series.step));
        if (first < last) outline(context, at, i, first, last, paints.bad, 1.5);
      });
    }
    if (chosen !== null) outline(context, at, chosen, 0, series.columns[chosen].slots || rows, paints.accent, 1.5);
    if (cursor.shown) outline(context, at, cursor.column, cursor.slot, cursor.slot + 1, paints.ink, 2);
  }

  function words() {
    const column = series.columns[cursor.column];
    if (!column.slots) return { value: "no reading on this day", when: column.date, quality: "" };
    return describe(series, watch, column.first + cursor.slot);
  }

  function point(column, slot, left, top) {
    const limit = series.columns[column].slots || Math.round(86_400 / series.step);
    Object.assign(cursor, { column, slot: Math.min(Math.max(slot, 0), limit - 1), shown: true });
    mark();
    const { value, when, quality } = words();
    tip.hidden = false;
    tip.replaceChildren(el("div", {}, el("b", {}, value), quality ? ` ${quality}` : null), el("div", {}, when));
    moveTip(tip, host, left ?? at.left + ((column + 1) * at.width) / at.columns, top ?? at.top + (cursor.slot * at.height) / at.rows);
  }

  function hide() {
    cursor.shown = false;
    tip.hidden = true;
    mark();
  }

  function choose() {
    chosen = cursor.column;
    mark();
    const column = series.columns[cursor.column];
    const known = column.slots > 0 && column.values[cursor.slot] !== null;
    onPick(column, known ? column.start + cursor.slot * series.step : null);
  }

  /** The cell under the pointer, or null beside the plot. */
  function under(event) {
    const box = host.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left - at.left) / at.width) * at.columns);
    const slot = Math.floor(((event.clientY - box.top - at.top) / at.height) * at.rows);
    const inside = column >= 0 && column < at.columns && slot >= 0 && slot < at.rows;
    return inside ? { column, slot, left: event.clientX - box.left, top: event.clientY - box.top } : null;
  }

  const follow = (event) => {
    const cell = under(event);
    if (cell) point(cell.column, cell.slot, cell.left, cell.top);
    else hide();
    return cell;
  };
  host.addEventListener("pointermove", follow);
  host.addEventListener("pointerleave", hide);
  host.addEventListener("click", (event) => { if (follow(event)) choose(); });
  keyboard(host, (columns, slots) => {
    const column = Math.min(Math.max(cursor.column + columns, 0), series.columns.length - 1);
    point(column, cursor.slot + slots);
    const { value, when, quality } = words();
    say.textContent = `${when}: ${value}${quality ? `, ${quality}` : ""}`;
  }, choose, hide);

  const scale = el("canvas", { "aria-hidden": "true" });
  const top = `${range.cut ? "≥ " : ""}${measure(Number(range.high.toPrecision(3)))} ${series.unit}`.trim();
  root.querySelector("[data-heat-scale]").replaceChildren(
    el("span", {}, measure(Number(range.low.toPrecision(3)))), scale, el("span", {}, top),
    el("span", { class: "swatch f-missing", "aria-hidden": "true" }), "missing");
  paintScale(scale, paints);
  new ResizeObserver(() => { if (host.clientWidth > 0) draw(); }).observe(host);
  onTheme(() => { paints = colours(); paintScale(scale, paints); draw(); });
}

function keyboard(host, move, choose, hide) {
  const keys = {
    ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
    PageUp: () => move(-7, 0), PageDown: () => move(7, 0), Home: () => move(-1e9, 0), End: () => move(1e9, 0), Enter: choose, Escape: hide,
  };
  host.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  host.addEventListener("blur", hide);
}

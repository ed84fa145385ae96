// The heat map: a column for each civil day, a cell for each interval since its midnight.
// Two canvases lie over each other: cells below, the cursor above, so that moving it repaints almost nothing.

import { onTheme } from "./colour.js";
import { el, short } from "./dom.js";
import { bounds, colours, outline, paint, paintScale, place } from "./heatmap-draw.js";
import { describe, onKeys, sentence } from "./profile.js";
import { seconds } from "./series.js";
import { moveTip } from "./tip.js";

/** The map of one channel; `onPick` is told the day, and the start of the interval when it has a value. */
export class HeatMap {
  /**
   * @param {HTMLElement} root the meter view
   * @param {ReturnType<import("./series.js").lay>} series
   * @param {ReturnType<import("./clock.js").clock>} watch
   * @param {(column: object, seconds: number|null) => void} onPick
   */
  constructor(root, series, watch, onPick) {
    Object.assign(this, { series, watch, onPick, blocks: [], chosen: null, paints: colours() });
    this.host = root.querySelector("[data-heatmap]");
    this.say = root.querySelector("[data-heat-announce]");
    this.lower = el("canvas");
    this.upper = el("canvas");
    this.tip = el("div", { class: "tip", hidden: true });
    this.host.replaceChildren(this.lower, this.upper, this.tip);
    this.cursor = { column: 0, slot: 0, shown: false };
    this.usual = Math.round(86_400 / series.step);
    this.rows = Math.max(...series.columns.map((column) => column.slots));
    this.range = bounds(series);
    this.scale(root.querySelector("[data-heat-scale]"));
    this.connect();
  }

  /** Sizes the canvases to the host and paints the cells. */
  draw() {
    const started = performance.now();
    const density = devicePixelRatio || 1;
    const width = this.host.clientWidth;
    this.at = place(width, this.series.columns.length, this.rows, this.series.step / 60);
    for (const canvas of [this.lower, this.upper]) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(this.at.full * density);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${this.at.full}px`;
    }
    const points = paint(this.lower, this.series, this.at, this.range, this.paints);
    Object.assign(this.host.dataset, { points, drawMs: (performance.now() - started).toFixed(1), drawn: "true" });
    this.overlay();
  }

  /** Shows anomalies, which arrive after the readings. */
  mark(anomalies) {
    this.blocks = anomalies.flatMap((anomaly) => cover(this.series, anomaly));
    if (this.at) this.overlay();
  }

  /** Anomalies, the chosen day and the cursor. */
  overlay() {
    const { at, paints, cursor, chosen } = this;
    const context = this.upper.getContext("2d");
    context.clearRect(0, 0, this.upper.width, this.upper.height);
    for (const block of this.blocks) outline(context, at, block, paints.bad, 1.5);
    if (chosen !== null) outline(context, at, { column: chosen, columns: 1, from: 0, to: this.slots(chosen) }, paints.accent, 1.5);
    if (cursor.shown) outline(context, at, { column: cursor.column, columns: 1, from: cursor.slot, to: cursor.slot + 1 }, paints.ink, 2);
  }

  slots(column) {
    return this.series.columns[column].slots || this.usual;
  }

  words() {
    const column = this.series.columns[this.cursor.column];
    if (!column.slots) return { value: "no reading on this day", when: column.date, quality: "" };
    return describe(this.series, this.watch, column.first + this.cursor.slot);
  }

  /** Puts the cursor on a cell and the tooltip beside it, or beside the pointer. */
  point(column, slot, left, top) {
    const { at, cursor } = this;
    Object.assign(cursor, { column, slot: Math.min(Math.max(slot, 0), this.slots(column) - 1), shown: true });
    this.overlay();
    const { value, when, quality } = this.words();
    this.tip.hidden = false;
    this.tip.replaceChildren(el("div", {}, el("b", {}, value), quality ? ` ${quality}` : null), el("div", {}, when));
    moveTip(this.tip, this.host, left ?? at.left + ((column + 1) * at.width) / at.columns, top ?? at.top + (cursor.slot * at.height) / at.rows);
  }

  move(columns, slots) {
    const column = Math.min(Math.max(this.cursor.column + columns, 0), this.series.columns.length - 1);
    this.point(column, this.cursor.slot + slots);
    this.say.textContent = sentence(this.words());
  }

  hide() {
    this.cursor.shown = false;
    this.tip.hidden = true;
    this.overlay();
  }

  choose() {
    this.chosen = this.cursor.column;
    this.overlay();
    const column = this.series.columns[this.chosen];
    const known = column.slots > 0 && column.values[this.cursor.slot] !== null;
    this.onPick(column, known ? column.start + this.cursor.slot * this.series.step : null);
  }

  /** Follows the pointer; false when it is beside the plot. */
  follow(event) {
    const { at } = this;
    const box = this.host.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    const column = Math.floor(((left - at.left) / at.width) * at.columns);
    const slot = Math.floor(((top - at.top) / at.height) * at.rows);
    const inside = column >= 0 && column < at.columns && slot >= 0 && slot < at.rows;
    if (inside) this.point(column, slot, left, top);
    else this.hide();
    return inside;
  }

  connect() {
    const { host } = this;
    host.addEventListener("pointermove", (event) => this.follow(event));
    host.addEventListener("pointerleave", () => this.hide());
    host.addEventListener("blur", () => this.hide());
    host.addEventListener("click", (event) => { if (this.follow(event)) this.choose(); });
    onKeys(host, {
      ArrowLeft: () => this.move(-1, 0), ArrowRight: () => this.move(1, 0), ArrowUp: () => this.move(0, -1), ArrowDown: () => this.move(0, 1),
      PageUp: () => this.move(-7, 0), PageDown: () => this.move(7, 0), Home: () => this.move(-Infinity, 0), End: () => this.move(Infinity, 0),
      Enter: () => this.choose(), Escape: () => this.hide(),
    });
    new ResizeObserver(() => { if (host.clientWidth > 0) this.draw(); }).observe(host);
  }

  /** The scale of colours beside the heading. */
  scale(host) {
    const { range, series } = this;
    const canvas = el("canvas", { "aria-hidden": "true" });
    host.replaceChildren(
      el("span", {}, short(range.low)), canvas, el("span", {}, `${range.cut ? "≥ " : ""}${short(range.high)} ${series.unit}`.trim()),
      el("span", { class: "swatch f-missing", "aria-hidden": "true" }), "missing");
    paintScale(canvas, this.paints);
    onTheme((event) => {
      // Browsers print a canvas of pixels blank when it is painted anew for the print; what is on the screen they do print.
      if (event.detail === "print") return;
      this.paints = colours();
      paintScale(canvas, this.paints);
      this.draw();
    });
  }
}

/** The blocks of cells an anomaly covers; days it covers alike become one block. */
function cover(series, anomaly) {
  const [start, end] = [seconds(anomaly.start), seconds(anomaly.end)];
  const blocks = [];
  series.columns.forEach((day, column) => {
    if (!day.slots) return;
    const from = Math.max(0, Math.floor((start - day.start) / series.step));
    const to = Math.min(day.slots, Math.ceil((end - day.start) / series.step));
    if (from >= to) return;
    const last = blocks.at(-1);
    if (last && last.column + last.columns === column && last.from === from && last.to === to) last.columns += 1;
    else blocks.push({ column, columns: 1, from, to });
  });
  return blocks;
}

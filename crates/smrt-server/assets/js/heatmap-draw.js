// Painting the heat map. Every pixel of the screen is looked up once, so that a year of half-hours is drawn in a few
// milliseconds and stays sharp at any density.

import { hatch, isDark, palette, ramp } from "./colour.js";
import { font } from "./tip.js";

/** The colours of now. */
export function colours() {
  const base = palette({ ink: "--ink", inkSoft: "--ink-soft", line: "--line", hatch: "--hatch", paper: "--paper", sunken: "--sunken", bad: "--bad", accent: "--accent" });
  return { ...base, ramp: ramp(isDark()) };
}

/**
 * The values the scale spans: from zero, but for what sensors measure. One wild value must not flatten a year, so the top
 * is where 99.5 % of the values end.
 * @param {{y: (number|null)[], signal: boolean}} series
 */
export function bounds({ y, signal }) {
  const sorted = Float64Array.from(y.filter((v) => v !== null)).sort();
  if (sorted.length === 0) return { low: 0, high: 1, cut: false };
  const most = sorted.at(-1);
  const usual = sorted[Math.floor((sorted.length - 1) * 0.995)];
  const low = signal ? sorted[0] : Math.min(0, sorted[0]);
  const high = most - low > (usual - low) * 1.5 ? usual : most;
  return { low, high: high > low ? high : low + 1, cut: high < most };
}

/** Where everything is, in CSS pixels. Rows count intervals since local midnight, so a long day simply reaches lower. */
export function place(width, columns, rows, stepMinutes) {
  const left = 46;
  const top = 4;
  const plot = Math.max(width - left - 4, 10);
  // A few days need not fill a wide screen.
  const across = Math.min(plot, columns * 110);
  const down = Math.min(Math.max(rows * 6, 216), 340);
  return { left, top, width: across, height: down, columns, rows, stepMinutes, full: down + top + 26 };
}

/** Edges of equal parts, rounded to pixels. */
function edges(parts, size) {
  return Array.from({ length: parts + 1 }, (_, i) => Math.round((i * size) / parts));
}

/** Paints cells, hatching and axes; answers how many cells have a value. */
export function paint(canvas, series, at, range, paints) {
  const density = devicePixelRatio || 1;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const x = edges(at.columns, Math.round(at.width * density));
  const y = edges(at.rows, Math.round(at.height * density));
  const image = context.createImageData(x.at(-1), y.at(-1));
  const pixels = new Uint32Array(image.data.buffer);
  const hatched = hatchPixels(image.width, image.height, paints, density);
  const scale = 255 / (range.high - range.low);
  const line = x[1] - x[0] >= 8 * density ? 1 : 0;
  const gutter = y[1] - y[0] >= 8 * density ? 1 : 0;
  let cells = 0;
  series.columns.forEach((column, i) => {
    // A day nobody heard of is drawn as long as usual.
    const slots = column.slots || Math.round(1440 / at.stepMinutes);
    for (let slot = 0; slot < slots; slot += 1) {
      const value = column.values?.[slot] ?? null;
      const colour = value === null ? null : paints.ramp[Math.min(255, Math.max(0, Math.round((value - range.low) * scale)))];
      if (colour !== null) cells += 1;
      for (let py = y[slot]; py < y[slot + 1] - gutter; py += 1) {
        const row = py * image.width;
        if (colour !== null) pixels.fill(colour, row + x[i], row + x[i + 1] - line);
        else pixels.set(hatched.subarray(row + x[i], row + x[i + 1] - line), row + x[i]);
      }
    }
  });
  context.putImageData(image, Math.round(at.left * density), Math.round(at.top * density));
  axes(context, series, at, paints, density);
  return cells;
}

function hatchPixels(width, height, paints, density) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(width, 1);
  canvas.height = Math.max(height, 1);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = paints.sunken;
  context.fillRect(0, 0, width, height);
  context.fillStyle = hatch(context, paints.hatch, density);
  context.fillRect(0, 0, width, height);
  return new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
}

function axes(context, series, at, paints, density) {
  context.save();
  context.scale(density, density);
  context.font = font(12);
  context.fillStyle = paints.inkSoft;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (let hour = 0; hour <= 24; hour += 6) {
    const y = at.top + (hour * 60 / at.stepMinutes / at.rows) * at.height;
    context.fillText(`${String(hour).padStart(2, "0")}:00`, at.left - 8, Math.min(Math.max(y, 7), at.top + at.height - 2));
  }
  context.textBaseline = "top";
  context.textAlign = "left";
  let free = 0;
  for (const tick of ticks(series.columns, at)) {
    const x = at.left + (tick.index * at.width) / at.columns;
    const width = context.measureText(tick.text).width;
    if (x < free || x + width > at.left + Math.max(at.width, 40)) continue;
    context.fillRect(x, at.top + at.height, 1, 4);
    context.fillText(tick.text, x + 2, at.top + at.height + 8);
    free = x + width + 14;
  }
  context.restore();
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Months when there are many days, days when there are few. */
function ticks(columns, at) {
  const many = at.width / at.columns < 12;
  return columns.flatMap(({ date }, index) => {
    const [year, month, day] = date.split("-");
    const text = many ? `${months[month - 1]}${month === "01" || index === 0 ? ` ${year}` : ""}` : `${Number(day)} ${months[month - 1]}`;
    return !many || day === "01" || (index === 0 && Number(day) < 20) ? [{ index, text }] : [];
  });
}

/**
 * Outlines a block of cells on the upper canvas.
 * @param {{column: number, columns: number, from: number, to: number}} block
 */
export function outline(context, at, { column, columns, from, to }, colour, width) {
  const density = devicePixelRatio || 1;
  const cell = at.width / at.columns;
  const row = at.height / at.rows;
  const [x, y] = [at.left + column * cell - 0.5, at.top + from * row - 0.5];
  // A cell of a decade is thinner than a line; its mark is not.
  const [across, down] = [Math.max(columns * cell + 1, 4), (to - from) * row + 1];
  context.strokeStyle = colour;
  context.lineWidth = width * density;
  context.strokeRect(x * density, y * density, across * density, down * density);
}

/** Paints the scale of colours beside the heading. */
export function paintScale(canvas, paints) {
  canvas.width = 256;
  canvas.height = 1;
  const context = canvas.getContext("2d");
  const image = context.createImageData(256, 1);
  new Uint32Array(image.data.buffer).set(paints.ramp);
  context.putImageData(image, 0, 0);
}

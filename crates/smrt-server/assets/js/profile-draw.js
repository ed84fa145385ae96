// Painting the load profile on uPlot's canvas: steps coloured by quality, gaps hatched, anomalies marked.

import { hatch, palette } from "./colour.js";
import { QUALITY, indexAt, seconds } from "./series.js";

/** The colours of now. */
export function colours() {
  const quality = Object.fromEntries(Object.entries(QUALITY).map(([flag, [, property]]) => [flag, property]));
  return palette({ ...quality, ink: "--ink", inkSoft: "--ink-soft", line: "--line", hatch: "--hatch", bad: "--bad", badSoft: "--bad-soft", soft: "--accent-soft" });
}

function clipped(u, paint) {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  paint(u.ctx);
  u.ctx.restore();
}

function band(u, start, end) {
  const left = u.valToPos(start, "x", true);
  return [left, u.bbox.top, Math.max(u.valToPos(end, "x", true) - left, devicePixelRatio), u.bbox.height];
}

/** Hatches the times without a value. */
export function paintGaps(u, series, paints) {
  const { min, max } = u.scales.x;
  clipped(u, (ctx) => {
    ctx.fillStyle = hatch(ctx, paints.hatch);
    for (const gap of series.gaps) if (gap.end > min && gap.start < max) ctx.fillRect(...band(u, gap.start, gap.end));
  });
}

/** A tinted band and a mark on top of it for each anomaly. */
export function paintAnomalies(u, anomalies, paints) {
  clipped(u, (ctx) => {
    for (const mark of anomalies) {
      const [left, top, width, height] = band(u, seconds(mark.start), seconds(mark.end));
      const size = 5 * devicePixelRatio;
      const centre = left + width / 2;
      ctx.fillStyle = paints.badSoft;
      ctx.fillRect(left, top, width, height);
      ctx.fillStyle = paints.bad;
      ctx.beginPath();
      ctx.moveTo(centre - size, top);
      ctx.lineTo(centre + size, top);
      ctx.lineTo(centre, top + size * 1.5);
      ctx.fill();
    }
  });
}

/** The visible part of the series. */
function visible(u, series) {
  return [indexAt(series.x, u.scales.x.min), indexAt(series.x, u.scales.x.max)];
}

/** The values as steps, each as long as its interval; far away, as the range of each pixel column. */
export function paintLine(u, series, paints) {
  const [first, last] = visible(u, series);
  const dense = last - first > u.bbox.width * 0.7;
  clipped(u, (ctx) => (dense ? paintColumns(ctx, u, series, paints, first, last) : paintSteps(ctx, u, series, paints, first, last)));
}

function paintSteps(ctx, u, series, paints, first, last) {
  const base = u.valToPos(0, "y", true);
  const area = new Path2D();
  const rises = new Path2D();
  const treads = {};
  let before = null;
  for (let i = first; i <= last; i += 1) {
    const value = series.y[i];
    if (value === null) continue;
    const left = u.valToPos(series.x[i], "x", true);
    const right = u.valToPos(series.x[i] + series.step, "x", true);
    const y = u.valToPos(value, "y", true);
    area.rect(left, Math.min(y, base), right - left + 0.5, Math.abs(base - y));
    const path = (treads[series.flags[i]] ??= new Path2D());
    path.moveTo(left, y);
    path.lineTo(right, y);
    if (before !== null && series.x[i] - series.x[before] === series.step) {
      rises.moveTo(left, u.valToPos(series.y[before], "y", true));
      rises.lineTo(left, y);
    }
    before = i;
  }
  const main = mainFlag(series);
  ctx.fillStyle = paints.soft;
  ctx.globalAlpha = 0.6;
  ctx.fill(area);
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1.25 * devicePixelRatio;
  ctx.strokeStyle = paints[main];
  ctx.stroke(rises);
  for (const [flag, path] of Object.entries(treads)) {
    ctx.lineWidth = (flag === main ? 1.5 : 2.5) * devicePixelRatio;
    ctx.strokeStyle = paints[flag] ?? paints.U;
    ctx.stroke(path);
  }
}

function paintColumns(ctx, u, series, paints, first, last) {
  const path = new Path2D();
  let column = null;
  let low = 0;
  let high = 0;
  const area = new Path2D();
  const base = u.valToPos(0, "y", true);
  const flush = () => {
    if (column === null) return;
    const [top, bottom] = [u.valToPos(high, "y", true), u.valToPos(low, "y", true)];
    path.rect(column, top, 1, Math.max(bottom - top, devicePixelRatio));
    area.rect(column, Math.min(top, base), 1, Math.abs(base - top));
  };
  let before = null;
  for (let i = first; i <= last; i += 1) {
    const value = series.y[i];
    if (value === null) continue;
    const x = Math.floor(u.valToPos(series.x[i], "x", true));
    if (x !== column) {
      flush();
      column = x;
      // A column begins where the one before it ended, so that the line has no holes but those of the readings.
      const joined = before !== null && series.x[i] - series.x[before] === series.step ? series.y[before] : value;
      low = Math.min(joined, value);
      high = Math.max(joined, value);
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
    before = i;
  }
  flush();
  ctx.fillStyle = paints.soft;
  ctx.fill(area);
  ctx.fillStyle = paints[mainFlag(series)];
  ctx.fill(path);
}

function mainFlag(series) {
  return Object.entries(series.counts).sort((a, b) => b[1] - a[1])[0]?.[0] ?? "U";
}

/** A ribbon along the bottom, readable at any zoom; only when there is more than one quality to tell apart. */
export function paintQuality(u, series, paints) {
  if (Object.keys(series.counts).length < 2) return;
  const [first, last] = visible(u, series);
  const main = mainFlag(series);
  const height = 5 * devicePixelRatio;
  const y = u.bbox.top + u.bbox.height - height;
  clipped(u, (ctx) => {
    for (let i = first; i <= last; i += 1) {
      const flag = series.flags[i];
      if (flag === "-" || flag === main) continue;
      const run = i;
      while (i < last && series.flags[i + 1] === flag) i += 1;
      const [left, , width] = band(u, series.x[run], series.x[i] + series.step);
      ctx.fillStyle = paints[flag] ?? paints.U;
      ctx.fillRect(left, y, Math.max(width, 2 * devicePixelRatio), height);
    }
  });
}

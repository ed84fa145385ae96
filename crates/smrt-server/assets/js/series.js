// The answer of the profile endpoint, laid out for drawing: one flat series, and the days as columns.

import { nextDate } from "./clock.js";

/** What the letters of `flags` mean, in the order of the legend, with the custom property of their colour. */
export const QUALITY = {
  A: ["actual", "--q-actual"],
  F: ["final", "--q-final"],
  E: ["estimated", "--q-estimated"],
  S: ["substituted", "--q-substituted"],
  N: ["null", "--q-null"],
  U: ["unstated", "--q-unstated"],
};

/**
 * @param {{unit: string|null, zone: string, step_minutes: number,
 *   days: {date: string, start: number, slots: number, values: (number|null)[], flags: string}[]}} answer
 */
export function lay(answer) {
  const step = answer.step_minutes * 60;
  const days = answer.days.map((day) => ({ ...day, values: day.values.map((v) => (v === null || v === undefined ? null : Number(v))) }));
  days.sort((a, b) => a.start - b.start);
  const x = [];
  const y = [];
  const flags = [];
  const counts = {};
  for (const day of days) {
    day.first = x.length;
    for (let slot = 0; slot < day.slots; slot += 1) {
      const flag = day.flags[slot] ?? "-";
      x.push(day.start + slot * step);
      y.push(day.values[slot] ?? null);
      flags.push(flag);
      if (flag !== "-") counts[flag] = (counts[flag] ?? 0) + 1;
    }
  }
  return {
    unit: answer.unit ?? "", zone: answer.zone, step, x, y, flags, counts,
    columns: columns(days), gaps: gaps(x, y, step), points: y.filter((v) => v !== null).length,
  };
}

/** Every civil day from the first to the last; a day without any reading has a date and nothing else. */
function columns(days) {
  const known = new Map(days.map((day) => [day.date, day]));
  const all = [];
  const last = days.at(-1)?.date;
  for (let date = days[0]?.date; date && date <= last; date = nextDate(date)) all.push(known.get(date) ?? { date, slots: 0 });
  return all;
}

/** Where values are missing between the first and the last one. */
function gaps(x, y, step) {
  const found = [];
  let end = null;
  for (let i = 0; i < x.length; i += 1) {
    if (y[i] === null) continue;
    if (end !== null && x[i] > end) found.push({ start: end, end: x[i] });
    end = x[i] + step;
  }
  return found;
}

/** The index of the interval that holds a time, or the one before it. */
export function indexAt(x, seconds) {
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (x[middle] <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Epoch seconds of an RFC 3339 text or of a number that already is. */
export function seconds(time) {
  return typeof time === "number" ? time : Date.parse(time) / 1000;
}

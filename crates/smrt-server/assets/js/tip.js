// What the charts share: the tooltip's place, following the width, and axes in the type of the page.

/** Puts a tooltip beside a point, inside its parent. */
export function moveTip(tip, parent, left, top) {
  const { clientWidth, clientHeight } = parent;
  const beside = left + 14 + tip.offsetWidth > clientWidth ? left - 14 - tip.offsetWidth : left + 14;
  const x = Math.max(0, Math.min(beside, clientWidth - tip.offsetWidth));
  const y = Math.max(0, Math.min(top + 10, clientHeight - tip.offsetHeight));
  tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
}

/** Keeps a chart as wide as its host. */
export function fitWidth(host, chart) {
  new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientWidth !== chart.width) chart.setSize({ width: host.clientWidth, height: chart.height });
  }).observe(host);
}

/** The font of the page, for canvases. */
export function font(size = 12) {
  return `${size}px ${getComputedStyle(document.body).fontFamily}`;
}

// Tick distance, format, and what is added when year, month or day changes; uPlot's own is for American clocks.
const year = "\n{YYYY}";
const day = "\n{D} {MMM}";
const formats = [
  [3600 * 24 * 365, "{YYYY}", null, null, null, null, null, null, 1],
  [3600 * 24 * 28, "{MMM}", year, null, null, null, null, null, 1],
  [3600 * 24, "{D} {MMM}", year, null, null, null, null, null, 1],
  [60, "{HH}:{mm}", `${day} {YYYY}`, null, day, null, null, null, 1],
];

const oneDay = 86_400;

/** Distances of ticks where nothing is shorter than a day; months and years as uPlot counts them. */
export const dayTicks = [1, 2, 3, 5, 7, 10, 15, 30, 60, 90, 120, 180, 365, 730, 1825, 3650].map((days) => days * oneDay);

/** Quiet axes; `paints` is asked at each drawing, so that a new theme needs no new chart. */
export function chartAxes(paints, unit, ticks = undefined) {
  const shared = {
    stroke: () => paints().inkSoft,
    font: font(),
    grid: { stroke: () => paints().line, width: 1 },
    ticks: { show: false },
  };
  return [
    { ...shared, incrs: ticks, values: formats, space: 70, gap: 6, size: 42, grid: { show: false } },
    { ...shared, size: (_, values) => 18 + 7.5 * Math.max(3, ...(values ?? []).map((v) => v.length)), gap: 6, label: unit || undefined, labelSize: unit ? 18 : 0, labelFont: font() },
  ];
}

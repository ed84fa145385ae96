// The load profile: uPlot gives scales, axes, cursor and drag zoom; the line itself is drawn by profile-draw.js.

import { onTheme } from "./colour.js";
import { count, el, measure, shown } from "./dom.js";
import { colours, paintAnomalies, paintGaps, paintLine, paintQuality } from "./profile-draw.js";
import { QUALITY, indexAt, seconds } from "./series.js";
import { chartAxes, fitWidth, moveTip } from "./tip.js";

/** What one interval says, in the order a reader wants it. */
export function describe(series, watch, i) {
  const start = series.x[i];
  const value = series.y[i] === null ? "missing" : `${measure(series.y[i])} ${series.unit}`.trim();
  const quality = QUALITY[series.flags[i]]?.[0] ?? "";
  return { value, when: `${watch.date(start)} ${watch.span(start, series.step)} (${watch.offset(start)})`, quality };
}

/** The same as a sentence, for those who listen. */
export function sentence({ value, when, quality }) {
  return `${when}: ${value}${quality ? `, ${quality}` : ""}`;
}

/** The chart of one channel. Its host takes keys; `onPick` is told the start of a chosen interval. */
export class Profile {
  /**
   * @param {HTMLElement} root the meter view
   * @param {ReturnType<import("./series.js").lay>} series
   * @param {ReturnType<import("./clock.js").clock>} watch
   * @param {(seconds: number) => void} onPick
   */
  constructor(root, series, watch, onPick) {
    Object.assign(this, { root, series, watch, onPick, anomalies: [], paints: colours(), at: 0 });
    this.host = root.querySelector("[data-profile]");
    this.say = root.querySelector("[data-profile-announce]");
    this.reset = root.querySelector('[data-zoom="reset"]');
    this.whole = { min: series.x[0], max: series.x.at(-1) + series.step };
    // Moved by keys, the cursor stays with its interval; moved by the pointer, with the pointer.
    this.pinned = false;
    this.tip = el("div", { class: "tip", hidden: true });
    this.chart = new uPlot(this.options(), [series.x, series.y], this.host);
    this.chart.over.append(this.tip);
    this.legend();
    this.connect();
  }

  options() {
    const { series, whole } = this;
    return {
      width: this.host.clientWidth,
      height: 300,
      legend: { show: false },
      padding: [8, 26, 0, 0],
      tzDate: this.watch.chartDate,
      scales: { x: { time: true, range: (_, min, max) => [min ?? whole.min, max ?? whole.max] }, y: { range: (_, min, max) => (series.signal ? fit(min, max) : room(min, max)) } },
      axes: chartAxes(() => this.paints, series.unit),
      series: [{}, { paths: () => null, points: { show: false } }],
      cursor: { drag: { x: true, y: false, dist: 4, setScale: false }, points: { show: false }, y: false },
      hooks: {
        drawClear: [(u) => this.under(u)],
        draw: [(u) => this.over(u)],
        setCursor: [(u) => this.hover(u)],
        setSelect: [(u) => this.select(u)],
        setScale: [(u, key) => { if (key === "x") this.rescaled(u); }],
      },
    };
  }

  under(u) {
    paintAnomalies(u, this.anomalies, this.paints);
    paintGaps(u, this.series, this.paints);
  }

  over(u) {
    const started = performance.now();
    paintLine(u, this.series, this.paints);
    paintQuality(u, this.series, this.paints);
    Object.assign(this.host.dataset, { drawn: "true", points: this.series.points, drawMs: (performance.now() - started).toFixed(1) });
  }

  /** Shows anomalies, which arrive after the readings. */
  mark(anomalies) {
    this.anomalies = anomalies;
    this.legend();
    this.chart.redraw(false, true);
  }

  /** Shows the time between two instants, kept inside what there is. */
  show(min, max) {
    const { whole } = this;
    const length = Math.min(Math.max(max - min, this.series.step * 4), whole.max - whole.min);
    const from = Math.min(Math.max(min, whole.min), whole.max - length);
    this.chart.setScale("x", { min: from, max: from + length });
  }

  /** Zooms around a time that stays where it is; `factor` below 1 comes closer. */
  zoom(factor, around) {
    const { min, max } = this.chart.scales.x;
    const centre = around ?? (this.pinned ? this.series.x[this.at] : (min + max) / 2);
    this.show(centre - (centre - min) * factor, centre + (max - centre) * factor);
  }

  pan(part) {
    const { min, max } = this.chart.scales.x;
    this.show(min + (max - min) * part, max + (max - min) * part);
  }

  rescaled(u) {
    this.reset.disabled = u.scales.x.min <= this.whole.min && u.scales.x.max >= this.whole.max;
    if (this.pinned) this.point(u);
  }

  select(u) {
    if (u.select.width > 3) this.show(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  }

  /** Puts the cursor on the middle of the current interval. */
  point(u) {
    u.setCursor({ left: u.valToPos(this.series.x[this.at] + this.series.step / 2, "x"), top: 20 });
  }

  hover(u) {
    const inside = u.cursor.left >= 0;
    this.tip.hidden = !inside;
    if (!inside) return;
    const { series } = this;
    this.at = indexAt(series.x, u.posToVal(u.cursor.left, "x"));
    const words = describe(series, this.watch, this.at);
    const time = series.x[this.at];
    const here = this.anomalies.filter((mark) => seconds(mark.start) <= time && time < seconds(mark.end));
    this.tip.replaceChildren(
      el("div", {}, el("b", {}, words.value), words.quality ? ` ${words.quality}` : null),
      el("div", {}, words.when),
      ...here.map((mark) => el("div", {}, `▼ ${shown(mark.kind)}: ${shown(mark.reason)}`)));
    moveTip(this.tip, u.over, u.cursor.left, u.cursor.top);
  }

  move(by) {
    const { series } = this;
    this.pinned = true;
    this.at = Math.min(Math.max(this.at + by, 0), series.x.length - 1);
    const { min, max } = this.chart.scales.x;
    if (series.x[this.at] < min) this.pan(-0.5);
    else if (series.x[this.at] + series.step > max) this.pan(0.5);
    else this.point(this.chart);
    this.say.textContent = sentence(describe(series, this.watch, this.at));
  }

  connect() {
    const { host, chart } = this;
    const actions = {
      in: () => this.zoom(0.5), out: () => this.zoom(2), earlier: () => this.pan(-0.5), later: () => this.pan(0.5),
      reset: () => this.show(this.whole.min, this.whole.max),
    };
    for (const button of this.root.querySelectorAll("[data-zoom]")) button.addEventListener("click", actions[button.dataset.zoom]);
    onKeys(host, {
      ArrowLeft: () => this.move(-1), ArrowRight: () => this.move(1), PageUp: actions.earlier, PageDown: actions.later, "+": actions.in,
      "=": actions.in, "-": actions.out, Home: actions.reset, 0: actions.reset, Enter: () => this.onPick(this.series.x[this.at]),
    });
    host.addEventListener("wheel", (event) => {
      // A page must scroll past a chart; the wheel is the chart's only when asked for.
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== host) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 0.8 : 1.25, chart.posToVal(event.clientX - chart.over.getBoundingClientRect().left, "x"));
    }, { passive: false });
    chart.over.addEventListener("pointermove", () => { this.pinned = false; });
    chart.over.addEventListener("dblclick", actions.reset);
    onPress(chart.over, host, () => this.onPick(this.series.x[this.at]));
    fitWidth(host, chart);
    onTheme(() => { this.paints = colours(); chart.redraw(false, true); });
  }

  legend() {
    const { series } = this;
    const swatch = (kind) => el("span", { class: `swatch ${kind}`, "aria-hidden": "true" });
    const entries = Object.entries(QUALITY).filter(([flag]) => series.counts[flag]).map(([flag, [word]]) =>
      el("li", {}, swatch(`line q-${flag}`), `${flag} ${word} `, el("span", { class: "none" }, count(series.counts[flag]))));
    if (series.gaps.length > 0) entries.push(el("li", {}, swatch("f-missing"), "missing"));
    if (this.anomalies.length > 0) entries.push(el("li", {}, swatch("f-anomaly"), "anomaly ▼"));
    this.root.querySelector("[data-quality-legend]").replaceChildren(...entries);
  }
}

/** Zero is always in sight, and a little air above. */
function room(min, max) {
  const low = Math.min(0, min ?? 0);
  const high = Math.max(0, max ?? 1);
  const air = (high - low || 1) * 0.06;
  return [low < 0 ? low - air : 0, high + air];
}

/** What a sensor measures has no zero that must be seen, such as a temperature. */
function fit(min, max) {
  const [low, high] = [min ?? 0, max ?? 1];
  const air = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - air, high + air];
}

/** Keys of a chart that has the focus; combinations stay with the browser. */
export function onKeys(host, keys) {
  host.addEventListener("keydown", (event) => {
    const act = event.target === host && !event.ctrlKey && !event.metaKey && !event.altKey ? keys[event.key] : null;
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** A click that is not the end of a drag. */
function onPress(over, host, act) {
  let pressed = null;
  over.addEventListener("pointerdown", (event) => {
    pressed = event.clientX;
    host.focus({ preventScroll: true });
  });
  over.addEventListener("click", (event) => { if (pressed !== null && Math.abs(event.clientX - pressed) < 4) act(); });
}

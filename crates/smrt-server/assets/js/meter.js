// The page of a meter: fetches the profile once, hands it to the charts, and connects them with each other.

import { getItems, getJson } from "./api.js";
import { clock } from "./clock.js";
import { daily } from "./daily.js";
import { HeatMap } from "./heatmap.js";
import { Profile } from "./profile.js";
import { lay, seconds } from "./series.js";
import { anomaliesTable, gapsTable } from "./tables.js";
import { tracePanel } from "./trace.js";

/** Lists that a server does not have, or does not give, are simply not shown. */
async function optional(url) {
  try {
    return await getItems(url);
  } catch {
    return [];
  }
}

async function start(root) {
  const { profileUrl, dailyUrl, gapsUrl, traceUrl, anomaliesUrl, zone } = root.dataset;
  const state = root.querySelector("[data-state]");
  const lists = [optional(anomaliesUrl), optional(gapsUrl), optional(dailyUrl)];
  let series;
  try {
    series = { ...lay(await getJson(profileUrl)), signal: "signal" in root.dataset };
  } catch (error) {
    state.classList.add("bad");
    state.textContent = `The readings could not be fetched: ${error.message}. Load the page again; the CSV below may still work.`;
    return;
  }
  const watch = clock(series.zone || zone);
  // The charts never wait for the lists, which may take longer than the readings.
  const charts = series.x.length > 0 ? draw(root, series, traceUrl, watch) : null;
  state.hidden = charts !== null;
  state.textContent = "There is no reading in this range. Choose another one above; “All” shows everything there is.";
  lists[0].then((found) => {
    // The end that is told is the last interval concerned; what is drawn ends with it.
    const anomalies = found.map((anomaly) => ({ ...anomaly, end: seconds(anomaly.end) + series.step }));
    charts?.mark(anomalies);
    anomaliesTable(root, anomalies, watch);
    root.dataset.examined = anomalies.length;
  });
  lists[1].then((gaps) => gapsTable(root, gaps, watch));
  if (charts) lists[2].then((days) => daily(root, days, charts.showDay));
}

function draw(root, series, traceUrl, watch) {
  root.querySelector("[data-charts]").hidden = false;
  const trace = tracePanel(root.querySelector("[data-trace]"), traceUrl, watch);
  const profile = new Profile(root, series, watch, trace.open);
  const showDay = (date) => {
    const day = series.columns.find((column) => column.date === date && column.slots > 0);
    if (day) profile.show(day.start, day.start + day.slots * series.step);
  };
  const heatMap = new HeatMap(root, series, watch, (column, time) => {
    showDay(column.date);
    if (time !== null) trace.open(time);
  });
  const mark = (anomalies) => {
    const { min, max } = profile.whole;
    const inside = anomalies.filter((anomaly) => seconds(anomaly.end) > min && seconds(anomaly.start) < max);
    profile.mark(inside);
    heatMap.mark(inside);
  };
  return { showDay, mark };
}

const root = document.querySelector("[data-meter-view]");
if (root) start(root);

// The page of a meter: fetches the profile once, hands it to the charts, and connects them with each other.

import { getItems, getJson } from "./api.js";
import { clock } from "./clock.js";
import { daily } from "./daily.js";
import { heatMap } from "./heatmap.js";
import { profile } from "./profile.js";
import { lay } from "./series.js";
import { anomaliesTable, gapsTable } from "./tables.js";
import { tracePanel } from "./trace.js";

/** Lists that may be absent on a server, or in a build of it, are simply not shown. */
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
  let series;
  let anomalies;
  try {
    const [answer, marks] = await Promise.all([getJson(profileUrl), optional(anomaliesUrl)]);
    series = lay(answer);
    anomalies = marks;
  } catch (error) {
    state.classList.add("bad");
    state.textContent = `The readings could not be fetched: ${error.message}. Load the page again; the CSV below may still work.`;
    return;
  }
  if (series.x.length === 0) {
    state.textContent = "There is no reading in this range. Choose another one above; “All” shows everything there is.";
  } else {
    state.hidden = true;
    root.querySelector("[data-charts]").hidden = false;
    draw(root, series, anomalies, traceUrl, clock(series.zone || zone));
  }
  const watch = clock(series.zone || zone);
  anomaliesTable(root, anomalies, watch);
  gapsTable(root, await optional(gapsUrl), watch);
  const days = await optional(dailyUrl);
  daily(root, days, (date) => root.dispatchEvent(new CustomEvent("smrt-day", { detail: date })));
}

function draw(root, series, anomalies, traceUrl, watch) {
  const trace = tracePanel(root.querySelector("[data-trace]"), traceUrl, watch);
  const chart = profile(root, series, anomalies, watch, (seconds) => trace.open(seconds));
  const showDay = (date) => {
    const day = series.columns.find((column) => column.date === date && column.slots > 0);
    if (day) chart.show(day.start, day.start + day.slots * series.step);
  };
  heatMap(root, series, anomalies, watch, (column, seconds) => {
    showDay(column.date);
    if (seconds !== null) trace.open(seconds);
  });
  root.addEventListener("smrt-day", (event) => showDay(event.detail));
}

const root = document.querySelector("[data-meter-view]");
if (root) start(root);

// The lists under the charts. A list without rows, or that the server does not know, is not shown at all.

import { count, el, short, shown, table } from "./dom.js";
import { seconds } from "./series.js";

const most = 100;

function fill(root, block, host, columns, rows) {
  if (rows.length === 0) return;
  root.querySelector(block).hidden = false;
  const more = rows.length > most ? el("p", { class: "note more" }, `and ${count(rows.length - most)} more, in the JSON of this page`) : "";
  root.querySelector(host).replaceChildren(table(columns, rows.slice(0, most)), more);
}

/** Where readings are missing. */
export function gapsTable(root, gaps, watch) {
  fill(root, "[data-gaps]", "[data-gaps-table]", [
    { title: "From", day: true, cell: (gap) => watch.stamp(seconds(gap.from)) },
    { title: "To", day: true, cell: (gap) => watch.stamp(seconds(gap.to)) },
    { title: "Intervals missing", num: true, cell: (gap) => count(gap.missing) },
  ], gaps);
}

/** What looks wrong, and why. */
export function anomaliesTable(root, anomalies, watch) {
  fill(root, "[data-anomalies]", "[data-anomalies-table]", [
    { title: "Kind", cell: (a) => shown(a.kind) },
    { title: "From", day: true, cell: (a) => watch.stamp(seconds(a.start)) },
    { title: "To", day: true, cell: (a) => watch.stamp(seconds(a.end)) },
    { title: "Severity", num: true, cell: (a) => short(a.severity) },
    { title: "Expected", num: true, cell: (a) => short(a.expected) },
    { title: "Observed", num: true, cell: (a) => short(a.observed) },
    { title: "Reason", cell: (a) => shown(a.reason) },
  ], anomalies);
}

// The side panel that tells where a value comes from: its file and line, and the values it took the place of.

import { getItems, getJson } from "./api.js";
import { rfc3339 } from "./clock.js";
import { el, measure, named, shown } from "./dom.js";
import { seconds } from "./series.js";

/**
 * @param {HTMLElement} panel
 * @param {string} url of the trace endpoint, without the time
 * @param {ReturnType<import("./clock.js").clock>} watch
 */
export function tracePanel(panel, url, watch) {
  const body = panel.querySelector("[data-trace-body]");
  let opener = null;
  let asked = 0;

  function close() {
    panel.hidden = true;
    opener?.focus({ preventScroll: true });
  }
  panel.querySelector("[data-trace-close]").addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) close(); });

  async function open(time) {
    const turn = (asked += 1);
    if (panel.hidden) opener = document.activeElement;
    body.replaceChildren(el("p", { class: "note" }, "Asking…"));
    panel.hidden = false;
    panel.focus({ preventScroll: true });
    const address = new URL(url, location.href);
    address.searchParams.set("time", rfc3339(time));
    try {
      const answer = await getJson(address);
      // A slow answer must not replace that of a later click.
      if (turn === asked) body.replaceChildren(...report(answer, watch));
    } catch (error) {
      if (turn === asked) body.replaceChildren(el("p", { class: "notice bad" }, `Its origin could not be fetched: ${error.message}.`));
    }
  }
  return { open };
}

function report(answer, watch) {
  const start = seconds(answer.start);
  const current = answer.current;
  const nodes = [
    el("p", { class: "note" }, `${watch.date(start)} ${watch.span(start, seconds(answer.end) - start)}, ${place(watch, start)}`),
    el("p", { class: "figure" }, measure(current.value), el("small", {}, ` ${shown(answer.unit)}`)),
    facts(current, watch),
  ];
  if (answer.history?.length > 0) {
    nodes.push(el("h3", {}, "Values it replaced"), el("ol", {}, ...answer.history.map((old) => past(old, answer, watch))));
  } else {
    nodes.push(el("p", { class: "note" }, "It is the first value this interval had."));
  }
  return nodes;
}

function past(old, answer, watch) {
  return el("li", {}, el("s", {}, `${measure(old.value)} ${shown(answer.unit)}`), facts(old, watch));
}

/** `Europe/Berlin (+02:00)`; a zone that is an offset says it all itself. */
function place(watch, start) {
  const offset = watch.offset(start);
  return watch.zone === offset ? offset : `${watch.zone} (${offset})`;
}

/** The id of the file of a value, which is told by its name and its hash. */
async function idOf({ file, sha256 }) {
  const files = await getItems(`/api/v1/files?name=${encodeURIComponent(file)}`, 1).catch(() => []);
  return files.find((known) => known.sha256 === sha256)?.id;
}

/** Leads from a file and a line to where they are shown, once it is known where that is. */
function lead(value, file, line) {
  idOf(value).then((id) => {
    if (id === undefined) return;
    const link = (href, node, title) => node?.replaceChildren(el("a", { href, title }, ...node.childNodes));
    link(`/files/${id}`, file);
    link(`/api/v1/files/${id}/lines/${value.line}`, line, "The original line");
  });
}

function facts(value, watch) {
  const file = el("span", {}, named(value.file));
  const line = value.line === null || value.line === undefined ? null : el("span", {}, String(value.line));
  lead(value, file, line);
  const rows = [
    ["Quality", shown(value.quality)],
    ["Reason", value.reason || value.reason_text ? shown([value.reason, value.reason_text].filter(Boolean).join(" ")) : null],
    ["File", file],
    ["Line", line],
    ["Received", value.received_at ? `${watch.stamp(seconds(value.received_at))}` : null],
    ["Version", value.version ? shown(value.version) : null],
    ["Path", value.path ? shown(value.path) : null],
    ["SHA-256", value.sha256 ? el("code", {}, shown(value.sha256.slice(0, 16)), "…") : null],
    ["Replaced by", value.superseded_by ? named(value.superseded_by) : null],
  ];
  return el("dl", {}, ...rows.filter(([, content]) => content).flatMap(([label, content]) => [el("dt", {}, label), el("dd", {}, content)]));
}

// Elements and texts. Data only ever become text nodes and attributes, never markup.

/**
 * Makes an element. Attributes that are null, undefined or false are left out; children that are null are too.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node|string|number|null)} children
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined).map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

const invisible = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The text with what is invisible, or would reorder its neighbours, made visible. The server does the same. */
export function shown(text) {
  return String(text ?? "").replace(invisible, (c) => {
    const code = c.codePointAt(0);
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

/** A name from outside, isolated from the direction of the text around it. */
export function named(text) {
  return el("bdi", { class: "name" }, shown(text));
}

/** A whole number in groups of three, as the server writes it. */
export function count(number) {
  return String(number ?? 0).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** `1 file`, `2 files`. */
export function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A measured number, without the dust of binary fractions. */
export function measure(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return typeof value === "string" ? value : String(Number(value.toPrecision(12)));
}

/** A figure that is no measured value: three digits tell all there is to it. */
export function short(value) {
  return value === null || value === undefined ? "–" : measure(Number(Number(value).toPrecision(3)));
}

/** A size in the unit that keeps it short. */
export function bytes(size) {
  const steps = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]];
  const step = steps.find(([least]) => size >= least);
  if (!step) return `${size} B`;
  const amount = Math.floor(size / (step[0] / 10)) / 10;
  return `${amount >= 100 ? Math.floor(amount) : amount.toFixed(1)} ${step[1]}`;
}

/**
 * A table from column descriptions.
 * @param {{title: string, num?: boolean, day?: boolean, cell: (row: any) => (Node|string)}[]} columns
 * @param {any[]} rows
 */
export function table(columns, rows) {
  const head = el("tr", {}, ...columns.map((c) => el("th", { scope: "col", class: c.num ? "num" : c.day ? "day" : null }, c.title)));
  const body = rows.map((row) => el("tr", {}, ...columns.map((c) => el("td", { class: c.num ? "num" : c.day ? "day" : null }, c.cell(row)))));
  return el("table", {}, el("thead", {}, head), el("tbody", {}, ...body));
}

const paths = {
  ok: "M3 8.5 6.5 12 13 4.5",
  bad: "M4 4l8 8M12 4l-8 8",
  warn: "M8 3v6M8 12.2v.3",
  mute: "M3.5 6h9M3.5 10h9",
};

const tones = {
  loaded: "ok", rejected: "bad", "name-conflict": "warn", error: "bad", warning: "warn", high: "bad", medium: "warn",
};

/** A status or severity as a coloured word with an icon, as the server draws it. */
export function chip(word) {
  const tone = tones[word] ?? "mute";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", paths[tone]);
  svg.append(path);
  return el("span", { class: `chip ${tone}` }, svg, shown(word));
}

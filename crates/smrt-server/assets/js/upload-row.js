// One line of the upload list: a name, a bar while it travels, then what became of it.

import { bytes, chip, count, counted, el, named } from "./dom.js";

/** @param {File} file */
export function row(file) {
  const bar = el("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
  const state = el("span", { class: "up-state" }, "waits");
  const detail = el("div", { class: "up-detail" });
  const node = el("li", {}, el("div", { class: "up-head" }, el("span", { class: "up-name" }, named(file.name)), el("span", { class: "note" }, bytes(file.size)), state), bar, detail);

  /** The bar has done its work once there is something to say. */
  const say = (status, ...content) => {
    bar.hidden = true;
    state.replaceChildren(status);
    detail.replaceChildren(...content);
  };

  return {
    node,
    sending(part) {
      bar.hidden = false;
      bar.value = part;
      detail.replaceChildren();
      // All bytes are there, but they count only once they are committed.
      state.textContent = part >= 1 ? "loading…" : `${Math.floor(part * 100)} %`;
    },
    waiting: () => say("waits"),
    countdown: (left) => say("busy", `The server is busy; tried again in ${left} s.`),
    held: (reason) => say("needs a token", reason),
    refuse: (reason) => say(chip("rejected"), reason),
    retry(reason, act) {
      const button = el("button", { type: "button", class: "button" }, "Try again");
      button.addEventListener("click", act);
      say(chip("rejected"), el("p", {}, reason), button);
    },
    report(body) {
      const files = body.files;
      say(files.length === 1 ? chip(files[0].status) : `${counted(files.length, "file")} inside`, ...files.flatMap((f) => outcome(f, files.length > 1)));
    },
  };
}

/** What became of one file; an archive holds several. */
function outcome(file, inArchive) {
  const counts = ["records", "inserted", "replaced", "unchanged", "refused"].filter((key) => key === "records" || file[key]).map((key) => `${count(file[key])} ${key}`);
  if (file.findings) counts.push(counted(file.findings, "finding"));
  const link = file.id === null || file.id === undefined ? null : el("a", { href: `/files/${encodeURIComponent(file.id)}` }, "Report");
  const head = inArchive ? [chip(file.status), " ", named(file.name), " "] : [];
  const lines = [el("p", {}, ...head, counts.join(", "), link ? " · " : null, link)];
  if (file.reason) lines.unshift(reason(file.reason));
  return lines;
}

function reason({ code, message, line, column }) {
  const place = line ? ` at ${line}${column ? `:${column}` : ""}` : "";
  return el("p", {}, el("code", {}, `${code ?? ""}${place}`), " ", named(message));
}

// Uploading: files wait in a queue, a few go at a time, a busy server is asked again, and a missing token asked for.

import { authorization, keepToken, problemText } from "./api.js";
import { count } from "./dom.js";
import { row } from "./upload-row.js";

const longestWait = 60;
const mostTries = 10;

/** Sends one file as raw bytes; settles with the status, the parsed body and how long to wait. */
function send(url, file, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${url}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); });
    request.addEventListener("error", () => resolve({ status: 0, body: null, wait: null }));
    request.addEventListener("load", () => {
      resolve({ status: request.status, body: parse(request.responseText), wait: delay(request.getResponseHeader("Retry-After")) });
    });
    request.send(file);
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `Retry-After` in seconds, whether it is a number or a date. */
function delay(header) {
  if (!header) return null;
  const given = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(given) ? Math.min(Math.max(Math.ceil(given), 1), longestWait) : null;
}

function start(form) {
  const list = document.querySelector("[data-list]");
  const results = document.querySelector("[data-results]");
  const summary = document.querySelector("[data-summary]");
  const announce = document.querySelector("[data-announce]");
  const tokenBox = form.querySelector("[data-token]");
  const tokenField = form.querySelector("[data-token-value]");
  const largest = Number(form.dataset.largest) || Infinity;
  const concurrent = Number(form.dataset.concurrent) || 2;
  const queue = [];
  const totals = {};
  let going = 0;
  let locked = false;

  function add(files) {
    for (const file of files) {
      const item = { file, tries: 0, row: row(file) };
      list.prepend(item.row.node);
      if (file.size > largest) finish(item, "too large", () => item.row.refuse("It is larger than this server takes. Load it with `smrt ingest` instead."));
      else queue.push(item);
    }
    results.hidden = list.childElementCount === 0;
    pump();
  }

  function pump() {
    while (!locked && going < concurrent && queue.length > 0) {
      const item = queue.shift();
      going += 1;
      work(item).finally(() => {
        going -= 1;
        pump();
      });
    }
  }

  async function work(item) {
    item.tries += 1;
    item.row.sending(0);
    const { status, body, wait } = await send(form.dataset.url, item.file, item.row.sending);
    if (status === 401 || status === 403) return askToken(item, body, status);
    if (status === 429 || status === 503) return later(item, wait);
    if (status === 0) return finish(item, "not sent", () => item.row.retry("The server could not be reached, or this is a folder.", () => again(item)));
    if (Array.isArray(body?.files)) {
      return finish(item, body.files.map((f) => f.status).join(", "), () => item.row.report(body));
    }
    if (status === 413) return finish(item, "too large", () => item.row.refuse(problemText(body, status)));
    return finish(item, "refused", () => item.row.retry(problemText(body, status), () => again(item)));
  }

  function again(item) {
    queue.push(item);
    item.row.waiting();
    pump();
  }

  /** A busy server: the place in the queue is given up, and taken again when the countdown ends. */
  function later(item, wait) {
    if (item.tries >= mostTries) return finish(item, "server busy", () => item.row.retry("The server stayed busy.", () => { item.tries = 0; again(item); }));
    let left = wait ?? Math.min(2 ** item.tries, longestWait);
    item.row.countdown(left);
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) return item.row.countdown(left);
      clearInterval(timer);
      return again(item);
    }, 1000);
    return undefined;
  }

  function askToken(item, body, status) {
    locked = true;
    queue.unshift(item);
    item.row.held(problemText(body, status));
    tokenBox.hidden = false;
    announce.textContent = "This server wants a token.";
    tokenField.focus();
  }

  function useToken() {
    if (!tokenField.value) return;
    keepToken(tokenField.value);
    tokenField.value = "";
    tokenBox.hidden = true;
    locked = false;
    pump();
  }

  function finish(item, outcome, show) {
    show();
    totals[outcome] = (totals[outcome] ?? 0) + 1;
    announce.textContent = `${item.file.name}: ${outcome}`;
    summary.textContent = Object.entries(totals).map(([word, n]) => `${count(n)} ${word}`).join(", ");
  }

  connect(form, add);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-token-use]").addEventListener("click", useToken);
  tokenField.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); useToken(); } });
}

/** The two ways files come: chosen and dropped. */
function connect(form, add) {
  const drop = form.querySelector("[data-drop]");
  const pick = form.querySelector("[data-pick]");
  pick.addEventListener("change", () => {
    add([...pick.files]);
    // The same file may be chosen again after it was corrected.
    pick.value = "";
  });
  const over = (on) => (event) => {
    event.preventDefault();
    drop.classList.toggle("over", on);
  };
  drop.addEventListener("dragenter", over(true));
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => {
    over(false)(event);
    add([...event.dataTransfer.files]);
  });
}

const form = document.querySelector("[data-upload]");
if (form) start(form);

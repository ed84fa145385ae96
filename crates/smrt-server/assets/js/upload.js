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

class Uploads {
  constructor(form) {
    this.url = form.dataset.url;
    this.largest = Number(form.dataset.largest) || Infinity;
    this.concurrent = Number(form.dataset.concurrent) || 2;
    this.list = document.querySelector("[data-list]");
    this.results = document.querySelector("[data-results]");
    this.summary = document.querySelector("[data-summary]");
    this.announce = document.querySelector("[data-announce]");
    this.tokenBox = form.querySelector("[data-token]");
    this.tokenField = form.querySelector("[data-token-value]");
    this.queue = [];
    this.totals = {};
    this.going = 0;
    // Nothing is sent while a token is asked for.
    this.locked = false;
  }

  add(files) {
    for (const file of files) {
      const item = { file, tries: 0, row: row(file) };
      this.list.prepend(item.row.node);
      if (file.size <= this.largest) this.queue.push(item);
      else this.finish(item, "too large", () => item.row.refuse("It is larger than this server takes. Load it with smrt ingest instead."));
    }
    this.results.hidden = this.list.childElementCount === 0;
    this.pump();
  }

  pump() {
    while (!this.locked && this.going < this.concurrent && this.queue.length > 0) {
      this.going += 1;
      this.work(this.queue.shift()).finally(() => {
        this.going -= 1;
        this.pump();
      });
    }
  }

  async work(item) {
    item.tries += 1;
    item.row.sending(0);
    const { status, body, wait } = await send(this.url, item.file, item.row.sending);
    const again = () => this.again(item);
    if (status === 401 || status === 403) this.askToken(item, problemText(body, status));
    else if (status === 429 || status === 503) this.later(item, wait);
    else if (status === 0) this.finish(item, "not sent", () => item.row.retry("The server could not be reached, or this is a folder.", again));
    else if (Array.isArray(body?.files)) this.finish(item, body.files.map((file) => file.status).join(", "), () => item.row.report(body));
    else if (status === 413) this.finish(item, "too large", () => item.row.refuse(problemText(body, status)));
    else this.finish(item, "refused", () => item.row.retry(problemText(body, status), again));
  }

  again(item) {
    this.queue.push(item);
    item.row.waiting();
    this.pump();
  }

  /** A busy server: the place in the queue is given up, and taken again when the countdown ends. */
  later(item, wait) {
    if (item.tries >= mostTries) {
      item.tries = 0;
      this.finish(item, "server busy", () => item.row.retry("The server stayed busy.", () => this.again(item)));
      return;
    }
    let left = wait ?? Math.min(2 ** item.tries, longestWait);
    item.row.countdown(left);
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) {
        item.row.countdown(left);
      } else {
        clearInterval(timer);
        this.again(item);
      }
    }, 1000);
  }

  askToken(item, reason) {
    this.locked = true;
    this.queue.unshift(item);
    item.row.held(reason);
    this.tokenBox.hidden = false;
    this.announce.textContent = "This server wants a token.";
    this.tokenField.focus();
  }

  useToken() {
    if (!this.tokenField.value) return;
    keepToken(this.tokenField.value);
    this.tokenField.value = "";
    this.tokenBox.hidden = true;
    this.locked = false;
    this.pump();
  }

  finish(item, outcome, show) {
    show();
    this.totals[outcome] = (this.totals[outcome] ?? 0) + 1;
    this.announce.textContent = `${item.file.name}: ${outcome}`;
    this.summary.textContent = Object.entries(this.totals).map(([word, n]) => `${count(n)} ${word}`).join(", ");
  }
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
if (form) {
  const uploads = new Uploads(form);
  connect(form, (files) => uploads.add(files));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    uploads.useToken();
  });
}

// Asking the server. A refusal arrives as problem+json and becomes an Error with its status and its words.

const tokenKey = "smrt-token";

/** The token of this tab, if one was given. */
export function token() {
  try {
    return sessionStorage.getItem(tokenKey) ?? "";
  } catch {
    return "";
  }
}

/** Keeps a token for this tab. */
export function keepToken(text) {
  try {
    sessionStorage.setItem(tokenKey, text);
  } catch {
    // Without storage it has to be typed again on the next page.
  }
}

/** The header that carries the token. */
export function authorization() {
  const text = token();
  return text ? { Authorization: `Bearer ${text}` } : {};
}

/** The words of a problem document, whatever of it is there. */
export function problemText(body, status) {
  const words = [body?.title, body?.detail].filter(Boolean);
  return words.length > 0 ? words.join(": ") : `the server answered ${status}`;
}

/** One JSON answer. */
export async function getJson(url) {
  const response = await fetch(url, { headers: { Accept: "application/json", ...authorization() } });
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  throw Object.assign(new Error(problemText(body, response.status)), { status: response.status });
}

/** The items of all pages, following `next` (a cursor) for at most so many pages. */
export async function getItems(url, pages = 40) {
  const items = [];
  let at = url;
  for (let page = 0; page < pages; page += 1) {
    const answer = await getJson(at);
    items.push(...(answer.items ?? []));
    if (!answer.next) break;
    const next = new URL(url, location.href);
    next.searchParams.set("after", answer.next);
    at = next;
  }
  return items;
}

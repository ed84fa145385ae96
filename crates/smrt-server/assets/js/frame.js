// What every page has: the theme button (system, light, dark, and round again) and the navigation.
// Charts listen to the `smrt-theme` event to redraw.

import { isDark } from "./colour.js";

const order = ["system", "light", "dark"];

function current() {
  return document.documentElement.dataset.theme ?? "system";
}

function apply(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem("smrt-theme");
    else localStorage.setItem("smrt-theme", theme);
  } catch {
    // The choice then lasts as long as the page.
  }
  document.dispatchEvent(new CustomEvent("smrt-theme"));
}

// Paper is light. Canvases cannot know that they are printed, so a dark page is made light for as long as it takes.
let screen = null;
addEventListener("beforeprint", () => {
  if (!isDark()) return;
  screen = current();
  document.documentElement.dataset.theme = "light";
  document.dispatchEvent(new CustomEvent("smrt-theme", { detail: "print" }));
});
addEventListener("afterprint", () => {
  if (screen !== null) apply(screen);
  screen = null;
});

const button = document.querySelector("[data-theme-toggle]");
if (button) {
  const name = button.querySelector("[data-theme-name]");
  const show = () => {
    const theme = current();
    name.textContent = theme[0].toUpperCase() + theme.slice(1);
    button.setAttribute("aria-label", `Theme: ${theme}`);
    button.title = "Theme: system, light or dark";
  };
  button.addEventListener("click", () => {
    apply(order[(order.indexOf(current()) + 1) % order.length]);
    show();
  });
  show();
  button.hidden = false;
}

// On a narrow screen the navigation scrolls sideways; the current entry must be in sight.
const nav = document.querySelector(".main-nav");
const entry = nav?.querySelector("[aria-current]");
if (entry) nav.scrollLeft = entry.offsetLeft - nav.offsetLeft - (nav.clientWidth - entry.offsetWidth) / 2;

// The session's own cookie is for the server alone; another one tells that there is a session.
const signOut = document.querySelector("[data-sign-out]");
if (signOut) signOut.hidden = !document.cookie.split("; ").includes("smrt_signed_in=1");

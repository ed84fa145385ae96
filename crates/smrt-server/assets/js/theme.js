// The theme button: system, light, dark, and round again. Charts listen to the `smrt-theme` event to redraw.

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

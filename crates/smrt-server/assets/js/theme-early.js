// Runs before the first paint: a remembered theme is set on the root element, so that no page flashes in the other one.
(() => {
  try {
    const theme = localStorage.getItem("smrt-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's theme holds then.
  }
})();

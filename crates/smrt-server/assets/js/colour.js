// Colours for canvases: those of the stylesheet as the browser resolves them, and an even scale for the heat map.

/**
 * Reads custom properties as the colours they are now.
 * @param {Record<string, string>} names such as `{ ink: "--ink" }`
 */
export function palette(names) {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const colours = {};
  for (const [key, property] of Object.entries(names)) {
    probe.style.color = `var(${property})`;
    colours[key] = style.color;
  }
  probe.remove();
  return colours;
}

/** Calls back when the theme changes, by the button or by the system. */
export function onTheme(callback) {
  document.addEventListener("smrt-theme", callback);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}

/** Whether the page is dark now. */
export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** A colour given as lightness, chroma and hue of OKLCH, as sRGB bytes. */
function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((x) => {
    const c = Math.min(1, Math.max(0, x));
    return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
  });
}

/**
 * 256 colours, packed for a Uint32 view of ImageData. Lightness is linear, so equal steps of the value look equal, also
 * without hue; the low end is near the page (pale in light, deep in dark) and the hue runs from yellow over teal to indigo.
 */
export function ramp(dark) {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i += 1) {
    const t = i / 255;
    const depth = dark ? 1 - t : t;
    const lightness = 0.965 - 0.68 * depth;
    const chroma = 0.02 + 0.115 * Math.sin(Math.PI * (0.04 + 0.84 * depth));
    const [r, g, b] = oklch(lightness, chroma, 100 + 172 * depth);
    table[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return table;
}

/** Diagonal lines to fill with, drawn for the density of the screen. */
export function hatch(context, colour, density = devicePixelRatio) {
  const size = Math.round(6 * density);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(1, density);
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift - 1, size + 1);
    pen.lineTo(shift + size + 1, -1);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

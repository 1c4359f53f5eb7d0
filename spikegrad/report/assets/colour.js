// SPDX-License-Identifier: Apache-2.0
// Colours: one per thing shown, told apart by colour-blind readers too (hue, lightness, dash and symbol differ).

// Hues after Okabe & Ito's colour-universal design, shifted in lightness for either background.
const PALETTES = {
  light: ["#0072b2", "#d55e00", "#009e73", "#a4508b", "#d99300", "#4aa9e2", "#7a5230", "#717b89"],
  dark: ["#4ea6e6", "#ff8540", "#2ccb9c", "#dd93cc", "#f4c04e", "#a3dcff", "#cfa27a", "#a6b0bd"],
};
const DASHES = ["solid", "dash", "dot", "dashdot"];
const SYMBOLS = ["circle", "square", "diamond", "triangle-up"];

// The estimators: [slot of the palette or "text", variant (dash and symbol)]. Families share a hue. And what stays in
// the background.
const ESTIMATORS = {
  exact: ["text", 0], truth: ["text", 0],
  surrogate: [0, 0], smoothed: [5, 1], "straight-through": [4, 0], "mean-field": [3, 0],
  reinmax: [5, 0], "straight-through-gumbel": [4, 1], "e-prop": [0, 1], "feedback-alignment": [0, 2],
  truncated: [0, 3], ottt: [5, 2], sltt: [5, 3], eventprop: [6, 2], psa: [3, 2],
  score: [1, 0], "score-running-mean": [1, 1], "score-leave-one-out": [1, 2], muprop: [1, 3], disarm: [2, 3],
  counterfactual: [2, 0], "counterfactual-k": [2, 1], "stochastic-triple": [2, 2],
  "stochastic-triple-direction": [3, 1],
  pfister: [6, 0], "multilayer-spiker": [6, 1],
  "finite-difference": [7, 0], "finite-difference-crn": [7, 1], "weight-perturbation": [7, 3],
  "other classes": [7, 2],
};

const darkScheme = matchMedia("screen and (prefers-color-scheme: dark)");
const schemeName = () => (darkScheme.matches ? "dark" : "light");
const cssColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// What a colour key of a series stands for: [slot, variant]. Keys that are no estimators take the free slots of their
// section in the order in which they come.
function assignLooks(keys) {
  const looks = new Map();
  for (const key of keys) if (ESTIMATORS[key]) looks.set(key, ESTIMATORS[key]);
  const taken = new Set([...looks.values()].map(([slot]) => slot));
  const slots = PALETTES.light.map((_, slot) => slot);
  const free = slots.filter((slot) => !taken.has(slot));
  const order = free.length > 0 ? free : slots;
  let next = 0;
  for (const key of keys) {
    if (looks.has(key)) continue;
    const round = Math.floor(next / order.length);
    looks.set(key, [order[next % order.length], (round + (free.length > 0 ? 0 : 1)) % DASHES.length]);
    next += 1;
  }
  return looks;
}

const lookColour = (look) =>
  !look || look[0] === "text" ? cssColour("text") : PALETTES[schemeName()][look[0]];

function translucent(hex, alpha) {
  const part = (at) => parseInt(hex.slice(at, at + 2), 16);
  return `rgba(${part(1)},${part(3)},${part(5)},${alpha})`;
}

// OKLCH to sRGB (B. Ottosson, "A perceptual color space for image processing", 2020); hue in turns.
function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos(2 * Math.PI * hue), b = chroma * Math.sin(2 * Math.PI * hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const encode = (x) => {
    const clipped = Math.min(1, Math.max(0, x));
    return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
  };
  return `rgb(${linear.map(encode).join(",")})`;
}

// Scales as lists of [position, colour]; lightness is monotone (sequential), symmetric (diverging), constant (cyclic).
// The colour of "little" is near the background in either scheme.
const SCALES = {
  sequential: (t, dark) => {
    const lightness = dark ? 0.27 + 0.63 * t : 0.96 - 0.66 * t;
    return oklch(lightness, 0.025 + 0.11 * Math.sin(Math.PI * Math.min(1, 0.15 + 0.8 * t)), (dark ? 0.74 - 0.48 * t : 0.29 + 0.45 * t));
  },
  diverging: (t, dark) => {
    const side = 2 * t - 1, strength = Math.abs(side);
    return oklch(dark ? 0.25 + 0.55 * strength : 0.97 - 0.5 * strength, 0.15 * strength ** 0.85, side < 0 ? 0.11 : 0.69);
  },
  landscape: (t, dark) => oklch(dark ? 0.22 + 0.22 * t : 0.985 - 0.2 * t, 0.012, 0.7),
  cyclic: (t, dark) => oklch(dark ? 0.74 : 0.63, 0.14, 0.08 + t),
};

function colourScale(name) {
  const dark = schemeName() === "dark";
  return Array.from({ length: 33 }, (_, i) => [i / 32, SCALES[name](i / 32, dark)]);
}

const gradientOf = (scale) => `linear-gradient(to right, ${scale.map(([, colour]) => colour).join(", ")})`;

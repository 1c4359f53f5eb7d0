// SPDX-License-Identifier: Apache-2.0
// The page: draws every figure, its legend and its scales, keeps them right when the window or the colours change, and
// hands out the data. documentElement.dataset.drawn counts the panels drawn.

const figures = JSON.parse(document.getElementById("data").textContent);
const LABEL_HEIGHT = 15;

// ---- labels of vertical lines and intervals: above the plot, on as many levels as they need not to overlap ----
const ruler = document.createElement("canvas").getContext("2d");
function textWidth(text) {
  ruler.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text.replace(/<\/?(?:sub|sup|i|b)>/g, "")).width;
}

function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && textWidth(longer) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function labelAnnotations(panel, looks, plot) {
  const { xaxis, yaxis } = plot._fullLayout;
  const upright = (direction) => (direction === "x") !== Boolean(panel.transposed);
  const marks = [
    ...(panel.intervals || []).map((i) => ({ ...i, at: xaxis.type === "log" && upright(i.direction) ? Math.sqrt(i.from * i.to) : (i.from + i.to) / 2 })),
    ...(panel.references || []),
  ].filter((mark) => mark.label);
  const colourOf = (mark) => (mark.colour ? lookColour(looks.get(mark.colour)) : cssColour("muted"));
  const common = (mark) => ({ showarrow: false, font: { size: 11, color: colourOf(mark) }, align: "center" });
  const levels = [], annotations = [];
  let above = 0;
  for (const mark of marks.filter((m) => upright(m.direction)).sort((a, b) => a.at - b.at)) {
    const lines = wrapped(mark.label, xaxis._length), width = Math.max(...lines.map(textWidth)) + 8;
    const centre = xaxis.d2p(mark.at);
    const left = Math.max(0, Math.min(xaxis._length - width, centre - width / 2));
    let level = levels.findIndex((end) => end <= left);
    if (level < 0) level = levels.push(0) - 1;
    levels[level] = left + width;
    above = Math.max(above, (level + lines.length) * LABEL_HEIGHT);
    annotations.push({ ...common(mark), text: lines.map(richText).join("<br>"), xref: "paper", x: (left + width / 2) / xaxis._length,
      xanchor: "center", yref: "paper", y: 1, yanchor: "bottom", yshift: level * LABEL_HEIGHT });
  }
  for (const mark of marks.filter((m) => !upright(m.direction)))
    annotations.push({ ...common(mark), text: richText(mark.label), xref: "paper", x: 1, xanchor: "right", yref: "y",
      y: yaxis.type === "log" ? Math.log10(mark.at) : mark.at, yanchor: mark.from === undefined ? "bottom" : "middle",
      borderpad: 1, bgcolor: translucent(cssColour("background"), 0.75) });
  return { annotations, above };
}

// ---- names of curves: at their right ends, moved apart where they would overlap; the legend stays, as switches ----
const LINE_LABEL_HEIGHT = 12, LINE_LABELS_FROM = 560;  // pixels; on a narrower panel they would take half of it
const labelsLines = (panel, width) => Boolean(panel.label_lines) && width >= LINE_LABELS_FROM;

// Room right of the plot for the names.
function lineLabelsWidth(panel, width, hidden) {
  if (!labelsLines(panel, width)) return 0;
  return 12 + Math.max(0, ...(panel.series || []).filter((s) => !hidden.has(s.name)).map((s) => textWidth(s.name)));
}

function lineLabels(panel, looks, hidden, plot) {
  const { xaxis, yaxis } = plot._fullLayout, height = yaxis._length;
  const labels = [];
  for (const series of panel.series || []) {
    if (hidden.has(series.name) || !series.name) continue;
    const last = series.y.findLastIndex(finite);
    if (last < 0) continue;
    const at = yaxis.d2p(series.y[last]);
    // A curve that ends outside of the plot has no name there.
    if (at >= -1 && at <= height + 1) labels.push({ series, at });
  }
  labels.sort((a, b) => a.at - b.at);
  // Down from the top, then back up from the bottom where that went too far.
  labels.forEach((label, i) => { label.shown = i === 0 ? label.at : Math.max(label.at, labels[i - 1].shown + LINE_LABEL_HEIGHT); });
  for (let i = labels.length - 1, lowest = height; i >= 0; i -= 1, lowest = labels[i + 1].shown - LINE_LABEL_HEIGHT)
    labels[i].shown = Math.min(labels[i].shown, lowest);
  return labels.map(({ series, shown }) => ({ text: richText(series.name), showarrow: false, xref: "paper", x: 1, xanchor: "left", xshift: 4,
    yref: "paper", y: 1 - shown / height, yanchor: "middle", font: { size: 11, color: lookColour(looks.get(series.colour || series.name)) } }));
}

// ---- scales ----
function element(name, className, html = "") {
  const made = document.createElement(name);
  made.className = className;
  made.innerHTML = html;
  return made;
}

function scaleBar(label, scale, ticks) {
  const bar = element("div", "bar", `<div>${richText(label)}</div><div class="bar-colours"></div>`);
  bar.querySelector(".bar-colours").style.background = gradientOf(colourScale(scale));
  bar.append(element("div", "bar-ticks", ticks.map((tick) => `<span>${tick}</span>`).join("")));
  return bar;
}

function drawScales(place, panel, hidden) {
  place.replaceChildren();
  if (panel.map) {
    const { shown, scale } = mapColours(panel);
    place.append(scaleBar(panel.map.label || "", scale, mapTicks(panel).ticktext));
    if (!shown.every(finite)) place.append(element("span", "missing", richText(panel.map.missing)));
  }
  if ((panel.series || []).some((series) => series.angle && !hidden.has(series.name)))
    place.append(scaleBar("angle", "cyclic", ["0", "π", "2π"]));
}

// ---- panels ----
// No buttons over the plot: zoom is by dragging, pictures are saved below the figure.
const CONFIG = { displayModeBar: false, doubleClick: "reset", scrollZoom: false, showTips: false };

// Panels that stand beside each other at the present width.
function rowsOfPanels(entry) {
  const columns = getComputedStyle(entry.node.querySelector(".panels")).gridTemplateColumns.split(" ").length;
  const places = [...entry.node.querySelectorAll(".plot")];
  const panels = entry.figure.panels.map((panel, i) => ({ panel, place: places[i], width: Math.floor(places[i].clientWidth) }));
  return rowsOf(panels, columns);
}

function setHeights(row) {
  const highest = Math.max(...row.map(({ panel, width }) => plotHeight(panel, width)));
  for (const item of row) {
    item.height = heightIsFree(item.panel) ? highest : plotHeight(item.panel, item.width);
    item.place.style.height = `${item.height}px`;
  }
}

async function drawFigure(entry) {
  for (const row of rowsOfPanels(entry)) {
    setHeights(row);
    for (const item of row) {
      Object.assign(item, panelPlot(item.panel, entry.looks, entry.hidden, item.width, item.height));
      item.layout.margin.r += lineLabelsWidth(item.panel, item.width, entry.hidden);
      await Plotly.react(item.place, item.data, item.layout, CONFIG);
      Object.assign(item, labelAnnotations(item.panel, entry.looks, item.place));
      if (labelsLines(item.panel, item.width)) item.annotations.push(...lineLabels(item.panel, entry.looks, entry.hidden, item.place));
      item.place.dataset.width = item.width;
    }
    const above = Math.max(...row.map((item) => item.above));
    for (const { place, data, layout, annotations } of row) {
      if (above === 0 && annotations.length === 0) continue;
      const margin = { ...layout.margin, t: layout.margin.t + above };
      place.style.height = `${layout.height + above}px`;
      await Plotly.react(place, data, { ...layout, annotations, margin, height: layout.height + above }, CONFIG);
    }
  }
  entry.node.querySelectorAll(".scale").forEach((place, i) => drawScales(place, entry.figure.panels[i], entry.hidden));
  drawLegend(entry);
}

// ---- legend ----
function swatch(series, looks) {
  const look = looks.get(series.colour || series.name), colour = lookColour(look), variant = look?.[1] ?? 0;
  if (series.angle) {
    const circles = [0, 1, 2, 3].map((i) => `<circle cx="${4 + 6 * i}" cy="6" r="2.6" fill="${SCALES.cyclic(i / 4, schemeName() === "dark")}"/>`);
    return `<svg width="26" height="12" aria-hidden="true">${circles.join("")}</svg>`;
  }
  if (series.style === "bars") return `<svg width="26" height="12" aria-hidden="true"><rect x="7" y="1" width="12" height="10" fill="${colour}"/></svg>`;
  if (series.dx) return `<svg width="26" height="12" aria-hidden="true"><path d="M1 6 H24 M17 2 L24 6 L17 10" fill="none" stroke="${colour}" stroke-width="1.8"/></svg>`;
  const dash = series.style === "dashed" ? "dash" : series.style === "dotted" ? "dot" : DASHES[variant];
  const pattern = { solid: "", dash: "7 4", dot: "2 3", dashdot: "7 3 2 3" }[dash];
  const line = series.style === "markers" ? "" : `<line x1="0" x2="26" y1="6" y2="6" stroke="${colour}" stroke-width="2" stroke-dasharray="${pattern}"/>`;
  const shapes = [`<circle cx="13" cy="6" r="3.5" fill="${colour}"/>`, `<rect x="9.5" y="2.5" width="7" height="7" fill="${colour}"/>`,
    `<path d="M13 1 L18 6 L13 11 L8 6 Z" fill="${colour}"/>`, `<path d="M13 1.5 L18 10 L8 10 Z" fill="${colour}"/>`];
  const marker = series.style === "markers" || series.style === "line_markers" ? shapes[variant] : "";
  const band = (series.std_error || series.lower) && !marker ? `<rect width="26" height="12" fill="${translucent(colour, 0.2)}"/>` : "";
  return `<svg width="26" height="12" aria-hidden="true">${band}${line}${marker}</svg>`;
}

function drawLegend(entry) {
  const { figure, hidden } = entry, place = entry.node.querySelector(".legend");
  const named = new Map();
  for (const panel of figure.panels) {
    const categories = new Set([...(panel.x.categories || []), ...(panel.y.categories || [])]);
    for (const series of panel.series || [])
      if (series.name && !named.has(series.name) && !categories.has(series.name)) named.set(series.name, series);
  }
  const focused = place.contains(document.activeElement) ? [...place.children].indexOf(document.activeElement) : -1;
  place.replaceChildren(...[...named].map(([name, series]) => {
    const button = element("button", "", `${swatch(series, entry.looks)}<span>${richText(name)}</span>`);
    button.type = "button";
    button.setAttribute("aria-pressed", String(!hidden.has(name)));
    button.title = "Hide or show; with shift: only this one";
    button.addEventListener("click", (event) => {
      const others = [...named.keys()].filter((other) => other !== name);
      if (event.shiftKey) {
        const alone = !hidden.has(name) && others.every((other) => hidden.has(other));
        hidden.clear();
        if (!alone) others.forEach((other) => hidden.add(other));
      } else if (!hidden.delete(name)) {
        hidden.add(name);
      }
      drawFigure(entry);
    });
    return button;
  }));
  place.children[focused]?.focus();
}

// ---- data ----
function csvOf(figure) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    const text = typeof value === "string" ? plainText(value) : String(value);
    return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  const named = (axis, value) => axis.categories?.[Math.round(value)] ?? value;
  const lines = [["panel", "kind", "name", "x_label", "x", "y_label", "y", "z", "std_error", "lower", "upper", "label", "angle", "dx", "dy"]];
  figure.panels.forEach((panel, p) => {
    const title = panel.title || String(p + 1);
    const row = (kind, name, x, y, rest) => lines.push([title, kind, name, panel.x.label, named(panel.x, x), panel.y.label, named(panel.y, y), ...rest]);
    for (const s of panel.series || [])
      s.x.forEach((x, i) => row("series", s.name, x, s.y[i], ["", s.std_error?.[i], s.lower?.[i], s.upper?.[i], s.labels?.[i], s.angle?.[i], s.dx?.[i], s.dy?.[i]]));
    panel.map?.z.forEach((z, i) => {
      const columns = panel.map.x.length;
      row("map", panel.map.label, panel.map.x[i % columns], panel.map.y[Math.floor(i / columns)], [z, "", "", "", panel.map.text?.[i], "", "", ""]);
    });
    for (const [step, unit] of panel.raster?.events || []) row("spike", "", step * panel.raster.dt * MS, unit, ["", "", "", "", "", "", "", ""]);
  });
  return lines.map((line) => line.map(cell).join(",")).join("\n") + "\n";
}

// The page writes labels and legend around the plot; a picture that leaves the page needs them inside.
async function pictureOf(entry, index) {
  const panel = entry.figure.panels[index], plot = entry.node.querySelectorAll(".plot")[index];
  const title = (axis) => ({ text: richText(axis.label || ""), standoff: 8 });
  const names = (panel.series || []).filter((series) => !entry.hidden.has(series.name)).map((series) => series.name);
  const data = plot.data.map((trace) => {
    const name = trace.type !== "heatmap" && trace.type !== "contour" && trace.hovertext ? names.shift() : "";
    return { ...trace, name: richText(name || ""), showlegend: Boolean(name) };
  });
  const layout = { ...plot.layout, showlegend: true, paper_bgcolor: cssColour("background"), margin: { l: 80, r: 30, t: 45 + plot.layout.margin.t, b: 70 },
    title: { text: richText(panel.title || entry.figure.title), font: { size: 15 }, y: 0.97, yanchor: "top" },
    xaxis: { ...plot.layout.xaxis, title: title(panel.transposed ? panel.y : panel.x) },
    yaxis: { ...plot.layout.yaxis, title: title(panel.transposed ? panel.x : panel.y) } };
  if (panel.map) {
    const { tickvals, ticktext } = mapTicks(panel);
    Object.assign(data[0], { showscale: true, colorbar: { title: { text: richText(panel.map.label || ""), side: "right" }, tickvals, ticktext, thickness: 14 } });
    layout.showlegend = false;
  }
  const size = { width: 860, height: 540 };
  return Plotly.toImage({ data, layout: { ...layout, ...size } }, { format: "svg", imageDataOnly: true, ...size });
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function download(entry, format) {
  const { figure } = entry;
  if (format === "csv") save(`${figure.id}.csv`, "text/csv", csvOf(figure));
  else if (format === "json") save(`${figure.id}.json`, "application/json", JSON.stringify(figure, null, 1));
  else
    for (const index of figure.panels.keys())
      save(`${figure.id}${figure.panels.length > 1 ? `-${index + 1}` : ""}.svg`, "image/svg+xml", await pictureOf(entry, index));
}

// ---- the page ----
const sectionKeys = new Map();
const entries = figures.map(({ anchor, section, figure }) => {
  if (!sectionKeys.has(section)) sectionKeys.set(section, new Set());
  const keys = sectionKeys.get(section);
  for (const panel of figure.panels) {
    for (const series of panel.series || []) if (!series.angle) keys.add(series.colour || series.name);
    if (panel.raster?.colour) keys.add(panel.raster.colour);
  }
  return { figure, section, node: document.getElementById(anchor), hidden: new Set() };
});
for (const entry of entries) {
  entry.looks = assignLooks([...sectionKeys.get(entry.section)]);
  for (const button of entry.node.querySelectorAll("[data-format]"))
    button.addEventListener("click", () => download(entry, button.dataset.format));
  rowsOfPanels(entry).forEach(setHeights);
}

// One figure after the other, so that the page answers while it draws; a newer round ends the older one.
let round = 0;
async function drawAll(outdated = () => true) {
  const mine = ++round;
  for (const entry of entries) {
    if (!outdated(entry)) continue;
    await drawFigure(entry);
    await new Promise((resolve) => setTimeout(resolve));
    if (mine !== round) return;
  }
  document.documentElement.dataset.drawn = document.querySelectorAll(".plot .main-svg:first-child").length;
}

const widthChanged = (entry) =>
  [...entry.node.querySelectorAll(".plot")].some((place) => Number(place.dataset.width) !== Math.floor(place.clientWidth));
let waiting = 0;
new ResizeObserver(() => {
  clearTimeout(waiting);
  waiting = setTimeout(() => entries.some(widthChanged) && drawAll(widthChanged), 120);
}).observe(document.querySelector("main"));
// Tables that are wider than the page say so; folded ones are printed open.
function markWideTables() {
  for (const place of document.querySelectorAll(".scroll")) place.classList.toggle("wide", place.scrollWidth > place.clientWidth + 1);
}
new ResizeObserver(markWideTables).observe(document.querySelector("main"));
for (const fold of document.querySelectorAll(".fold")) fold.addEventListener("toggle", markWideTables);
addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll(".fold")) fold.open = true; });
darkScheme.addEventListener("change", () => drawAll());
if (matchMedia("(max-width: 640px)").matches) document.querySelector("nav details").open = false;
drawAll();

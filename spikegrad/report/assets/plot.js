// SPDX-License-Identifier: Apache-2.0
// One panel of a figure (spikegrad/figure/figure.hpp) as traces and layout of plotly.js.

const TURN = 2 * Math.PI;
const MS = 1000; // rasters are drawn over milliseconds

// ---- text ----
const escapeText = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const richText = (text) => escapeText(text).replace(/&lt;(\/?(?:sub|sup|i|b))&gt;/g, "<$1>");
const plainText = (text) => text.replace(/<sub>/g, "_").replace(/<sup>/g, "^").replace(/<\/?(?:sub|sup|i|b)>/g, "");

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
function numberText(x, digits = 4) {
  if (x === null || x === undefined || !Number.isFinite(x)) return "—";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
    const power = [...String(Number(exponent))].map((c) => SUPERSCRIPTS[c]).join("");
    return `${Number(mantissa)}·10${power}`.replace("-", "−").replace(/^1·/, "");
  }
  return String(Number(x.toPrecision(digits))).replace("-", "−");
}

// "time (ms)" → ["time", " ms"]
function splitUnit(label) {
  const match = /^(.*?)\s*\(([^()]*)\)$/.exec(label);
  return match ? [match[1], ` ${match[2]}`] : [label, ""];
}
function valueText(axis, fallback, value, error = "") {
  const [name, unit] = splitUnit(axis.label || fallback);
  const shown = axis.categories ? richText(axis.categories[Math.round(value)] ?? "") : numberText(value);
  return `${richText(name)}: ${shown}${error}${unit}`;
}

// ---- axes ----
// Logarithms of the ends of what a logarithmic axis shows.
function logEnds(panel, which) {
  const values = [...(panel.references || []).filter((r) => r.direction === which).map((r) => r.at)];
  for (const series of panel.series || []) {
    const ends = which === "y" && errorEnds(series, true);
    values.push(...series[which], ...(ends ? [...ends.lower, ...ends.upper] : []));
  }
  const logs = (panel[which].range || values).filter((v) => finite(v) && v > 0).map(Math.log10);
  return [Math.min(...logs), Math.max(...logs)];
}
// Ticks at 1, 2, 5 times powers of ten up to two decades; within half a decade there may be none of these, so
// evenly spaced ones.
function logTicks([low, high]) {
  if (high - low >= 2) return { minorloglabels: "none", tickfont: { size: 9 } }; // plotly enlarges powers
  const step = (10 ** high - 10 ** low) / 4, power = 10 ** Math.floor(Math.log10(step));
  const even = power * [1, 2, 5, 10].find((nice) => nice * power >= step);
  return { dtick: high > low && high - low < 0.5 ? `L${even}` : "D2", tickformat: "~g" };
}

// Numbers of layers and the like: no ticks at 1.5.
function countsFew(panel) {
  const x = (panel.series || []).flatMap((series) => series.x);
  return x.length > 0 && x.every(Number.isInteger) && Math.max(...x) - Math.min(...x) <= 6;
}

function axisLayout(panel, which) {
  const axis = panel[which], isMap = Boolean(panel.map || panel.raster);
  const layout = {
    type: axis.log ? "log" : "linear", automargin: true, color: cssColour("muted"), tickfont: { size: 11 },
    gridcolor: cssColour("grid"), zeroline: false, showgrid: !isMap && (!axis.categories || panel.transposed), ticks: "outside", ticklen: 4,
    tickcolor: cssColour("line"), linecolor: cssColour("line"), showline: true, ticklabeloverflow: "allow",
    exponentformat: "power", minexponent: 4,
  };
  if (axis.log) Object.assign(layout, logTicks(logEnds(panel, which)));
  else if (which === "x" && countsFew(panel)) layout.dtick = 1;
  else if (!axis.categories) layout.nticks = 7;
  if (axis.categories) {
    layout.tickvals = axis.categories.map((_, i) => i);
    layout.ticktext = axis.categories.map((name) => richText(name).replace(", ", ",<br>"));
    layout.range = [-0.5, axis.categories.length - 0.5];
  }
  if (axis.range) layout.range = axis.range.map((v) => (axis.log ? Math.log10(v) : v));
  if (axis.reversed) {
    if (layout.range) layout.range.reverse();
    else layout.autorange = "reversed";
  }
  return layout;
}

// ---- series ----
const finite = (x) => x !== null && x !== undefined && Number.isFinite(x);

// Lower and upper ends; on a logarithmic axis an end that is not positive moves to a tenth of the value.
function errorEnds(series, log) {
  const lower = series.lower || (series.std_error && series.y.map((y, i) => (finite(series.std_error[i]) ? y - series.std_error[i] : null)));
  const upper = series.upper || (series.std_error && series.y.map((y, i) => (finite(series.std_error[i]) ? y + series.std_error[i] : null)));
  if (!lower) return null;
  return { lower: log ? lower.map((low, i) => (finite(low) && low <= 0 ? series.y[i] / 10 : low)) : lower, upper };
}

function errorText(series, i) {
  if (series.std_error) return ` ± ${numberText(series.std_error[i], 2)}`;
  return series.lower ? ` [${numberText(series.lower[i])}, ${numberText(series.upper[i])}]` : "";
}

// A closed outline for each run of points without gaps.
function bandOutline(series, ends, usable) {
  const x = [], y = [];
  let run = [];
  const close = () => {
    if (run.length > 1) {
      for (const i of run) { x.push(series.x[i]); y.push(ends.upper[i]); }
      for (const i of [...run].reverse()) { x.push(series.x[i]); y.push(ends.lower[i]); }
      x.push(null); y.push(null);
    }
    run = [];
  };
  series.x.forEach((_, i) => (usable(i) ? run.push(i) : close()));
  close();
  return { x, y };
}

// Shafts and heads of arrows as one broken line: tail, tip, and the two sides of the head. A head is three tenths of the
// longest arrow, at most half of its own.
function arrowTrace(series, panel, colour) {
  const x = [], y = [], hovertext = [], lengths = series.dx.map((dx, i) => Math.hypot(dx, series.dy[i]));
  const typical = 0.3 * Math.max(...lengths.filter(finite));
  series.x.forEach((from, i) => {
    const dx = series.dx[i], dy = series.dy[i], tip = [from + dx, series.y[i] + dy];
    if (!finite(dx) || !finite(dy) || lengths[i] === 0) return;
    const head = Math.min(typical, lengths[i] / 2) / lengths[i];
    const side = (turn) => [tip[0] - head * (dx - turn * dy), tip[1] - head * (dy + turn * dx)];
    for (const point of [[from, series.y[i]], tip, side(0.5), tip, side(-0.5), [null, null]]) {
      x.push(point[0]); y.push(point[1]);
      hovertext.push([series.name && `<b>${richText(series.name)}</b>`, valueText(panel.x, "x", from),
        valueText(panel.y, "y", series.y[i])].filter(Boolean).join("<br>"));
    }
  });
  return { type: "scatter", mode: "lines", x, y, line: { color: colour, width: 1.5 }, hovertext, hoverinfo: "text" };
}

function seriesTraces(series, panel, looks) {
  const look = looks.get(series.colour || series.name), colour = lookColour(look), style = series.style;
  if (series.dx) return [arrowTrace(series, panel, colour)];
  const ends = errorEnds(series, panel.y.log);
  const asBars = style === "bars" || style === "markers" || style === "line_markers";
  const put = (trace, x, y) => Object.assign(trace, panel.transposed ? { x: y, y: x } : { x, y });
  const traces = [];
  if (ends && !asBars) {
    const usable = (i) => finite(series.x[i]) && finite(ends.lower[i]) && finite(ends.upper[i]);
    const outline = bandOutline(series, ends, usable);
    traces.push(put({ type: "scatter", mode: "lines", line: { width: 0 }, fill: "toself", hoverinfo: "skip",
      fillcolor: translucent(colour, 0.2) }, outline.x, outline.y));
  }
  const hovertext = series.x.map((x, i) => [
    series.name && `<b>${richText(series.name)}</b>`, series.labels && richText(series.labels[i]),
    valueText(panel.x, "x", x), valueText(panel.y, "y", series.y[i], errorText(series, i)),
    series.angle && `angle: ${numberText((((series.angle[i] % TURN) + TURN) % TURN) / Math.PI, 3)} π`,
  ].filter(Boolean).join("<br>"));
  const trace = put({ hovertext, hoverinfo: "text" }, series.x, series.y);
  if (style === "bars") {
    Object.assign(trace, { type: "bar", orientation: panel.transposed ? "h" : "v", marker: { color: colour }, textposition: "none" });
  } else {
    const dash = style === "dashed" ? "dash" : style === "dotted" ? "dot" : DASHES[look?.[1] ?? 0];
    const marked = style === "markers" || style === "line_markers";
    Object.assign(trace, {
      type: "scatter", mode: style === "markers" ? "markers" : marked ? "lines+markers" : "lines",
      line: { color: colour, width: 1.8, dash, shape: style === "steps" ? "hv" : "linear" },
      marker: { color: colour, size: series.x.length > 200 ? 4 : 7, symbol: SYMBOLS[look?.[1] ?? 0] },
    });
    if (style === "markers" && series.labels) {
      trace.mode += "+text";
      Object.assign(trace, { text: series.labels.map(richText), textposition: "top center", textfont: { size: 11, color: cssColour("text") } });
    }
  }
  if (series.angle) {
    trace.mode = "lines+markers";
    trace.line = { color: cssColour("muted"), width: 1 };
    trace.marker = { size: 6, color: series.angle.map((a) => ((a % TURN) + TURN) % TURN), cmin: 0, cmax: TURN, colorscale: colourScale("cyclic") };
  }
  if (ends && asBars) {
    const key = panel.transposed ? "error_x" : "error_y";
    trace[key] = { type: "data", symmetric: false, color: style === "bars" ? cssColour("text") : colour, thickness: 1.3, width: 3,
      array: series.y.map((y, i) => (finite(ends.upper[i]) ? ends.upper[i] - y : 0)),
      arrayminus: series.y.map((y, i) => (finite(ends.lower[i]) ? y - ends.lower[i] : 0)) };
  }
  traces.push(trace);
  return traces;
}

// ---- maps ----
// Edges of cells about their centres; half-way in log on a logarithmic axis.
function cellEdges(centres, axis) {
  if (centres.length < 2) return axis.log ? [centres[0] / 2, centres[0] * 2] : [centres[0] - 0.5, centres[0] + 0.5];
  const to = axis.log ? Math.log : (x) => x, from = axis.log ? Math.exp : (x) => x;
  const c = centres.map(to), n = c.length;
  const inner = c.slice(1).map((v, i) => (v + c[i]) / 2);
  return [c[0] - (inner[0] - c[0]), ...inner, c[n - 1] + (c[n - 1] - inner[n - 2])].map(from);
}

// The values that are coloured and what the ends of the scale mean.
function mapColours(panel) {
  const { map } = panel;
  const shown = map.log ? map.z.map((z) => (finite(z) && z > 0 ? Math.log10(z) : null)) : map.z;
  const known = shown.filter(finite);
  let [low, high] = map.range ? map.range.map((v) => (map.log ? Math.log10(v) : v)) : [Math.min(...known), Math.max(...known)];
  if (map.log) map.z.forEach((z, i) => { if (finite(z) && z <= 0) shown[i] = low; });
  const diverging = map.scale === "diverging";
  const centre = map.log ? Math.log10(map.centre || 1) : map.centre;
  if (diverging) {
    const reach = Math.max(Math.abs(low - centre), Math.abs(high - centre)) || 1;
    [low, high] = [centre - reach, centre + reach];
  } else if (!(high > low)) {
    [low, high] = [low - 0.5, low + 0.5];
  }
  const beneath = map.contours || (panel.series || []).length > 0; // pale, so that what lies on it is seen
  return { shown, low, high, scale: diverging ? "diverging" : beneath ? "landscape" : "sequential" };
}

// The ends and the middle of the scale, as coloured and as read.
function mapTicks(panel) {
  const { low, high } = mapColours(panel), tickvals = [low, (low + high) / 2, high];
  return { tickvals, ticktext: tickvals.map((v) => numberText(panel.map.log ? 10 ** v : v, 3)) };
}

const rowsOf = (flat, columns) =>
  Array.from({ length: Math.ceil(flat.length / columns) }, (_, r) => flat.slice(r * columns, (r + 1) * columns));

function mapTraces(panel, width) {
  const { map } = panel;
  const { shown, low, high, scale } = mapColours(panel), columns = map.x.length;
  const hover = map.z.map((z, i) => [
    valueText(panel.x, "x", map.x[i % columns]), valueText(panel.y, "y", map.y[Math.floor(i / columns)]),
    finite(z) ? valueText({ label: map.label }, "z", z) : richText(map.missing), map.text && richText(map.text[i]),
  ].filter(Boolean).join("<br>"));
  const common = { z: rowsOf(shown, columns), hovertext: rowsOf(hover, columns), hoverinfo: "text", zmin: low, zmax: high,
    colorscale: colourScale(scale), showscale: false };
  if (map.contours) {
    return [{ ...common, type: "contour", x: map.x, y: map.y, ncontours: 14, line: { width: 0.8, color: translucent(lookColour(null), 0.35) },
      contours: { coloring: "heatmap", showlabels: true, labelfont: { size: 9, color: cssColour("muted") } } }];
  }
  const edges = { x: cellEdges(map.x, panel.x), y: cellEdges(map.y, panel.y) };
  // a fine grid is a picture, not a table
  if (width / columns > 12) Object.assign(edges, { xgap: 1, ygap: 1 });
  const longest = Math.max(0, ...(map.text || []).map((text) => plainText(text).length));
  const fits = Math.min(12, (0.8 * (width - 50)) / columns / Math.max(1, longest) / 0.58);
  const cells = { ...common, ...edges, type: "heatmap", hoverongaps: false };
  if (map.text && fits >= 7) Object.assign(cells, { text: rowsOf(map.text.map(richText), columns), texttemplate: "%{text}", textfont: { size: fits } });
  const gaps = { ...edges, type: "heatmap", z: rowsOf(shown.map((z) => (finite(z) ? null : 1)), columns), hovertext: common.hovertext,
    hoverinfo: "text", hoverongaps: false, showscale: false, colorscale: [[0, cssColour("missing")], [1, cssColour("missing")]] };
  return shown.every(finite) ? [cells] : [cells, gaps];
}

// ---- rasters ----
// Cells at least a pixel large: neighbouring units and steps are joined where the panel is too small for all.
function rasterTrace(raster, looks, width, height) {
  const joinedSteps = Math.max(1, Math.ceil(raster.steps / width)), joinedUnits = Math.max(1, Math.ceil(raster.units / height));
  const columns = Math.ceil(raster.steps / joinedSteps), rows = Math.ceil(raster.units / joinedUnits);
  const z = Array.from({ length: rows }, () => new Array(columns).fill(null));
  for (const [step, unit] of raster.events || []) {
    const row = z[Math.floor(unit / joinedUnits)], column = Math.floor(step / joinedSteps);
    row[column] = 1;
  }
  const colour = raster.colour ? lookColour(looks.get(raster.colour)) : cssColour("text"), dt = raster.dt * MS;
  return { type: "heatmap", z, x0: (joinedSteps * dt) / 2, dx: joinedSteps * dt, y0: (joinedUnits - 1) / 2, dy: joinedUnits,
    showscale: false, hoverongaps: false, colorscale: [[0, colour], [1, colour]], zmin: 0, zmax: 1,
    hovertemplate: "time: %{x:.4~g} ms<br>unit: %{y:.4~g}<extra></extra>" };
}

// ---- lines and intervals across a panel ----
function acrossShapes(panel, looks) {
  const upright = (direction) => (direction === "x") !== Boolean(panel.transposed);
  const span = (direction, from, to) => (upright(direction)
    ? { xref: "x", x0: from, x1: to, yref: "paper", y0: 0, y1: 1 }
    : { yref: "y", y0: from, y1: to, xref: "paper", x0: 0, x1: 1 });
  const below = panel.map || panel.raster ? "above" : "below";
  return [
    ...(panel.intervals || []).map((interval) => ({ type: "rect", layer: "below", line: { width: 0 },
      fillcolor: translucent(PALETTES[schemeName()][4], 0.2), ...span(interval.direction, interval.from, interval.to) })),
    ...(panel.references || []).map((reference) => ({ type: "line", layer: below,
      line: { width: 1.2, dash: "dash", color: reference.colour ? lookColour(looks.get(reference.colour)) : cssColour("muted") },
      ...span(reference.direction, reference.at, reference.at) })),
  ];
}

// ---- the whole panel ----
// Pictures and equal scales fix the height; the other panels of a row may be as high as those.
const heightIsFree = (panel) =>
  !panel.equal_scale && !panel.transposed && !(panel.map && !panel.map.contours) && !(panel.raster && panel.raster.units > 40);

function plotHeight(panel, width) {
  const inner = Math.max(100, width - 60), clamp = (h, low, high) => Math.round(Math.min(high, Math.max(low, h)));
  if (panel.raster) return clamp((inner * panel.raster.units) / panel.raster.steps, 90, 460) + 40;
  if (panel.equal_scale) return clamp(width, 220, 520);
  if (panel.transposed && panel.x.categories) return panel.x.categories.length * 24 + 50;
  if (panel.map && !panel.map.contours) return clamp(panel.map.y.length * 44 + 40, 150, 480);
  return clamp(0.62 * width, 230, 360);
}

function panelPlot(panel, looks, hidden, width, height) {
  const shown = (panel.series || []).filter((series) => !hidden.has(series.name));
  const data = [
    ...(panel.map ? mapTraces(panel, width) : []),
    ...(panel.raster ? [rasterTrace(panel.raster, looks, width - 60, height - 40)] : []),
    ...shown.flatMap((series) => seriesTraces(series, panel, looks)),
  ];
  const horizontal = axisLayout(panel, panel.transposed ? "y" : "x");
  const vertical = axisLayout(panel, panel.transposed ? "x" : "y");
  if (panel.equal_scale) Object.assign(vertical, { scaleanchor: "x", constrain: "domain" }), (horizontal.constrain = "domain");
  if (panel.raster) {
    const { steps, units, dt } = panel.raster;
    horizontal.range ??= [0, steps * dt * MS];
    vertical.range ??= panel.y.reversed ? [units - 0.5, -0.5] : [-0.5, units - 0.5];
  }
  const layout = {
    width, height, margin: { l: 8, r: 18, t: 8, b: 8, pad: 0 }, showlegend: false, hovermode: "closest", barmode: "group", bargap: 0.25,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", xaxis: horizontal, yaxis: vertical,
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: cssColour("text") },
    hoverlabel: { bgcolor: cssColour("raised"), bordercolor: cssColour("line"), font: { color: cssColour("text"), size: 12 }, align: "left" },
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom", shapes: acrossShapes(panel, looks), annotations: [],
  };
  return { data, layout };
}

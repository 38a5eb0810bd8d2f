"use strict";
// Plain drawing: elements, number formats, scales, and the three kinds of chart.

const data = JSON.parse(document.getElementById("data").textContent);
const LANGUAGES = ["zh", "en"];
let language = LANGUAGES.find((each) => location.hash === `#${each}`) || data.language; // report.html#en opens in English

function word(key, values = {}) {
  const pair = data.words[key];
  const text = pair ? pair[language === "zh" ? 1 : 0] : key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function make(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  return dress(element, facts, children);
}

function draw(tag, facts = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  return dress(element, facts, children);
}

function dress(element, facts, children) {
  for (const [name, value] of Object.entries(facts)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "tip") telling(element, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child);
  return element;
}

const tip = document.getElementById("tip");
function telling(element, text) {
  element.addEventListener("pointermove", (event) => {
    tip.textContent = text;
    tip.hidden = false;
    const right = event.clientX + 14 + tip.offsetWidth > innerWidth;
    tip.style.left = `${right ? event.clientX - 14 - tip.offsetWidth : event.clientX + 14}px`;
    tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 6)}px`;
  });
  element.addEventListener("pointerleave", () => { tip.hidden = true; });
}

const figureName = (key) => data.figures[key].name[language === "zh" ? 1 : 0];
const unitOf = (key) => { const unit = data.figures[key].unit; return unit ? word(`unit.${unit}`) : ""; };
const withUnit = (key) => figureName(key) + (unitOf(key) ? ` (${unitOf(key)})` : "");
const inUnit = (key, value) => value / data.figures[key].per;

function number(value, digits) {
  const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
}
const signed = (value, digits) => { const text = number(value, digits); return /[1-9]/.test(text) && value > 0 ? `+${text}` : text; };

function shown(key, value, digits = data.figures[key].digits) {
  const whole = data.figures[key].unit === "" && digits === 0 && value % 1 ? 1 : digits;
  return number(inUnit(key, value), whole);
}
function shownMore(key, value) {
  const digits = data.figures[key].digits;
  const whole = data.figures[key].unit === "" && digits === 0 && value % 1 ? 1 : digits;
  return signed(inUnit(key, value), whole);
}

const isClear = (d) => d && d[1] !== null && (d[1] > 0 || d[2] < 0);
function verdict(key, value) {
  const better = data.figures[key].better;
  if (better === "neither" || !value) return "";
  return (value > 0) === (better === "more") ? "good" : "bad";
}
const nameOf = (variant) => (variant.name === "as-is" ? word("as-is") : variant.name.replaceAll("as-is", word("as-is")));

function ticks(low, high, about = 5) {
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / about));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => span / each <= about);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) found.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  return { values: found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (String(step / power) === "2.5" ? 1 : 0)) };
}

function extent(values, pad = 0.08) {
  let low = Math.min(...values), high = Math.max(...values);
  if (low === high) { const half = Math.abs(low) * 0.02 || 0.5; low -= half; high += half; }
  return [low - pad * (high - low), high + pad * (high - low)];
}

const COLOURS = ["#0b6e69", "#d07c12", "#7b52ab", "#2f6fb0", "#b2431d", "#5c7f1a"];

/* Points with intervals on two axes; `series` are {name, colour, points: [{x, y, low, high, label, tip, solid}], line}. */
function plot({ width = 720, height = 400, xTitle, yTitle, series, xTicks }) {
  const left = 74, right = 18, top = 26, bottom = 46;
  const all = series.flatMap((each) => each.points);
  const [xLow, xHigh] = extent(all.map((p) => p.x));
  const [yLow, yHigh] = extent(all.flatMap((p) => [p.y, p.low ?? p.y, p.high ?? p.y]));
  const x = (value) => left + (value - xLow) / (xHigh - xLow) * (width - left - right);
  const y = (value) => height - bottom - (value - yLow) / (yHigh - yLow) * (height - top - bottom);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${yTitle} / ${xTitle}` });
  const across = xTicks ? { values: xTicks.filter((v) => v >= xLow && v <= xHigh), digits: 0 } : ticks(xLow, xHigh, 6);
  const up = ticks(yLow, yHigh);
  for (const value of up.values) {
    svg.append(draw("line", { class: value === 0 && yLow < 0 ? "zero" : "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }));
    svg.append(draw("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, number(value, up.digits)));
  }
  for (const value of across.values) {
    svg.append(draw("line", { class: "grid", x1: x(value), x2: x(value), y1: top, y2: height - bottom }));
    svg.append(draw("text", { x: x(value), y: height - bottom + 17, "text-anchor": "middle" }, number(value, across.digits)));
  }
  svg.append(draw("text", { class: "axis-title", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, xTitle));
  svg.append(draw("text", { class: "axis-title", x: 4, y: 13 }, yTitle));
  for (const { points, line, colour } of series) {
    if (line && line.length > 1) {
      svg.append(draw("polyline", { points: line.map((p) => `${x(p.x)},${y(p.y)}`).join(" "), fill: "none", stroke: colour, "stroke-width": 2, "stroke-opacity": 0.65 }));
    }
  }
  const labels = [], dots = all.map((p) => [x(p.x), y(p.y)]);
  for (const { points, colour } of series) {
    for (const point of points) {
      if (point.low !== undefined && point.low !== null) {
        svg.append(draw("line", { x1: x(point.x), x2: x(point.x), y1: y(point.low), y2: y(point.high), stroke: colour, "stroke-width": 1.5, "stroke-opacity": 0.55 }));
      }
      svg.append(draw("circle", { class: "hit", cx: x(point.x), cy: y(point.y), r: point.solid ? 5.5 : 4, fill: point.solid ? colour : "#fff", stroke: colour, "stroke-width": 1.8, tip: point.tip }));
      if (point.label) labels.push({ x: x(point.x), y: y(point.y), text: point.label });
    }
  }
  const lines = series.flatMap(({ line }) => (line || []).slice(1).map((p, i) => [x(line[i].x), y(line[i].y), x(p.x), y(p.y)]));
  for (const { x: at, y: base, end, text } of spread(labels, dots, lines, { left, right: width - right, top: 0, bottom: height - bottom })) {
    svg.append(draw("text", { class: "label", x: at, y: base, "text-anchor": end ? "end" : "start" }, text));
  }
  return svg;
}

/* Where labels stand: beside their point where no other point or label is, off the lines if that can be; one for which
   there is no such place is left out (its text shows under the pointer). */
const PLACES = [[9, -6], [9, 15], [-9, -6], [-9, 15], [9, 4], [-9, 4], [9, -19], [-9, -19], [9, 28], [-9, 28]];
function spread(labels, dots, lines, frame) {
  const placed = [];
  for (const { x, y, text } of labels) {
    const width = [...text].reduce((sum, letter) => sum + (letter > "⺀" ? 12 : 6.4), 0);
    const found = PLACES.map(([dx, dy]) => {
      const end = dx < 0, at = x + dx, base = y + dy;
      return { text, x: at, y: base, end, left: end ? at - width : at, right: end ? at : at + width, top: base - 11, bottom: base + 3 };
    }).filter((box) => box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom
      && dots.every(([dx, dy]) => dx + 6 < box.left || dx - 6 > box.right || dy + 6 < box.top || dy - 6 > box.bottom)
      && placed.every((other) => other.right < box.left || other.left > box.right || other.bottom < box.top || other.top > box.bottom));
    const best = found.find((box) => !lines.some((line) => crosses(line, box))) || found[0];
    if (best) placed.push(best);
  }
  return placed;
}

/* Whether a line goes through a box: it is cut to each side in turn (Liang and Barsky 1984). */
function crosses([x1, y1, x2, y2], box) {
  let from = 0, to = 1;
  for (const [step, room] of [[x1 - x2, x1 - box.left], [x2 - x1, box.right - x1], [y1 - y2, y1 - box.top], [y2 - y1, box.bottom - y1]]) {
    if (step === 0 && room < 0) return false;
    if (step < 0) from = Math.max(from, room / step);
    if (step > 0) to = Math.min(to, room / step);
  }
  return from <= to;
}

/* Horizontal intervals around 0, one line each: {label, note, d: [mean, low, high, n], tip, tone}. */
function forest({ width = 720, rows, title }) {
  const left = 250, right = 92, top = 30, line = 27;
  const height = top + rows.length * line + 30;
  const [low, high] = extent([0, ...rows.flatMap((row) => row.d.slice(0, 3).filter((value) => value !== null))], 0.06);
  const x = (value) => left + (value - low) / (high - low) * (width - left - right);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  const scale = ticks(low, high, 6);
  svg.append(draw("text", { class: "axis-title", x: left, y: 13 }, title));
  for (const value of scale.values) {
    svg.append(draw("line", { class: value === 0 ? "zero" : "grid", x1: x(value), x2: x(value), y1: top - 6, y2: height - 24 }));
    svg.append(draw("text", { x: x(value), y: height - 8, "text-anchor": "middle" }, signed(value, scale.digits)));
  }
  rows.forEach((row, position) => {
    const y = top + position * line + 12;
    const colour = (row.clear && { good: "#0b6e69", bad: "#b2431d" }[row.tone]) || "#5f6f6d";
    svg.append(draw("text", { class: "label", x: left - 12, y: y + 4, "text-anchor": "end" }, row.label));
    if (row.d[1] !== null) svg.append(draw("line", { x1: x(row.d[1]), x2: x(row.d[2]), y1: y, y2: y, stroke: colour, "stroke-width": 3, "stroke-opacity": 0.45, "stroke-linecap": "round" }));
    svg.append(draw("circle", { class: "hit", cx: x(row.d[0]), cy: y, r: 5, fill: row.clear ? colour : "#fff", stroke: colour, "stroke-width": 2, tip: row.tip }));
    svg.append(draw("text", { x: width - right + 12, y: y + 4 }, row.value));
  });
  return svg;
}

"use strict";

// ---- the time line: a row per route, a bar per stop, and the time shown on the map

const ROW = 24;
const BAR = 14;
const AXIS = 22;
const NAMES = 118;
const chart = byId("chart");
let stretch = 1;

function extent() {
  const today = routesToday();
  if (!today.length) return [state.day * DAY_S + 8 * 3600, state.day * DAY_S + 18 * 3600];
  const from = Math.min(...today.map((route) => route.from));
  const until = Math.max(...today.map((route) => route.until));
  return [Math.floor((from - 300) / 1800) * 1800, Math.ceil((until + 300) / 1800) * 1800];
}

function chartWidth() {
  return Math.min(12000, Math.max(300, (chart.clientWidth - NAMES) * stretch));
}

function xOf(time) {
  const [from, until] = extent();
  return ((time - from) / (until - from)) * chartWidth();
}

function timeAt(x) {
  const [from, until] = extent();
  return from + (x / chartWidth()) * (until - from);
}

function tickStep() {
  const [from, until] = extent();
  return [300, 600, 900, 1800, 3600, 7200].find((step) => (step / (until - from)) * chartWidth() > 52) || 14400;
}

function ticks(step) {
  const [from, until] = extent();
  const times = [];
  for (let time = Math.ceil(from / step) * step; time <= until; time += step) times.push(time);
  return times;
}

function drawAxis() {
  const context = prepare(byId("axis"), chartWidth(), AXIS);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillStyle = "#5f6f6d";
  for (const time of ticks(tickStep())) {
    const x = xOf(time);
    if (x > 16 && x < chartWidth() - 16) context.fillText(clock(time), x, AXIS / 2);
  }
  context.fillStyle = "#e2e4df";
  context.fillRect(0, AXIS - 1, chartWidth(), 1);
  drawHandle(context, xOf(state.now));
}

function drawHandle(context, x) {
  context.fillStyle = "#0b6e69";
  context.beginPath();
  context.moveTo(x - 6, AXIS - 9);
  context.lineTo(x + 6, AXIS - 9);
  context.lineTo(x, AXIS - 1);
  context.fill();
}

function drawBars() {
  const today = routesToday();
  const height = Math.max(ROW, today.length * ROW);
  const context = prepare(byId("bars"), chartWidth(), height);
  context.fillStyle = "#eef0ec";
  for (const time of ticks(tickStep())) context.fillRect(Math.round(xOf(time)), 0, 1, height);
  const focus = selectedRoutes();
  const picked = selectedVisits();
  today.forEach((route, row) => {
    context.globalAlpha = state.hidden.has(route.idx) || (focus.size && !focus.has(route.idx)) ? 0.35 : 1;
    drawRow(context, route, row * ROW, picked);
  });
  context.globalAlpha = 1;
  drawLinks(context, today, picked);
  context.fillStyle = "#0b6e69";
  context.fillRect(Math.round(xOf(state.now)) - 0.5, 0, 1.5, height);
}

function drawRow(context, route, top, picked) {
  context.fillStyle = "#f3f4f0";
  context.fillRect(0, top + ROW - 1, chartWidth(), 1);
  const middleY = top + ROW / 2;
  for (const [idx, stop] of route.stops.entries()) {
    const before = route.stops[idx - 1];
    if (before) {
      context.fillStyle = "#9aa5a3";
      context.fillRect(xOf(before.departure), middleY - 1, Math.max(0, xOf(stop.arrival) - xOf(before.departure)), 2);
    }
    if (stop.start > stop.arrival) hatch(context, xOf(stop.arrival), xOf(stop.start), middleY);
    if (stop.end > stop.start) drawBar(context, route, stop, middleY, picked);
  }
}

function hatch(context, left, right, middleY) {
  context.save();
  context.beginPath();
  context.rect(left, middleY - 4, right - left, 8);
  context.clip();
  context.strokeStyle = "#b9c1be";
  context.lineWidth = 1;
  context.beginPath();
  for (let x = left - 8; x < right; x += 4) {
    context.moveTo(x, middleY + 4);
    context.lineTo(x + 8, middleY - 4);
  }
  context.stroke();
  context.restore();
}

function drawBar(context, route, stop, middleY, picked) {
  const left = xOf(stop.start);
  const width = Math.max(2, xOf(stop.end) - left - 0.6);
  const visit = stop.kind === "visit" ? visits[stop.visit] : null;
  context.fillStyle = { load: "#3d4b4a", break: "#e9d9b8" }[stop.kind] || route.colour;
  context.beginPath();
  context.roundRect(left, middleY - BAR / 2, width, BAR, Math.min(3, width / 3));
  context.fill();
  if (visit && visit.state === "late") {
    context.fillStyle = LATE;
    context.fillRect(left, middleY + BAR / 2 - 4, width, 4);
  }
  if (visit && picked.has(visit.idx)) {
    context.strokeStyle = INK;
    context.lineWidth = 2;
    context.strokeRect(left - 1.5, middleY - BAR / 2 - 2, width + 3, BAR + 4);
  }
  if (visit && width > 40) label(context, visit.name, left, width, middleY);
}

function label(context, text, left, width, middleY) {
  context.save();
  context.beginPath();
  context.rect(left, middleY - BAR / 2, width - 3, BAR);
  context.clip();
  context.font = '11px system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif';
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = "#ffffff";
  context.fillText(text, left + 4, middleY + 0.5);
  context.restore();
}

// Join the bars of visits that belong together: several workers at one visit, and visits bound by a link.
function drawLinks(context, today, picked) {
  const rowOf = new Map(today.map((route, row) => [route.idx, row]));
  const isFocused = selectedRoutes().size > 0;
  const spot = (call) => [xOf(routes[call.route].stops[call.stop].start), (rowOf.get(call.route) + 0.5) * ROW];
  const join = (first, second, isPicked) => {
    if (!rowOf.has(first.route) || !rowOf.has(second.route)) return;
    const [a, b] = [spot(first), spot(second)];
    context.beginPath();
    context.moveTo(...a);
    context.bezierCurveTo(a[0] - 10, (a[1] + b[1]) / 2, b[0] - 10, (a[1] + b[1]) / 2, ...b);
    context.strokeStyle = isPicked ? INK : `rgb(29 43 42 / ${isFocused ? 18 : 55}%)`;
    context.lineWidth = isPicked ? 2 : 1.2;
    context.setLineDash(isPicked ? [] : [3, 2]);
    context.stroke();
    context.setLineDash([]);
  };
  for (const visit of visits) {
    for (const call of visit.calls.slice(1)) join(visit.calls[0], call, picked.has(visit.idx));
  }
  for (const [first, second] of data.links) {
    const [a, b] = [visits[first].calls[0], visits[second].calls[0]];
    if (a && b) join(a, b, picked.has(first) || picked.has(second));
  }
}

function drawNames() {
  const focus = selectedRoutes();
  byId("names").replaceChildren(...routesToday().map((route) => {
    const dot = make("i");
    dot.style.background = route.colour;
    const button = make("button", { type: "button", onclick: () => select("route", route.idx) }, dot, route.name);
    button.classList.toggle("selected", focus.has(route.idx));
    return button;
  }));
}

function drawClock() {
  const [from, until] = extent();
  const slider = byId("slider");
  slider.min = from;
  slider.max = until;
  slider.value = state.now;
  slider.setAttribute("aria-label", say("map.now"));
  slider.setAttribute("aria-valuetext", clock(state.now));
  byId("clock").textContent = clock(state.now);
  byId("play").textContent = state.playing ? "❚❚" : "▶";
  byId("play").setAttribute("aria-label", say(state.playing ? "map.pause" : "map.play"));
  byId("play").title = say(state.playing ? "map.pause" : "map.play");
}

// ---- pointing and playing

function stopAt(event) {
  const box = byId("bars").getBoundingClientRect();
  const route = routesToday()[Math.floor((event.clientY - box.top) / ROW)];
  if (!route) return null;
  const slack = (timeAt(3) - timeAt(0));
  const time = timeAt(event.clientX - box.left);
  const stop = route.stops.find((item) => item.end > item.start && time >= item.start - slack && time <= item.end + slack);
  return { route, stop, time };
}

function tipOfStop(route, stop) {
  const lines = [`${clock(stop.start)}–${clock(stop.end)}  ${titleOfStop(stop)}`, route.name];
  if (stop.kind === "visit") {
    const visit = visits[stop.visit];
    lines.push([visit.service, portionsText(visit.portions)].filter(Boolean).join("  "));
    if (visit.late_s) lines.push(say("map.late_by", { minutes: minutesOf(visit.late_s) }));
  }
  if (stop.load) lines.push(portionsText(stop.load));
  if (stop.start > stop.arrival) lines.push(say("map.wait_of", { minutes: minutesOf(stop.start - stop.arrival) }));
  return lines.join("\n");
}

byId("bars").addEventListener("pointermove", (event) => {
  const found = stopAt(event);
  const stop = found && found.stop;
  byId("bars").style.cursor = stop ? "pointer" : "default";
  showTip(stop ? tipOfStop(found.route, stop) : "", event);
  const thing = stop ? { item: stop, xy: stop.xy } : null;
  if ((thing && thing.item) !== (state.hovered && state.hovered.item)) change({ hovered: thing }, "hover");
});
byId("bars").addEventListener("pointerleave", (event) => {
  showTip("", event);
  change({ hovered: null }, "hover");
});
byId("bars").addEventListener("click", (event) => {
  const found = stopAt(event);
  if (!found) return;
  if (found.stop && found.stop.kind === "visit") showVisit(visits[found.stop.visit]);
  else if (found.stop && found.stop.kind === "load") select("station", found.stop.station);
  else select("route", found.route.idx);
});

function setNowFrom(event) {
  const box = byId("axis").getBoundingClientRect();
  const [from, until] = extent();
  change({ now: Math.min(until, Math.max(from, timeAt(event.clientX - box.left))) }, "time");
}

byId("axis").addEventListener("pointerdown", (event) => {
  byId("axis").setPointerCapture(event.pointerId);
  setNowFrom(event);
});
byId("axis").addEventListener("pointermove", (event) => event.buttons && setNowFrom(event));
byId("slider").addEventListener("input", (event) => change({ now: Number(event.target.value) }, "time"));
byId("play").addEventListener("click", () => {
  const [from, until] = extent();
  change({ playing: !state.playing, now: state.now >= until ? from : state.now }, "time");
  if (state.playing) requestAnimationFrame((at) => play(at, at));
});

function play(before, at) {
  if (!state.playing) return;
  const until = extent()[1];
  const now = Math.min(until, state.now + ((at - before) / 1000) * Number(byId("speed").value));
  change({ now, playing: now < until }, "time");
  requestAnimationFrame((next) => play(at, next));
}

function setStretch(factor) {
  const middleTime = timeAt(chart.scrollLeft + (chart.clientWidth - NAMES) / 2);
  stretch = Math.min(16, Math.max(1, stretch * factor));
  change({}, "view");
  requestAnimationFrame(() => { chart.scrollLeft = xOf(middleTime) - (chart.clientWidth - NAMES) / 2; });
}

byId("stretch-in").addEventListener("click", () => setStretch(1.6));
byId("stretch-out").addEventListener("click", () => setStretch(1 / 1.6));

// Bring the selected bars into view, sideways and up and down.
function revealBars() {
  const today = routesToday();
  const call = [...selectedVisits()].flatMap((idx) => visits[idx].calls)[0];
  const route = call ? call.route : [...selectedRoutes()][0];
  const row = today.findIndex((item) => item.idx === route);
  if (row < 0) return;
  const top = row * ROW;
  if (top < chart.scrollTop || top + ROW + AXIS > chart.scrollTop + chart.clientHeight) {
    chart.scrollTop = top - chart.clientHeight / 2 + AXIS;
  }
  if (!call) return;
  const x = xOf(routes[call.route].stops[call.stop].start);
  const width = chart.clientWidth - NAMES;
  if (x < chart.scrollLeft || x > chart.scrollLeft + width) chart.scrollLeft = x - width / 2;
}

drawers.push({ needs: ["view", "time"], draw: drawAxis });
drawers.push({ needs: ["view", "time", "selection"], draw: drawBars });
drawers.push({ needs: ["selection"], draw: drawNames });
drawers.push({ needs: ["selection"], draw: revealBars });
drawers.push({ needs: ["time"], draw: drawClock });

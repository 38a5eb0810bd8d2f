"use strict";
// The map of who gains and loses: streets as ground, stations, and a mark for every elder or community.

const FATES = { loses: "#b2431d", gains: "#0b6e69", later: "#d9903d", earlier: "#74b3ae", same: "#c4c6bd" };
const LATER_MIN = 5;

function fateOf(more, later) {
  if (more > 0) return "loses";
  if (more < 0) return "gains";
  if (later >= LATER_MIN) return "later";
  return later <= -LATER_MIN ? "earlier" : "same";
}

/* Google's encoded polyline digits, longitude first; lines are words. */
function decoded(text) {
  return text.split(" ").filter(Boolean).map((line) => {
    const points = [], at = [0, 0];
    let position = 0, axis = 0;
    while (position < line.length) {
      let digit, shift = 0, value = 0;
      do { digit = line.charCodeAt(position++) - 63; value += (digit & 31) * 2 ** shift; shift += 5; } while (digit >= 32);
      at[axis] += value % 2 ? -(value + 1) / 2 : value / 2;
      if (axis) points.push([at[0], at[1]]);
      axis = 1 - axis;
    }
    return points;
  });
}

const ground = decoded(data.map.streets);

function fateMap(position) {
  const width = 760;
  const places = [...data.map.stations, ...data.map.elders, ...(data.map.communities[position] || []).map((c) => [c[1], c[2]])];
  const lons = places.map((p) => p[0]), lats = places.map((p) => p[1]);
  const squeeze = Math.cos((Math.min(...lats) + Math.max(...lats)) / 2 / data.map.units_per_deg * Math.PI / 180);
  const [west, east] = extent(lons, 0.03), [south, north] = extent(lats, 0.03);
  const scale = Math.min(width / ((east - west) * squeeze), 640 / (north - south));
  const height = (north - south) * scale, drawn = (east - west) * squeeze * scale;
  const x = (lon) => (lon - west) * squeeze * scale + (width - drawn) / 2, y = (lat) => (north - lat) * scale;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height.toFixed(0)}`, role: "img", "aria-label": word("map_title") });
  const path = ground.map((line) => "M" + line.map(([lon, lat]) => `${x(lon).toFixed(1)} ${y(lat).toFixed(1)}`).join("L")).join("");
  svg.append(draw("path", { d: path, fill: "none", stroke: "#dcdad0", "stroke-width": 1.2 }));
  if (data.map.elders.length) elderMarks(svg, position, x, y); else communityMarks(svg, position, x, y);
  for (const [lon, lat, name] of data.map.stations) {
    svg.append(draw("rect", { class: "hit", x: x(lon) - 5, y: y(lat) - 5, width: 10, height: 10, rx: 2, fill: "#1d2b2a", stroke: "#fff", "stroke-width": 1.5, tip: name }));
  }
  return svg;
}

function elderMarks(svg, position, x, y) {
  const changed = new Map(data.map.elder_fates[position].map(([idx, more, later]) => [idx, { more, later, fate: fateOf(more, later) }]));
  const order = ["same", "earlier", "later", "gains", "loses"];
  const marks = data.map.elders.map((place, idx) => ({ place, ...(changed.get(idx) || { fate: "same", more: 0, later: 0 }) }));
  marks.sort((a, b) => order.indexOf(a.fate) - order.indexOf(b.fate));
  for (const { place, fate, more, later } of marks) {
    const told = fate === "same" ? null : `${word(fate)}\n${word("unserved_change")}: ${signed(more, 1)}\n${word("later_min")}: ${signed(later, 0)}`;
    svg.append(draw("circle", { class: "hit", cx: x(place[0]).toFixed(1), cy: y(place[1]).toFixed(1), r: fate === "same" ? 2.2 : fate === "loses" || fate === "gains" ? 5 : 3.6, fill: FATES[fate], stroke: fate === "same" ? "none" : "#fff", "stroke-width": 0.8, tip: told ?? undefined }));
  }
}

function communityMarks(svg, position, x, y) {
  for (const [name, lon, lat, visits, more, later] of data.map.communities[position]) {
    const fate = fateOf(Math.abs(more) < 0.002 ? 0 : more, later);
    svg.append(draw("circle", { class: "hit", cx: x(lon), cy: y(lat), r: 6 + Math.sqrt(visits) / 1.6, fill: FATES[fate], "fill-opacity": 0.7, stroke: "#fff", tip: `${name}\n${word("unserved_change")}: ${signed(100 * more, 1)} %` }));
  }
}

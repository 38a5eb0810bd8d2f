"use strict";

// ---- header, side panel and details: what is selected, who works, who is left out

function drawHeader() {
  document.documentElement.lang = state.language;
  document.title = `${data.name} · ${say("map.title")}`;
  byId("title").textContent = data.name;
  byId("subtitle").replaceChildren(
    `${dateText(state.day)} · `,
    make("span", { class: data.status }, say(`map.status.${data.status}`)),
  );
  for (const button of byId("language").children) {
    button.setAttribute("aria-pressed", String(button.dataset.language === state.language));
  }
  byId("day").hidden = days.length < 2;
  byId("day").setAttribute("aria-label", say("day"));
  byId("day").replaceChildren(...days.map((day) => make("option", { value: day }, dateText(day))));
  byId("day").value = state.day;
  byId("cards").replaceChildren(...cards().map(card));
}

function dateText(day) {
  const date = new Date(`${data.first_date}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + day);
  return `${date.toISOString().slice(0, 10)} ${say(`weekday.${(date.getUTCDay() + 6) % 7}`)}`;
}

// The figures count what the page shows for the day.
function cards() {
  const today = visitsToday();
  const served = today.filter((visit) => visit.state !== "unassigned");
  const late = served.filter((visit) => visit.state === "late").length;
  const stops = routesToday().flatMap((route) => route.stops);
  const portions = served.reduce((sum, visit) => sum + (visit.elder === null ? 0 : countPortions(visit.portions)), 0);
  const metres = stops.reduce((sum, stop) => sum + stop.travel[1], 0);
  const missing = today.length - served.length;
  return [
    { name: say("map.served"), value: served.length, small: ` / ${today.length}`, kind: missing ? "alarm" : "" },
    {
      name: say("map.on_time"),
      value: served.length ? `${Math.floor(((served.length - late) / served.length) * 100)}%` : "–",
      small: late ? ` ${say("map.late_count", { count: late })}` : "",
      kind: "late",
    },
    { name: say("map.portions"), value: portions },
    { name: say("map.workers"), value: new Set(routesToday().map((route) => route.worker)).size },
    { name: say("map.distance"), value: kilometres(metres), small: " km" },
    ...(data.cost_cents === null ? [] : [costCard()]),
  ];
}

function costCard() {
  const bound = data.lower_bound_cents;
  const gap = bound ? ` ${say("map.gap")} ${(((data.cost_cents - bound) / bound) * 100).toFixed(1)}%` : "";
  return { name: say("map.cost"), value: yuan(data.cost_cents), small: gap };
}

function card({ name, value, small = "", kind = "" }) {
  return make("div", { class: kind }, make("dt", {}, name), make("dd", {}, String(value), make("small", {}, small)));
}

// ---- side panel

function drawSide() {
  byId("search").placeholder = say("map.search");
  byId("search").setAttribute("aria-label", say("map.search"));
  const missing = visitsToday().filter((visit) => visit.state === "unassigned");
  drawTab("workers", say("map.worker"), routesToday().length, "");
  drawTab("unassigned", say("map.unassigned"), missing.length, missing.length ? "alarm" : "");
  byId("found").hidden = !state.search;
  byId("workers").hidden = Boolean(state.search) || state.tab !== "workers";
  byId("unassigned").hidden = Boolean(state.search) || state.tab !== "unassigned";
  byId("show-all").textContent = say("map.all");
  byId("hide-all").textContent = say("map.none");
  byId("worker-list").replaceChildren(...routesToday().map((route) => make("li", {}, workerRow(route))));
  byId("unassigned").replaceChildren(
    ...(missing.length ? missing.map(unassignedCase) : [make("p", { class: "empty" }, say("map.everyone_served"))]),
  );
  if (state.search) drawFound();
  const chosen = byId("side").querySelector(".row.selected, .case.selected");
  if (chosen) chosen.scrollIntoView({ block: "nearest" });
}

function drawTab(name, title, count, kind) {
  const tab = byId(`tab-${name}`);
  tab.replaceChildren(`${title} `, make("span", { class: `count ${kind}` }, String(count)));
  tab.setAttribute("aria-selected", String(state.tab === name));
}

function modeText(route) {
  return [sayOr(`mode.${route.mode}`, route.mode), route.vehicle].filter(Boolean).join(" ");
}

function workerRow(route) {
  const isOff = state.hidden.has(route.idx);
  const swatch = make("button", { class: "swatch", type: "button", "aria-pressed": String(!isOff), onclick: () => toggle(route) });
  swatch.style.background = isOff ? "transparent" : route.colour;
  swatch.style.borderColor = route.colour;
  swatch.style.borderStyle = route.dash.length ? "dashed" : "solid";
  swatch.textContent = isOff ? "" : "✓";
  swatch.title = say("map.toggle");
  swatch.setAttribute("aria-label", `${say("map.toggle")}: ${route.name}`);
  const late = route.visits.filter((stop) => visits[stop.visit].state === "late").length;
  const facts = [say("map.stops", { count: route.visits.length }), `${clock(route.from)}–${clock(route.until)}`, modeText(route)];
  const text = make("button", { class: "text", type: "button", onclick: () => showRoute(route) },
    make("strong", {}, route.name), make("span", {}, facts.join(" · ")));
  const badge = late ? make("span", { class: "late", title: say("map.late_count", { count: late }) }, `▲ ${late}`) : null;
  const row = make("div", { class: "row" }, swatch, text, badge);
  row.classList.toggle("off", isOff);
  row.classList.toggle("selected", selectedRoutes().has(route.idx));
  return row;
}

function toggle(route) {
  const hidden = new Set(state.hidden);
  if (!hidden.delete(route.idx)) hidden.add(route.idx);
  change({ hidden });
}

function showRoute(route) {
  select("route", route.idx);
  fitTo(route.stops.map((stop) => stop.xy), 70);
}

function unassignedCase(visit) {
  const item = unassignedByVisit.get(visit.idx);
  const windows = visit.windows.map(([from, until]) => `${clock(from)}–${clock(until)}`).join(", ");
  const head = make("button", { type: "button", onclick: () => showVisit(visit) },
    make("strong", {}, visit.name),
    make("div", { class: "soft" }, [visit.service, windows, portionsText(visit.portions)].filter(Boolean).join(" · ")));
  const box = make("div", { class: "case" }, head, ...(item ? reasonLists(item) : []));
  box.classList.toggle("selected", selectedVisits().has(visit.idx));
  return box;
}

function reasonLists(item) {
  const reasons = item.reasons.map((reason) => make("li", { class: "text" }, make("b", {}, say(`rule.${reason.rule}`)), ` ${reason.message}`));
  const remedies = item.remedies.map((remedy) => make("li", { class: "text remedy" },
    make("b", {}, say(`remedy.${remedy.kind}`)), ` ${remedy.message} `,
    make("em", {}, `${remedy.cents < 0 ? "−" : "+"}${yuan(Math.abs(remedy.cents))}`)));
  return [
    make("h4", {}, say("map.reasons")),
    reasons.length ? make("ul", {}, reasons) : make("p", { class: "soft" }, say("map.no_reasons")),
    make("h4", {}, say("map.remedies")),
    remedies.length ? make("ul", {}, remedies) : make("p", { class: "soft" }, say("map.no_remedies")),
    item.tried ? make("p", { class: "soft" }, say("map.tried", { count: item.tried })) : null,
  ];
}

function showVisit(visit) {
  select("visit", visit.idx);
  reveal(visit.xy);
}

function drawFound() {
  const wanted = state.search.toLowerCase();
  const has = (...texts) => texts.some((text) => text.toLowerCase().includes(wanted));
  const people = elders.filter((elder) => has(elder.name, elder.address, elder.phone, elder.id)).slice(0, 60);
  const rows = [
    ...routesToday().filter((route) => has(route.name, route.worker)).map(workerRow),
    ...people.map((elder) => make("div", { class: "row" },
      make("button", { class: "text", type: "button", onclick: () => { selectElder(elder); reveal(elder.xy); } },
        make("strong", {}, elder.name), make("span", {}, elder.address)),
      make("span", { class: `chip ${stateOfElder(elder)}` }, say(`map.state.${stateOfElder(elder)}`)))),
  ];
  byId("found").replaceChildren(...(rows.length ? rows : [make("p", { class: "empty" }, say("map.nothing_found"))]));
}

// ---- details of what is selected

function drawDetails() {
  const box = byId("details");
  box.hidden = !state.selected;
  if (!state.selected) return;
  const { kind, idx } = state.selected;
  const parts = { visit: () => visitCard(visits[idx]), elder: () => elderCard(elders[idx]), station: () => stationCard(stations[idx]), route: () => routeCard(routes[idx]) }[kind]();
  const close = make("button", { class: "close", type: "button", "aria-label": say("map.close"), onclick: () => change({ selected: null }, "selection") }, "✕");
  const head = make("div", { class: "card-head" }, make("div", {}, make("h2", {}, parts.title), ...parts.lines.map((line) => make("p", {}, line)), chips(parts.chips || [])), close);
  box.replaceChildren(head, make("div", { class: "card-body" }, parts.body));
}

function chips(items) {
  return items.length ? make("div", { class: "chips" }, items.map(([text, kind]) => make("span", { class: `chip ${kind}` }, text))) : null;
}

function elderHead(elder) {
  const door = [say("floor", { floor: elder.floor }), say(elder.lift ? "lift" : "no_lift"), elder.phone].filter(Boolean).join(" · ");
  const diet = elder.diet === "normal" ? [] : [[sayOr(`diet.${elder.diet}`, elder.diet), ""]];
  const groups = elder.groups.map((group) => [sayOr(`group.${group}`, group), ""]);
  return { title: elder.name, lines: [elder.address, door].filter(Boolean), chips: [...diet, ...groups] };
}

function visitCard(visit) {
  const head = visit.elder === null ? { title: visit.name, lines: [], chips: [] } : elderHead(elders[visit.elder]);
  return { ...head, body: [visitEntry(visit)] };
}

function elderCard(elder) {
  const today = elder.visits.filter((visit) => visit.day === state.day);
  const body = today.length ? today.map(visitEntry) : [make("p", { class: "soft" }, say("map.state.none"))];
  return { ...elderHead(elder), body };
}

function visitEntry(visit) {
  const chip = make("span", { class: `chip ${visit.state}` }, visit.late_s ? say("map.late_by", { minutes: minutesOf(visit.late_s) }) : say(`map.state.${visit.state}`));
  const windows = visit.windows.map(([from, until]) => `${clock(from)}–${clock(until)}`).join(", ");
  const item = unassignedByVisit.get(visit.idx);
  return make("div", { class: "entry" },
    make("div", { class: "line" }, make("b", {}, visit.service), chip),
    ...visit.calls.map(callLine),
    make("p", { class: "soft" }, `${say("map.window")} ${windows}`),
    visit.priority ? make("p", { class: "soft" }, `${say("map.priority")} ${visit.priority}`) : null,
    countPortions(visit.portions) ? make("p", {}, portionsText(visit.portions)) : null,
    visit.note ? make("p", { class: "soft" }, visit.note) : null,
    ...linkedVisits(visit),
    ...(item ? reasonLists(item) : []));
}

function callLine({ route, stop }) {
  const { start, end, travel } = routes[route].stops[stop];
  return make("div", {},
    make("div", { class: "line" }, make("time", {}, `${clock(start)}–${clock(end)}`),
      make("button", { class: "link", type: "button", onclick: () => showRoute(routes[route]) }, routes[route].name)),
    make("p", { class: "soft" }, say("map.travel_of", { minutes: minutesOf(travel[0]), km: kilometres(travel[1]) })));
}

function linkedVisits(visit) {
  const others = data.links.filter((link) => link.includes(visit.idx)).map(([a, b]) => visits[a === visit.idx ? b : a]);
  if (!others.length) return [];
  return [make("h4", {}, say("map.linked")), ...others.map((other) =>
    make("button", { class: "link", type: "button", onclick: () => showVisit(other) }, `${other.service} · ${other.name}`))];
}

function stationCard(station) {
  const loads = routesToday().flatMap((route) => route.stops.filter((stop) => stop.kind === "load" && stop.station === station.idx).map((stop) => ({ route, stop })));
  loads.sort((a, b) => a.stop.start - b.stop.start);
  const waves = station.waves.filter((wave) => Math.floor(wave.ready / DAY_S) === state.day);
  return {
    title: station.name,
    lines: [sayOr(`kind.${station.kind}`, station.kind)],
    body: [
      ...(waves.length ? [make("h4", {}, say("map.supply")), ...waves.map((wave) => make("p", {}, `${clock(wave.ready)}  ${portionsText(wave.portions)}`))] : []),
      make("h4", {}, loads.length ? say("map.loadings") : say("map.no_loadings")),
      ...loads.map(({ route, stop }) => make("div", { class: "entry" },
        make("div", { class: "line" }, make("b", {}, clock(stop.start)), make("button", { class: "link", type: "button", onclick: () => showRoute(route) }, route.name)),
        make("p", { class: "soft" }, portionsText(stop.load)))),
    ],
  };
}

function routeCard(route) {
  const metres = route.stops.reduce((sum, stop) => sum + stop.travel[1], 0);
  const facts = [say("map.stops", { count: route.visits.length }), `${kilometres(metres)} km`, `${clock(route.from)}–${clock(route.until)}`];
  return {
    title: route.name,
    lines: [[modeText(route), route.phone].filter(Boolean).join(" · "), facts.join(" · ")],
    body: route.stops.filter((stop) => stop.kind !== "start").map(stopLine),
  };
}

function stopLine(stop) {
  const isLate = stop.kind === "visit" && visits[stop.visit].state === "late";
  const onclick = () => {
    if (stop.kind === "visit") showVisit(visits[stop.visit]);
    else reveal(stop.xy);
  };
  return make("button", { class: `stop ${stop.kind} ${isLate ? "late" : ""}`, type: "button", onclick },
    make("span", { class: "number" }, stop.number === null ? "" : String(stop.number)),
    make("time", {}, clock(stop.start)), make("span", { class: "name" }, titleOfStop(stop)));
}

// ---- legends

const SHAPES = ["served", "late", "unassigned", "none", "priority"];

function drawLegends() {
  byId("legend").replaceChildren(...SHAPES.map((shape) => {
    const canvas = make("canvas");
    const isPriorityShape = shape === "priority";
    drawMark(prepare(canvas, 16, 16), [8, 8], isPriorityShape ? "served" : shape, COLOURS[0], 4, isPriorityShape);
    return make("li", {}, canvas, isPriorityShape ? say("map.priority") : say(`map.state.${shape}`));
  }));
  const bars = [["travel", say("travel")], ["wait", say("wait")], ["load", say("load")], ["visit", say("visit")], ["late", say("map.state.late")], ["break", say("break")]];
  byId("bar-legend").replaceChildren(...bars.map(([kind, text]) => make("li", {}, make("i", { class: kind }), text)));
  for (const [id, key] of [["zoom-in", "map.zoom_in"], ["zoom-out", "map.zoom_out"], ["zoom-fit", "map.fit"], ["stretch-in", "map.zoom_in"], ["stretch-out", "map.zoom_out"]]) {
    byId(id).title = say(key);
    byId(id).setAttribute("aria-label", say(key));
  }
  byId("map").setAttribute("aria-label", say("map.map"));
  byId("timeline").setAttribute("aria-label", say("map.timeline"));
  byId("speed").setAttribute("aria-label", say("map.speed"));
  byId("corner").textContent = "";
}

// ---- wiring

byId("language").addEventListener("click", (event) => {
  if (event.target.dataset.language) change({ language: event.target.dataset.language });
});
byId("day").addEventListener("change", (event) => startDay(Number(event.target.value)));
byId("search").addEventListener("input", (event) => change({ search: event.target.value.trim() }, "side"));
byId("tab-workers").addEventListener("click", () => change({ tab: "workers", search: clearSearch() }, "side"));
byId("tab-unassigned").addEventListener("click", () => change({ tab: "unassigned", search: clearSearch() }, "side"));
byId("show-all").addEventListener("click", () => change({ hidden: new Set() }));
byId("hide-all").addEventListener("click", () => change({ hidden: new Set(routes.map((route) => route.idx)) }));
addEventListener("keydown", (event) => {
  if (event.key === "Escape") change({ selected: null }, "selection");
});
new ResizeObserver(() => change({}, "view")).observe(byId("map"));
new ResizeObserver(() => change({}, "view")).observe(byId("chart"));

function clearSearch() {
  byId("search").value = "";
  return "";
}

function startDay(day) {
  change({ day, selected: null, playing: false });
  const today = routesToday();
  const middleOf = today.length ? (Math.min(...today.map((r) => r.from)) + Math.max(...today.map((r) => r.until))) / 2 : day * DAY_S + 43200;
  change({ now: middleOf });
}

drawers.push({ needs: [], draw: drawHeader });
drawers.push({ needs: [], draw: drawLegends });
drawers.push({ needs: ["selection", "side"], draw: drawSide });
drawers.push({ needs: ["selection"], draw: drawDetails });
startDay(days[0]);
fitAll();

"use strict";
// The sections of the page, drawn anew when the language changes; what was chosen stays chosen.

const MAIN = ["running_cents", "num_unserved", "good_share", "food_age_p95_s", "known_worker_share", "workload_gini", "paid_duration_s", "overtime_s", "travel_distance_m", "num_workers_used"];
const chosen = { table: "main", sort: null, down: false, effect: "running_cents", cost: "running_cents", service: "good_share", map: 0 };

function section(title, lead, ...children) {
  return make("section", {}, make("h2", {}, title), lead ? make("p", { class: "lead" }, lead) : null, ...children);
}

function select(name, options, label) {
  const element = make("select", { onchange: (event) => { chosen[name] = event.target.value; show(); } });
  for (const [value, text] of options) element.append(make("option", { value, selected: String(chosen[name]) === String(value) ? "selected" : null }, text));
  return make("label", {}, label, element);
}

const isThere = (key) => data.variants.some((variant) => variant.mean[key] !== undefined);

function tableSection() {
  const keys = Object.keys(data.figures).filter((key) => isThere(key) && (chosen.table === "all" || MAIN.includes(key)));
  const starred = new Set(Object.values(data.fronts[`${chosen.cost}/${chosen.service}`] || {}).flat());
  const rows = data.variants.map((variant, position) => ({ variant, position }));
  if (chosen.sort) {
    const value = (row) => row.variant.mean[chosen.sort] ?? Infinity;
    rows.sort((a, b) => (chosen.down ? value(b) - value(a) : value(a) - value(b)));
  }
  const head = make("tr", {}, make("th", {}, word("variant")), keys.map((key) => make("th", { "aria-sort": chosen.sort === key ? (chosen.down ? "descending" : "ascending") : null },
    make("button", { type: "button", onclick: () => { chosen.down = chosen.sort === key && !chosen.down; chosen.sort = key; show(); } }, figureName(key), make("br"), make("small", {}, unitOf(key))))));
  const body = rows.map(({ variant, position }) => make("tr", { class: position === 0 ? "base" : null },
    make("td", {}, nameOf(variant), starred.has(position) ? make("span", { class: "star" }, " ★") : null),
    keys.map((key) => cell(variant, key))));
  return section(word("table_title"), word("table_lead"),
    make("div", { class: "controls" }, select("table", [["main", word("show_main")], ["all", word("show_all")]], word("show"))),
    make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, body))));
}

function cell(variant, key) {
  const mean = variant.mean[key], difference = variant.difference[key];
  if (mean === undefined) return make("td", {}, "–");
  const clear = isClear(difference), tone = difference ? verdict(key, difference[0]) : "";
  const seeds = variant.by_seed[key].map((value) => shown(key, value)).join("  ");
  const interval = difference && difference[1] !== null ? `\n95 %: ${shownMore(key, difference[1])} … ${shownMore(key, difference[2])}` : "";
  return make("td", { class: clear && tone ? `tint-${tone}` : null, tip: `${nameOf(variant)}\n${withUnit(key)}\n${word("seeds")}: ${seeds}${interval}` },
    shown(key, mean), difference ? make("small", { class: `${tone} ${clear ? "clear" : ""}` }, shownMore(key, difference[0])) : null);
}

function effectsSection() {
  if (!data.effects.length) return null;
  const keys = Object.keys(data.figures).filter((key) => data.effects.some((effect) => effect.difference[key]));
  const key = chosen.effect;
  const rows = data.effects.filter((effect) => effect.difference[key]).map((effect) => {
    const d = effect.difference[key];
    return { label: `${effect.axis}: ${effect.level}`, d: d.map((value, i) => (value === null || i === 3 ? value : inUnit(key, value))), clear: isClear(d), tone: verdict(key, d[0]), value: shownMore(key, d[0]),
      tip: `${effect.axis}: ${effect.level}\n${word("against")} ${effect.against}\n${withUnit(key)}: ${shownMore(key, d[0])}` + (d[1] === null ? "" : `\n95 %: ${shownMore(key, d[1])} … ${shownMore(key, d[2])}`) };
  });
  return section(word("effects_title"), word("effects_lead"),
    make("div", { class: "controls" }, select("effect", keys.map((each) => [each, figureName(each)]), word("figure"))),
    rows.length ? forest({ width: 960, rows, title: withUnit(key) }) : null);
}

function frontSection() {
  const { cost, service } = chosen;
  const groups = data.fronts[`${cost}/${service}`] || {};
  const at = (variant) => ({ x: inUnit(cost, variant.mean[cost]), y: inUnit(service, variant.mean[service]) });
  const series = Object.entries(groups).map(([name, front], rank) => {
    const own = data.variants.map((variant, position) => ({ variant, position })).filter(({ variant }) => variant.curve === null && variant.circumstance === name && variant.mean[cost] !== undefined && variant.mean[service] !== undefined);
    return { name, colour: COLOURS[rank % COLOURS.length], line: front.map((position) => at(data.variants[position])),
      points: own.map(({ variant, position }) => ({ ...at(variant), solid: front.includes(position), label: front.includes(position) ? nameOf(variant) : null,
        tip: `${nameOf(variant)}\n${withUnit(cost)}: ${shown(cost, variant.mean[cost])}\n${withUnit(service)}: ${shown(service, variant.mean[service])}` })) };
  }).filter((each) => each.points.length);
  const there = (keys) => keys.filter(isThere).map((key) => [key, figureName(key)]);
  if (!series.length) return null;
  return section(word("front_title"), word("front_lead"),
    make("div", { class: "controls" }, select("cost", there(data.costs), word("cost")), select("service", there(data.services), word("service"))),
    make("div", { class: "two" },
      make("div", {}, plot({ width: 720, height: 430, xTitle: withUnit(cost), yTitle: withUnit(service), series }), legend(series)),
      make("div", {}, make("h3", {}, word("on_front")), frontTable(series, groups))));
}

function legend(series) {
  if (series.length < 2) return null;
  return make("div", { class: "legend" }, series.map((each) => {
    const mark = make("i", {});
    mark.style.background = each.colour;
    return make("span", {}, mark, each.name.replaceAll("as-is", word("as-is")));
  }));
}

function frontTable(series, groups) {
  const { cost, service } = chosen;
  const rows = series.flatMap(({ name }) => groups[name].map((position) => data.variants[position]));
  return make("div", { class: "scroll" }, make("table", {},
    make("thead", {}, make("tr", {}, make("th", {}, word("variant")), make("th", {}, unitOf(cost) || figureName(cost)), make("th", {}, unitOf(service) || figureName(service)))),
    make("tbody", {}, rows.map((variant) => make("tr", {}, make("td", {}, nameOf(variant)), make("td", {}, shown(cost, variant.mean[cost])), make("td", {}, shown(service, variant.mean[service])))))));
}

function curvesSection() {
  const charts = data.curves.filter((curve) => curve.points.some((point) => point.price)).map((curve, rank) => {
    const isLimit = curve.promise === "hot-meal";
    const there = curve.points.filter((point) => point.price && (isLimit || point.measure !== null));
    const yuan = (value) => (value === null ? null : value / 100);
    const valueText = (point) => `${word(`value.${curve.promise}`)}: ${number(curve.promise === "fairness" ? point.value / 100 : point.value, 0)}`;
    const points = there.map((point) => ({
      x: isLimit ? point.value : inUnit(curve.measure, point.measure), y: yuan(point.price[0]), low: yuan(point.price[1]), high: yuan(point.price[2]), solid: true,
      label: number(curve.promise === "fairness" ? point.value / 100 : point.value, 0),
      tip: `${curve.name} ${point.value}\n${valueText(point)}\n${point.measure === null ? "" : `${withUnit(curve.measure)}: ${shown(curve.measure, point.measure)}\n`}${word("price")}: ${signed(yuan(point.price[0]), 0)} ${word("unit.yuan")}\n${word("unserved")}: ${point.unserved ? signed(point.unserved[0], 1) : "–"}` }));
    const colour = COLOURS[rank % COLOURS.length];
    const title = word(`promise.${curve.promise}`) + (curve.under.length ? ` · ${word("under")} ${curve.under.join(" · ")}` : "");
    return make("div", {}, make("h3", {}, title), plot({ width: 520, height: 300, xTitle: isLimit ? word("value.hot-meal") : withUnit(curve.measure), yTitle: `${word("price")} (${word("unit.yuan")})`,
      xTicks: isLimit ? there.map((point) => point.value) : null, series: [{ name: curve.name, colour, points, line: points }] }), curveTable(curve, there));
  });
  return charts.length ? section(word("curves_title"), word("curves_lead"), make("div", { class: "charts" }, charts)) : null;
}

function curveTable(curve, points) {
  const head = [word(`value.${curve.promise}`), withUnit(curve.measure), word("price"), word("unserved")];
  return make("div", { class: "scroll" }, make("table", {}, make("thead", {}, make("tr", {}, head.map((text) => make("th", {}, text)))), make("tbody", {}, points.map((point) => make("tr", {},
    make("td", {}, number(curve.promise === "fairness" ? point.value / 100 : point.value, 0)),
    make("td", {}, point.measure === null ? "–" : shown(curve.measure, point.measure)),
    make("td", {}, signed(point.price[0] / 100, 0), point.price[1] === null ? null : make("small", { class: isClear(point.price) ? "clear" : "" }, `${signed(point.price[1] / 100, 0)} … ${signed(point.price[2] / 100, 0)}`)),
    make("td", {}, point.unserved ? signed(point.unserved[0], 1) : "–"))))));
}

function mapSection() {
  const others = data.variants.slice(1);
  if (!others.length) return null;
  const position = Number(chosen.map);
  const counted = make("div", { class: "legend" }, Object.entries(FATES).map(([fate, colour]) => {
    const mark = make("i", {});
    mark.style.background = colour;
    const num = (data.map.elder_fates[position] || []).filter(([, more, later]) => fateOf(more, later) === fate).length;
    return make("span", {}, mark, word(fate) + (fate === "same" || !data.map.elders.length ? "" : ` ${num}`));
  }));
  return section(word("map_title"), word("map_lead"),
    make("div", { class: "controls" }, select("map", others.map((variant, rank) => [rank, nameOf(variant)]), word("variant"))),
    make("div", { class: "two" }, make("div", {}, make("div", { class: "map" }, fateMap(position)), counted), make("div", {}, groupTable(position + 1), communityTable(position))));
}

function groupTable(position) {
  const rows = Object.entries(data.groups).filter(([, tallies]) => tallies[0] && tallies[position]);
  if (!rows.length) return null;
  const share = ([visits, unserved]) => (visits ? 100 * unserved / visits : 0);
  return make("div", {}, make("h3", {}, word("group")), make("div", { class: "scroll" }, make("table", {},
    make("thead", {}, make("tr", {}, ["group", "visits", "unserved_now", "unserved_change"].map((key) => make("th", {}, word(key))))),
    make("tbody", {}, rows.map(([name, tallies]) => {
      const more = share(tallies[position]) - share(tallies[0]);
      return make("tr", {}, make("td", {}, word(`group.${name}`)), make("td", {}, number(tallies[position][0], 0)), make("td", {}, `${number(share(tallies[position]), 1)} %`), toned(more, 1));
    })))));
}

function toned(more, digits) {
  const text = signed(more, digits);
  return make("td", {}, make("small", { class: /[1-9]/.test(text) ? (more > 0 ? "bad" : "good") : "" }, text));
}

function communityTable(position) {
  const rows = data.map.communities[position];
  if (!rows.length) return null;
  return make("div", {}, make("h3", {}, word("community")), make("div", { class: "scroll" }, make("table", {},
    make("thead", {}, make("tr", {}, ["community", "visits", "unserved_change", "later_min"].map((key) => make("th", {}, word(key) + (key === "unserved_change" ? " %" : ""))))),
    make("tbody", {}, rows.map(([name, , , visits, more, later]) => make("tr", {}, make("td", {}, name), make("td", {}, number(visits, 0)), toned(100 * more, 1), toned(later, 1)))))));
}

function methodSection() {
  const told = [word("method_search", { search: data.search }), word("method_seeds", { seeds: data.seeds.join(", ") }), word("method_prices"), word("method_interval")];
  const changes = data.variants.filter((variant) => variant.changes.length).map((variant) => make("li", {}, make("b", {}, nameOf(variant)), " ", make("code", {}, variant.changes.join("; "))));
  return section(word("method_title"), null, make("div", { class: "method" }, told.map((text) => make("p", {}, text)),
    make("details", {}, make("summary", {}, word("method_changes")), make("ul", {}, changes)), make("p", {}, `Yizhan ${data.version}`)));
}

function faultsSection() {
  if (!data.faults.length) return null;
  return section(`${word("faults")}: ${data.faults.length}`, null, make("ul", { class: "faults" }, data.faults.slice(0, 50).map((fault) => make("li", {}, `${fault.variant} (${fault.seed}): ${fault.text}`))));
}

function show() {
  tip.hidden = true;
  document.documentElement.lang = language;
  document.title = data.name;
  document.getElementById("title").textContent = data.name;
  document.getElementById("subtitle").textContent = [data.description, `${word("base")}: ${data.base}`].filter(Boolean).join(" · ");
  const cards = [["variants", data.variants.length], ["seeds", data.seeds.length], ["runs", data.num_runs === data.num_asked ? data.num_runs : `${data.num_runs} / ${data.num_asked}`]];
  if (data.faults.length) cards.push(["faults", data.faults.length]);
  document.getElementById("cards").replaceChildren(...cards.map(([key, value]) => make("div", { class: key === "faults" ? "alarm" : null }, make("dt", {}, word(key)), make("dd", {}, String(value)))));
  for (const button of document.querySelectorAll("#language button")) button.setAttribute("aria-pressed", button.dataset.language === language);
  const scrolled = scrollY;
  const sections = [faultsSection(), frontSection(), effectsSection(), tableSection(), curvesSection(), mapSection(), methodSection()];
  document.getElementById("main").replaceChildren(...sections.filter(Boolean));
  scrollTo(0, scrolled);
}

for (const button of document.querySelectorAll("#language button")) button.addEventListener("click", () => { language = button.dataset.language; show(); });
const numChanged = (position) => (data.variants[position + 1].curve === null ? (data.map.elder_fates[position] || []).length : -1);
chosen.map = data.variants.slice(1).reduce((best, _, position) => (numChanged(position) > numChanged(best) ? position : best), 0);
if (!isThere(chosen.service)) chosen.service = data.services.find(isThere) || chosen.service;
show();

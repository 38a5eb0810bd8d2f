// A plan on the map: Leaflet on canvas, one GeoJSON collection per layer, the problem's own streets as base.
import { leaflet as L } from "nicegui-leaflet";
import { clock, escapeHtml, load, loadStyle, spoken } from "/console/static/drawing.js";
import { Drag } from "/console/static/drag.js";
import { Mark } from "/console/static/marks.js";

const GRIP_PX = 12;
const STOP_PX = 14;
const ROUTE_PX = 24;

export default {
  template: '<div tabindex="0"></div>',
  props: { base: String, day: Number, words: Object, colours: Object, tiles: String, resourcePath: String, changes: Object, against: String, changedWorkers: Array },
  created() {
    this.made = new Promise((resolve) => { this.tellMade = resolve; });
  },
  async mounted() {
    await this.$nextTick(); // the prefix is set by then
    await loadStyle(`${window.path_prefix}${this.resourcePath}/leaflet/leaflet.css`);
    this.map = L.map(this.$el, {
      preferCanvas: true, zoomControl: true, attributionControl: Boolean(this.tiles), zoomSnap: 0.5, center: [39.9, 116.4], zoom: 13,
    });
    this.panes();
    if (this.tiles) L.tileLayer(this.tiles, { maxZoom: 19 }).addTo(this.map);
    this.layers = {};
    for (const name of ["streets", "routes", "elders", "stations", "workers"]) this.layers[name] = L.layerGroup().addTo(this.map);
    this.routes = new Map(); this.marks = new Map(); this.stations = new Map();
    this.group = ""; this.spot = { visit_ids: [], worker_ids: [], elder_id: null, link_visit_ids: [] };
    this.clock = { time_s: null, speed: 0, since: 0 };
    this.asksPlace = false;
    this.map.on("click", ({ latlng }) => {
      if (this.asksPlace) this.$emit("ground", { lon: latlng.lng, lat: latlng.lat });
      else this.$emit("pick", { kind: null, id: "" });
    });
    // By keyboard the map is moved below the cross in its middle, and Enter takes the place there.
    this.$el.addEventListener("keydown", (event) => {
      const { lng: lon, lat } = this.map.getCenter();
      if (this.asksPlace && event.key === "Enter" && event.target === this.$el) this.$emit("ground", { lon, lat });
    });
    const streets = this.tiles ? null : load(`${this.base}/streets`);
    await this.draw(this.base);
    if (this.against) this.drawBefore(await load(`${this.base}/../${this.against}/routes`));
    this.drag = new Drag(this.$el, {
      find: (x, y) => this.markAt(x, y),
      follow: (mark, x, y) => this.placeOf(mark, x, y),
      click: () => {}, // which the map sees itself
      lift: (mark) => mark.closeTooltip(),
      drop: (mark, { worker, time_s }) => this.$emit("drop", { kind: mark.facts.kind, id: mark.facts.id, to_id: worker, time_s }),
      scroll: () => {},
      end: () => this.aimAt(null),
    });
    this.tellMade();
    await this.fit();
    this.$emit("ready", {});
    this.sizes = new ResizeObserver(() => this.map.invalidateSize());
    this.sizes.observe(this.$el);
    if (streets) this.drawStreets(await streets);
    this.$el.dataset.ready = "1";
    requestAnimationFrame(this.tick);
  },
  beforeUnmount() {
    cancelAnimationFrame(this.frame);
    this.sizes?.disconnect();
    this.drag?.end();
    this.map?.remove();
  },
  methods: {
    ...spoken({
      // Go on from the plan `before` to another by the features that differ; a map that shows anything else loads all.
      change(base, before, { places, routes }) {
        if (this.$el.dataset.plan !== before) return this.draw(base);
        this.shown = base;
        for (const { id } of [...places.put, ...routes.put]) this.takeAway(id);
        for (const id of [...places.drop, ...routes.drop]) this.takeAway(id);
        this.show(base, places.put, routes.put);
      },
      letMove(isMovable) {
        this.isMovable = isMovable;
        this.$el.toggleAttribute("data-movable", isMovable);
      },
      light(spot) {
        this.spot = spot;
        this.restyle();
        this.$el.dataset.chosen = spot.elder_id ?? spot.visit_ids[0] ?? "";
        const bounds = this.litBounds();
        if (bounds && !this.map.getBounds().contains(bounds)) {
          this.map.fitBounds(bounds, { padding: [40, 40], maxZoom: 16, animate: false });
        }
      },
      showLayer(name, isShown) {
        const layer = this.layers[name];
        if (isShown) layer.addTo(this.map);
        else layer.remove();
      },
      showGroup(group) {
        this.group = group;
        this.restyle();
      },
      askPlace(isAsked) {
        this.asksPlace = isAsked;
        this.$el.classList.toggle("yz-asks-place", isAsked);
        if (!isAsked && this.place) { this.place.remove(); this.place = null; }
      },
      showPlace(lon, lat, radius_m) {
        if (this.place) this.place.remove();
        const style = { color: this.colours.black, weight: 3, fillColor: this.colours.yellow, fillOpacity: 0.5, interactive: false };
        this.place = radius_m ? L.circle([lat, lon], { ...style, radius: radius_m }) : L.circleMarker([lat, lon], { ...style, radius: 10 });
        this.place.addTo(this.map);
      },
      fit() {
        const bounds = L.latLngBounds([...this.marks.values()].map((mark) => mark.getLatLng()));
        if (bounds.isValid()) this.map.fitBounds(bounds, { padding: [12, 12], animate: false });
      },
      showTime(time_s, speed) {
        this.clock = { time_s, speed, since: performance.now() };
      },
    }),
    // Places and routes of a plan; streets, zoom and what is chosen stay as they are.
    async draw(base) {
      this.shown = base;
      const [places, routes] = await Promise.all([load(`${base}/places`), load(`${base}/routes`)]);
      if (this.shown !== base) return;
      for (const name of ["routes", "elders", "stations", "workers"]) this.layers[name].clearLayers();
      for (const drawn of [this.routes, this.marks, this.stations]) drawn.clear();
      this.show(base, places.features, routes.features);
    },
    show(base, places, routes) {
      this.drawPlaces(places);
      this.drawRoutes(routes);
      this.restyle();
      this.shown_s = null;
      this.$el.dataset.plan = base.split("/").pop();
    },
    takeAway(id) {
      const { routes, workers, elders, stations } = this.layers, route = this.routes.get(id);
      const drawn = [[routes, route?.line], [workers, route?.dot], [elders, this.marks.get(id)], [stations, this.stations.get(id)]];
      for (const [group, layer] of drawn) if (layer) group.removeLayer(layer);
      for (const known of [this.routes, this.marks, this.stations]) known.delete(id);
    },
    panes() {
      // One canvas per kind of layer, so that moving dots do not draw the streets anew.
      this.renderers = {};
      ["streets", "routes", "elders", "workers"].forEach((name, i) => {
        this.map.createPane(name).style.zIndex = 410 + 10 * i;
        if (name === "workers") this.map.getPane(name).style.pointerEvents = "none";
        this.renderers[name] = L.canvas({ pane: name, padding: 0.3, tolerance: name === "routes" ? 4 : 2 });
      });
    },
    drawStreets(collection) {
      L.geoJSON(collection, {
        renderer: this.renderers.streets, pane: "streets", interactive: false,
        style: { color: "#c9d1ce", weight: 1.6, opacity: 1, smoothFactor: 1.5 },
      }).addTo(this.layers.streets);
    },
    drawPlaces(features) {
      for (const { id, geometry, properties } of features) {
        const at = L.latLng(geometry.coordinates[1], geometry.coordinates[0]);
        if (properties.kind === "station") this.stations.set(id, this.drawStation(at, properties));
        else if (properties.days.includes(this.day)) this.marks.set(id, this.drawElder(at, properties));
      }
    },
    drawStation(at, facts) {
      const icon = L.divIcon({ className: "yz-station", html: "⌂", iconSize: [24, 24] });
      const marker = L.marker(at, { icon, alt: facts.name, title: facts.name, keyboard: false, zIndexOffset: 1000 });
      marker.bindTooltip(escapeHtml(facts.name), { direction: "top", offset: [0, -10] });
      this.layers.stations.addLayer(marker);
      return marker;
    },
    drawElder(at, facts) {
      const mark = new Mark(at, { renderer: this.renderers.elders, pane: "elders", bubblingMouseEvents: false });
      mark.facts = facts;
      const groups = (facts.groups || []).map((group) => this.words[`group.${group}`]).join("、");
      mark.bindTooltip(`<b>${escapeHtml(facts.name)}</b> · ${this.words[`state.${facts.state}`]}${groups ? `<br>${groups}` : ""}`);
      mark.on("click", () => this.$emit("pick", { kind: facts.kind, id: facts.id }));
      this.layers.elders.addLayer(mark);
      return mark;
    },
    drawRoutes(features) {
      const palette = ["blue", "green", "purple", "orange", "sky", "vermilion"].map((name) => this.colours[name]);
      for (const { id, geometry, properties } of features) {
        if (properties.day !== this.day) continue;
        const points = geometry.coordinates.map(([lon, lat]) => L.latLng(lat, lon));
        const colour = palette[properties.number % palette.length];
        const dashArray = Math.floor(properties.number / palette.length) % 2 ? "7 4" : null;
        const line = L.polyline(points, {
          renderer: this.renderers.routes, pane: "routes", color: colour, dashArray, bubblingMouseEvents: false, smoothFactor: 1,
        });
        line.bindTooltip(escapeHtml(properties.name), { sticky: true });
        line.on("click", () => this.$emit("pick", { kind: "worker", id: properties.id }));
        const dot = new Mark(points[0], {
          renderer: this.renderers.workers, pane: "workers", radius: 6, color: "#fff", weight: 2, fillColor: colour, fillOpacity: 1, interactive: false,
        });
        this.layers.routes.addLayer(line);
        this.routes.set(id, { facts: properties, colour, line, points, dot, lengths: lengths(points) });
      }
    },
    drawBefore(collection) {
      // The routes of changed workers in the plan compared with, below those of this one.
      for (const { geometry, properties } of collection.features) {
        if (properties.day !== this.day || !this.changedWorkers.includes(properties.id)) continue;
        const points = geometry.coordinates.map(([lon, lat]) => [lat, lon]);
        const style = { color: "#1d2b2a", weight: 2, opacity: 0.55, dashArray: "3 6", interactive: false };
        this.layers.routes.addLayer(L.polyline(points, { renderer: this.renderers.routes, pane: "routes", ...style }));
      }
    },
    restyle() {
      if (this.changes) return this.restyleChanges();
      const { worker_ids: workers, visit_ids: visits, elder_id: elder } = this.spot;
      const isLit = workers.length > 0 || elder !== null || visits.length > 0;
      const chosen = new Set(workers);
      for (const { facts, line, colour } of this.routes.values()) {
        const isOn = chosen.has(facts.id);
        line.setStyle({ color: colour, weight: isOn ? 5 : 1.8, opacity: isOn ? 1 : isLit ? 0.12 : 0.5 });
        if (isOn) line.bringToFront();
      }
      for (const mark of this.marks.values()) this.styleElder(mark, isLit);
      this.chosenMark()?.bringToFront();
    },
    // The chosen home, if it is at a point of the map and may be moved; any other is in the way of who moves the map.
    markAt(x, y) {
      if (!this.isMovable || this.asksPlace || !this.map.hasLayer(this.layers.elders)) return null;
      const mark = this.chosenMark();
      return mark && this.distance(mark.getLatLng(), x, y) <= GRIP_PX ? mark : null;
    },
    chosenMark() {
      const { elder_id: elder, visit_ids: visits } = this.spot;
      return this.marks.get(elder !== null ? `elder/${elder}` : `visit/${visits[0]}`);
    },
    // Where a visit would come that is held at a point: after a stop close by, or else after the part of a route before it.
    placeOf(mark, x, y) {
      const box = { left: x - 8, top: y - 8, width: 16, height: 16 };
      const stops = [...this.routes.values()].flatMap((route) => route.facts.stays.slice(0, -1).map(([, left_s, at]) => ({ route, left_s, at: route.points[at] })));
      const others = stops.filter(({ at }) => !at.equals(mark.getLatLng()));
      const stop = nearest(others, ({ at }) => this.distance(at, x, y), STOP_PX) || this.legAt(x, y);
      this.aimAt(stop?.route);
      if (!stop) return { box, worker: null, text: this.words["move.where"] };
      const { id, name } = stop.route.facts;
      return { box, worker: id, time_s: stop.left_s + 1, text: `${name} · ${clock(stop.left_s - 86400 * this.day)}` };
    },
    // The route below a point, with when it left the stop before.
    legAt(x, y) {
      const point = L.point(x, y);
      const parts = ({ points }) => points.slice(1).map((end, i) => L.LineUtil.pointToSegmentDistance(point, this.pixel(points[i]), this.pixel(end)));
      const around = L.latLngBounds([[-1, -1], [1, 1]].map(([dx, dy]) => this.map.containerPointToLatLng([x + dx * ROUTE_PX, y + dy * ROUTE_PX])));
      const near = [...this.routes.values()].filter(({ line }) => line.getBounds().intersects(around));
      const route = nearest(near, (each) => Math.min(...parts(each)), ROUTE_PX);
      if (!route) return null;
      const distances = parts(route), part = distances.indexOf(Math.min(...distances));
      const passed = route.facts.stays.filter(([, , at]) => at <= part);
      return { route, left_s: passed[passed.length - 1][1] };
    },
    // Let the route stand out on which something would be dropped.
    aimAt(route) {
      if (this.aim === route) return;
      this.restyle();
      this.aim = route;
      if (route) route.line.setStyle({ color: this.colours.black, weight: 6, opacity: 1 }).bringToFront();
    },
    pixel(at) {
      return this.map.latLngToContainerPoint(at);
    },
    distance(at, x, y) {
      return this.pixel(at).distanceTo([x, y]);
    },
    restyleChanges() {
      const looks = {
        added: { shape: "diamond", fillColor: this.colours.green, radius: 7 },
        dropped: { shape: "cross", color: "#000", radius: 6, weight: 4, fill: false },
        reassigned: { shape: "triangle", fillColor: this.colours.vermilion, radius: 6 },
        moved: { shape: "circle", fillColor: this.colours.blue, radius: 4.5 },
      };
      const changed = new Set(this.changedWorkers);
      for (const { facts, line } of this.routes.values()) line.setStyle(changed.has(facts.id) ? { weight: 3.5, opacity: 0.9 } : { weight: 1, opacity: 0.12 });
      for (const mark of this.marks.values()) {
        const kind = this.changes[mark.facts.id];
        const look = looks[kind] || { shape: "circle", fillColor: "#b9c2be", radius: 2.2 };
        mark.setStyle({ fill: true, color: "#fff", weight: 0.8, fillOpacity: 1, ...look });
        mark.setRadius(look.radius);
        if (kind) {
          mark.setTooltipContent(`<b>${escapeHtml(mark.facts.name)}</b> · ${this.words[`change.${kind}`]}`);
          mark.bringToFront();
        }
      }
    },
    styleElder(mark, isLit) {
      const { state, id, kind, groups, priority } = mark.facts;
      const isOn = kind === "elder" ? id === this.spot.elder_id : this.spot.visit_ids.includes(id);
      const isHidden = this.group && !(groups || []).includes(this.group);
      const look = {
        served: { shape: "circle", fillColor: this.colours.blue, radius: 3.6 },
        risk: { shape: "diamond", fillColor: this.colours.orange, radius: 5.5 },
        late: { shape: "triangle", fillColor: this.colours.vermilion, radius: 5.5 },
        unassigned: { shape: "cross", fillColor: "#000", radius: 5.5 },
      }[state];
      const isCross = look.shape === "cross";
      mark.setStyle({
        shape: look.shape, fillColor: look.fillColor, fill: !isCross,
        fillOpacity: isHidden ? 0.05 : isOn ? 1 : isLit ? 0.35 : 0.85,
        color: isOn ? this.colours.black : isCross ? "#000" : priority ? this.colours.black : "#fff",
        opacity: isHidden ? 0.05 : isLit && !isOn ? 0.4 : 1,
        weight: isOn ? 3 : isCross ? 3.5 : priority ? 1.4 : 0.8,
      });
      mark.setRadius(isOn ? 9 : look.radius);
    },
    litBounds() {
      const elder = this.chosenMark();
      if (elder && (this.spot.elder_id !== null || this.spot.visit_ids.length === 1)) {
        return L.latLngBounds([elder.getLatLng(), elder.getLatLng()]);
      }
      const lines = [...this.routes.values()].filter(({ facts }) => this.spot.worker_ids.includes(facts.id));
      return lines.length ? lines.reduce((all, { line }) => all.extend(line.getBounds()), L.latLngBounds([])) : null;
    },
    tick() {
      this.frame = requestAnimationFrame(this.tick);
      const { time_s, speed, since } = this.clock;
      if (time_s === null) return;
      const now_s = time_s + (speed * (performance.now() - since)) / 1000;
      if (now_s === this.shown_s) return;
      this.shown_s = now_s;
      for (const route of this.routes.values()) this.moveDot(route, now_s);
    },
    moveDot({ facts, points, dot, lengths }, now_s) {
      const stays = facts.stays;
      const isOut = now_s >= stays[0][1] && now_s <= stays[stays.length - 1][0];
      if (!isOut) return void this.layers.workers.removeLayer(dot);
      if (!this.layers.workers.hasLayer(dot)) this.layers.workers.addLayer(dot);
      dot.setLatLng(placeAt(stays, points, lengths, now_s));
    },
  },
};

// The thing closest by, if it is no farther than `most`.
function nearest(things, far, most) {
  let found = null, least = most;
  for (const thing of things) {
    const distance = far(thing);
    if (distance <= least) [found, least] = [thing, distance];
  }
  return found;
}

function lengths(points) {
  const sums = [0];
  for (let i = 1; i < points.length; i++) sums.push(sums[i - 1] + Math.hypot(points[i].lat - points[i - 1].lat, points[i].lng - points[i - 1].lng));
  return sums;
}

// Where a worker is: at the last stop reached, or on the way from there to the next one.
function placeAt(stays, points, sums, now_s) {
  let i = 0;
  while (i + 1 < stays.length && stays[i + 1][0] <= now_s) i++;
  const [, left_s, from] = stays[i];
  if (now_s <= left_s || i + 1 === stays.length) return points[from];
  const [arrival_s, , to] = stays[i + 1];
  const done = sums[from] + ((now_s - left_s) / Math.max(1, arrival_s - left_s)) * (sums[to] - sums[from]);
  let k = from;
  while (k + 1 < to && sums[k + 1] <= done) k++;
  const length = sums[k + 1] - sums[k];
  const share = length > 0 ? (done - sums[k]) / length : 0;
  return L.latLng(points[k].lat + share * (points[k + 1].lat - points[k].lat), points[k].lng + share * (points[k + 1].lng - points[k].lng));
}

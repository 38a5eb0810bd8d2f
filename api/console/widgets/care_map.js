// The care map: grounds (walking time, density or supply), homes and stations, each a GeoJSON collection of its own.
import { leaflet as L } from "nicegui-leaflet";
import { escapeHtml, load, loadStyle, spoken } from "/console/static/drawing.js";
import { Mark } from "/console/static/marks.js";

const GROUNDS = ["areas", "density", "communities"];
const POINTS = ["elders", "stations"];

export default {
  template: '<div tabindex="0"></div>',
  props: { base: String, words: Object, palette: Object, ground: String, tiles: String, resourcePath: String },
  created() {
    this.made = new Promise((resolve) => { this.tellMade = resolve; });
  },
  async mounted() {
    await this.$nextTick(); // the prefix is set by then
    await loadStyle(`${window.path_prefix}${this.resourcePath}/leaflet/leaflet.css`);
    this.map = L.map(this.$el, { preferCanvas: true, attributionControl: Boolean(this.tiles), zoomSnap: 0.5, center: [39.9, 116.4], zoom: 13 });
    L.control.scale({ imperial: false }).addTo(this.map);
    this.panes();
    if (this.tiles) L.tileLayer(this.tiles, { maxZoom: 19 }).addTo(this.map);
    this.layers = {};
    for (const name of ["grounds", "streets", "elders", "stations"]) this.layers[name] = L.layerGroup().addTo(this.map);
    this.shown = this.ground; this.group = ""; this.chosen = { kind: null, id: "" };
    this.map.on("click", () => this.$emit("pick", { kind: null, id: "" }));
    const names = [...GROUNDS, ...POINTS];
    const collections = await Promise.all(names.map((name) => load(`${this.base}/care/${name}`)));
    this.collections = Object.fromEntries(names.map((name, i) => [name, collections[i]]));
    this.drawElders();
    this.drawStations();
    this.drawGround();
    this.tellMade();
    await this.fit();
    this.sizes = new ResizeObserver(() => this.map.invalidateSize());
    this.sizes.observe(this.$el);
    if (!this.tiles) this.drawStreets(await load(`${this.base}/streets`));
    this.$el.dataset.ready = "1";
    this.$emit("ready", {});
  },
  beforeUnmount() {
    this.sizes?.disconnect();
    this.map.remove();
  },
  methods: {
    ...spoken({
      showGround(name) {
        this.shown = name;
        this.drawGround();
      },
      showLayer(name, isShown) {
        if (isShown) this.layers[name].addTo(this.map);
        else this.layers[name].remove();
      },
      showGroup(group) {
        this.group = group;
        this.restyleElders();
      },
      light(kind, id) {
        this.chosen = { kind, id };
        this.drawGround();
        this.restyleElders();
        this.layers.stations.eachLayer((marker) => marker._icon.classList.toggle("yz-station-on", kind === "station" && marker.facts.station_id === id));
        const marks = this.elders.filter(({ facts }) => (kind === "community" ? facts.community === id : facts.station_id === id));
        const bounds = L.latLngBounds(marks.map((mark) => mark.getLatLng()));
        if (kind && bounds.isValid() && !this.map.getBounds().contains(bounds)) this.map.fitBounds(bounds, { padding: [30, 30], maxZoom: 16, animate: false });
      },
      fit() {
        const places = [...this.elders.map((mark) => mark.getLatLng())];
        this.layers.stations.eachLayer((marker) => places.push(marker.getLatLng()));
        const bounds = L.latLngBounds(places);
        if (bounds.isValid()) this.map.fitBounds(bounds, { padding: [12, 12], animate: false });
      },
    }),
    panes() {
      this.renderers = {};
      ["grounds", "streets", "elders"].forEach((name, i) => {
        this.map.createPane(name).style.zIndex = 410 + 10 * i;
        if (name === "streets") this.map.getPane(name).style.pointerEvents = "none";
        this.renderers[name] = L.canvas({ pane: name, padding: 0.3, tolerance: name === "elders" ? 2 : 0 });
      });
    },
    drawStreets(collection) {
      const style = { color: "#8c9793", weight: 1, opacity: 0.45, smoothFactor: 1.5 };
      L.geoJSON(collection, { renderer: this.renderers.streets, pane: "streets", interactive: false, style }).addTo(this.layers.streets);
    },
    drawGround() {
      this.layers.grounds.clearLayers();
      const features = this.collections[this.shown].features.filter(({ properties }) => this.isOfChoice(properties));
      const layer = L.geoJSON(features, {
        renderer: this.renderers.grounds, pane: "grounds", bubblingMouseEvents: false,
        style: ({ properties }) => this.styleOf(properties),
        onEachFeature: ({ properties }, shape) => this.tellGround(properties, shape),
      });
      this.layers.grounds.addLayer(layer);
      if (this.shown !== "communities" && this.chosen.kind === "community") this.outline();
    },
    isOfChoice(facts) {
      if (this.shown !== "areas") return true;
      return facts.station_id === (this.chosen.kind === "station" ? this.chosen.id : null);
    },
    outline() {
      const feature = this.collections.communities.features.find(({ properties }) => properties.community === this.chosen.id);
      const style = { color: "#1d2b2a", weight: 2.5, fill: false, dashArray: "6 4", interactive: false };
      if (feature) this.layers.grounds.addLayer(L.geoJSON(feature, { renderer: this.renderers.grounds, pane: "grounds", interactive: false, style }));
    },
    styleOf(facts) {
      const colours = this.palette[this.shown];
      if (this.shown === "areas") return { stroke: false, fillColor: colours[this.minutes().indexOf(facts.minutes)], fillOpacity: 1 };
      const isOn = this.shown === "communities" && this.chosen.kind === "community" && facts.community === this.chosen.id;
      const isDim = this.shown === "communities" && this.chosen.kind === "community" && !isOn;
      return { color: isOn ? "#1d2b2a" : "#fff", weight: isOn ? 3 : 1, fillColor: colours[facts.class], fillOpacity: isDim ? 0.3 : 0.75 };
    },
    minutes() {
      return [...new Set(this.collections.areas.features.map(({ properties }) => properties.minutes))].sort((a, b) => a - b);
    },
    tellGround(facts, shape) {
      if (this.shown === "density") shape.bindTooltip(this.words.cell.replace("{count}", facts.elders).replace("{density}", facts.elders_per_km2), { sticky: true });
      if (this.shown !== "communities") return void shape.on("click", () => this.$emit("pick", { kind: null, id: "" }));
      shape.bindTooltip(`<b>${escapeHtml(facts.community)}</b><br>${this.words.supply.replace("{count}", facts.elders).replace("{places}", facts.places)}`, { sticky: true });
      shape.on("click", () => this.$emit("pick", { kind: "community", id: facts.community }));
    },
    drawElders() {
      this.elders = this.collections.elders.features.map(({ geometry, properties }) => {
        const at = L.latLng(geometry.coordinates[1], geometry.coordinates[0]);
        const mark = new Mark(at, { renderer: this.renderers.elders, pane: "elders", bubblingMouseEvents: false });
        mark.facts = properties;
        mark.bindTooltip(this.tellElder(properties));
        mark.on("click", () => this.$emit("pick", { kind: "community", id: properties.community }));
        this.layers.elders.addLayer(mark);
        return mark;
      });
      this.restyleElders();
    },
    tellElder({ name, community, groups, reach, walk_min }) {
      const walk = walk_min === null ? "" : ` · ${this.words.walk.replace("{minutes}", walk_min)}`;
      const words = groups.map((group) => this.words[`group.${group}`]).join("、");
      return `<b>${escapeHtml(name)}</b> · ${escapeHtml(community)}<br>${this.words[`reach.${reach}`]}${walk}${words ? `<br>${words}` : ""}`;
    },
    restyleElders() {
      const { kind, id } = this.chosen;
      for (const mark of this.elders) {
        const { community, station_id, groups, reach } = mark.facts;
        const isOff = (this.group && !groups.includes(this.group)) || (kind === "community" && community !== id) || (kind === "station" && station_id !== id);
        const look = this.palette.reach[reach];
        const isCross = look.shape === "cross";
        mark.setStyle({
          shape: look.shape, fill: !isCross, fillColor: look.colour, color: isCross ? look.colour : "#fff", weight: isCross ? 2.6 : 0.8,
          fillOpacity: isOff ? 0.06 : 0.95, opacity: isOff ? 0.08 : 1,
        });
        mark.setRadius(look.radius);
        if (reach === "beyond") mark.bringToFront();
      }
    },
    drawStations() {
      for (const { geometry, properties } of this.collections.stations.features) {
        const at = L.latLng(geometry.coordinates[1], geometry.coordinates[0]);
        const icon = L.divIcon({ className: "yz-station", html: "⌂", iconSize: [24, 24] });
        const marker = L.marker(at, { icon, alt: properties.name, keyboard: true, zIndexOffset: 1000 });
        const room = properties.room === null ? "∞" : properties.room;
        marker.bindTooltip(`<b>${escapeHtml(properties.name)}</b><br>${this.words.load.replace("{placed}", properties.elders_with_a_place).replace("{room}", room)}`, { direction: "top", offset: [0, -10] });
        marker.on("click", (event) => {
          L.DomEvent.stopPropagation(event);
          this.$emit("pick", { kind: "station", id: properties.station_id });
        });
        marker.facts = properties;
        this.layers.stations.addLayer(marker);
      }
    },
  },
};

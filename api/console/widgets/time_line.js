// Who does what when: a custom ECharts series, one row a route.
import { echarts } from "nicegui-echart";
import { clock, escapeHtml, load, spoken } from "/console/static/drawing.js";
import { Drag } from "/console/static/drag.js";

const ROW_PX = 20;

export default {
  template: '<div tabindex="0"></div>',
  props: { base: String, day: Number, words: Object, colours: Object, span: Array, large: Boolean, movable: Boolean },
  created() {
    this.made = new Promise((resolve) => { this.tellMade = resolve; });
  },
  async mounted() {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.spot = { visit_ids: [], worker_ids: [], elder_id: null, link_visit_ids: [] };
    this.clock = { time_s: null, speed: 0, since: 0 };
    this.chart = echarts.init(this.$el, null, { renderer: "canvas" });
    await this.put(this.base, this.span);
    this.chart.on("click", (event) => {
      const bar = event.data && event.data.bar;
      if (bar && bar[1] === "visit") this.$emit("pick", { kind: "visit", id: bar[4] });
      else if (bar) this.$emit("pick", { kind: "worker", id: this.rows[bar[0]].worker });
    });
    this.chart.getZr().on("click", (event) => {
      if (event.target) return;
      const [x, row] = this.chart.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
      const isLabel = event.offsetX < this.left && this.rows[Math.round(row)];
      this.$emit("pick", isLabel ? { kind: "worker", id: this.rows[Math.round(row)].worker } : { kind: null, id: "" });
    });
    this.drag = new Drag(this.$el, {
      find: (x, y) => this.visitAt(x, y),
      follow: (bar, x, y) => this.placeOf(bar, x, y),
      click: (bar) => this.$emit("pick", { kind: "visit", id: bar[4] }),
      lift: () => this.chart.dispatchAction({ type: "hideTip" }),
      drop: (bar, place) => this.$emit("drop", { visit_id: bar[4], from_id: this.rows[bar[0]].worker, to_id: place.worker, time_s: place.time_s }),
      scroll: (step) => this.scroll(step),
    });
    this.$el.addEventListener("keydown", (event) => this.walk(event));
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.$el);
    this.tellMade();
    await this.letMove(this.movable);
    this.$el.dataset.ready = "1";
    this.$emit("ready", {});
    this.frame = requestAnimationFrame(this.tick);
  },
  beforeUnmount() {
    cancelAnimationFrame(this.frame);
    this.sizes?.disconnect();
    this.drag?.end();
    this.chart.dispose();
  },
  methods: {
    ...spoken({
      // Go on from the plan `before` to another by the rows that differ; a time line that shows anything else loads all.
      change(base, before, { rows, bars, links, span }) {
        if (this.$el.dataset.plan !== before) return this.put(base, span);
        this.shown = base;
        const changed = new Set(bars.map(([row]) => row));
        const kept = rows ? [] : this.data.bars.filter(([row]) => !changed.has(row));
        this.show(base, span, { rows: rows || this.data.rows, bars: [...kept, ...bars.flatMap(([, own]) => own)], links: links || this.data.links });
      },
      letMove(isMovable) {
        this.isMovable = isMovable;
        this.$el.toggleAttribute("data-movable", isMovable);
      },
      light(spot) {
        this.spot = spot;
        this.chart.setOption({ yAxis: { axisLabel: { color: this.labelColour } }, series: [{ id: "shifts", renderItem: this.shift }, { id: "bars", renderItem: this.bar }, { id: "links", renderItem: this.link }] });
        const first = this.rows.findIndex((row) => spot.worker_ids.includes(row.worker));
        if (first >= 0) this.reveal(first);
      },
      // Visits of which nobody knows yet how they will be.
      pend(ids) {
        this.pending = new Set(ids);
        this.$el.toggleAttribute("data-pending", ids.length > 0);
        this.chart.setOption({ series: [{ id: "bars", renderItem: this.bar }] });
        const first = this.bars.find((bar) => bar[1] === "visit" && this.pending.has(bar[4]));
        if (first) this.reveal(first[0]);
      },
      showTime(time_s, speed) {
        this.clock = { time_s, speed, since: performance.now() };
      },
    }),
    // The bars of a plan; zoom and what is chosen stay as they are.
    async put(base, span) {
      this.shown = base;
      const data = await load(`${base}/time-line`);
      if (this.shown === base) this.show(base, span, data);
    },
    show(base, span, data) {
      const isFirst = !this.rows;
      this.data = data;
      this.pending = new Set();
      this.$el.removeAttribute("data-pending");
      this.hours = span;
      this.read(data);
      if (isFirst) this.draw();
      else this.chart.setOption(this.content());
      this.$el.dataset.plan = base.split("/").pop();
    },
    read(data) {
      const kept = data.rows.map((row, i) => [row, i]).filter(([row]) => row.day === this.day);
      const place = new Map(kept.map(([, i], k) => [i, k]));
      this.rows = kept.map(([row]) => row);
      this.shifts = this.rows.flatMap((row, i) => row.shifts.map((shift) => [i, ...shift]));
      this.bars = data.bars.filter((bar) => place.has(bar[0])).map((bar) => [place.get(bar[0]), ...bar.slice(1)]);
      this.barsByVisit = new Map();
      for (const bar of this.bars) if (bar[1] === "visit") this.barsByVisit.set(bar[4], [...(this.barsByVisit.get(bar[4]) || []), bar]);
      this.links = data.links.filter(([a, b]) => this.barsByVisit.has(a) && this.barsByVisit.has(b));
      // Visits of several workers are joined like linked ones.
      for (const [id, bars] of this.barsByVisit) if (bars.length > 1) this.links.push([id, id, "same-start"]);
    },
    numShown() {
      return Math.max(4, Math.floor((this.$el.clientHeight - 50) / (this.large ? ROW_PX * 1.35 : ROW_PX)));
    },
    draw() {
      this.left = this.large ? 150 : 118;
      const size = this.large ? 15 : 11.5;
      const last = Math.min(this.rows.length, this.numShown()) - 1;
      this.chart.setOption({
        animation: false,
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size },
        grid: { left: this.left, right: 26, top: 24, bottom: 22 },
        tooltip: { formatter: (event) => this.tip(event.data.bar), confine: true, transitionDuration: 0 },
        xAxis: {
          type: "value", position: "top", interval: 3600, minInterval: 300,
          axisLabel: { formatter: (value) => clock(value - 86400 * this.day), fontSize: size, hideOverlap: true },
          splitLine: { lineStyle: { color: "#e2e4df" } }, axisLine: { show: false }, axisTick: { show: false },
        },
        yAxis: {
          type: "category", inverse: true, axisTick: { show: false }, axisLine: { show: false },
          splitLine: { show: true, interval: 0, lineStyle: { color: "#f0f1ee" } },
          axisLabel: { interval: 0, width: this.left - 14, overflow: "truncate", fontSize: size, color: this.labelColour, formatter: (name) => name },
        },
        dataZoom: [
          { type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
          { type: "slider", xAxisIndex: 0, filterMode: "none", height: 12, bottom: 4, showDetail: false, brushSelect: false },
          { type: "inside", yAxisIndex: 0, filterMode: "none", startValue: 0, endValue: last, zoomOnMouseWheel: false, moveOnMouseWheel: true, zoomLock: true },
          { type: "slider", yAxisIndex: 0, filterMode: "none", startValue: 0, endValue: last, width: 12, right: 6, showDetail: false, brushSelect: false, zoomLock: true, handleSize: 0 },
        ],
        series: [
          { type: "custom", id: "shifts", silent: true, z: 1, renderItem: this.shift, encode: { x: [1, 2], y: 0 } },
          { type: "custom", id: "bars", z: 2, renderItem: this.bar, encode: { x: [2, 3], y: 0 } },
          { type: "custom", id: "links", silent: true, z: 3, renderItem: this.link, encode: { x: 1, y: 0 } },
        ],
      });
      this.chart.setOption(this.content());
    },
    // What changes from one plan to the next.
    content() {
      const first = (link) => this.barsByVisit.get(link[0])[0];
      return {
        xAxis: { min: this.hours[0], max: this.hours[1] },
        yAxis: { data: this.rows.map((row) => row.name) },
        series: [
          { id: "shifts", data: this.shifts.map((shift) => ({ value: shift })) },
          { id: "bars", data: this.bars.map((bar) => ({ value: [bar[0], 0, bar[2], bar[3]], bar })) },
          { id: "links", data: this.links.map((link) => ({ value: [first(link)[0], first(link)[2]], link })) },
        ],
      };
    },
    // The visit at a point of the element; null where there is none, or where nothing may be moved.
    visitAt(x, y) {
      if (!this.isMovable || x < this.left || y < 24) return null;
      const [time_s, row] = this.chart.convertFromPixel({ gridIndex: 0 }, [x, y]);
      const [before_s, after_s] = [-2, 2].map((px) => this.chart.convertFromPixel({ gridIndex: 0 }, [x + px, y])[0]);
      const isHit = (bar) => bar[1] === "visit" && bar[0] === Math.round(row) && bar[2] <= after_s && bar[3] >= before_s;
      const hits = this.bars.filter(isHit);
      hits.sort((a, b) => Math.abs(a[2] + a[3] - 2 * time_s) - Math.abs(b[2] + b[3] - 2 * time_s));
      return hits[0] || null;
    },
    // Where a visit would come that is held at a point: whose row, from when on, and where that is on the screen.
    placeOf(bar, x, y) {
      const zoom = this.chart.getOption().dataZoom[2];
      const row = Math.max(zoom.startValue, Math.min(zoom.endValue, Math.round(this.chart.convertFromPixel({ gridIndex: 0 }, [x, y])[1])));
      const [from_px, to_px] = [bar[2], bar[3]].map((s) => this.chart.convertToPixel({ gridIndex: 0 }, [s, row])[0]);
      const left = x - (to_px - from_px) / 2;
      const [start_s] = this.chart.convertFromPixel({ gridIndex: 0 }, [left, y]);
      const time_s = Math.max(this.hours[0], Math.min(this.hours[1], Math.round(start_s / 60) * 60));
      const [, middle] = this.chart.convertToPixel({ gridIndex: 0 }, [time_s, row]);
      const [, next] = this.chart.convertToPixel({ gridIndex: 0 }, [time_s, row + 1]);
      const { name, worker } = this.rows[row];
      const box = { left, top: middle - (next - middle) / 2, width: to_px - from_px, height: next - middle };
      return { worker, time_s, box, rowLeft: this.left, text: `${name} · ${clock(time_s - 86400 * this.day)}` };
    },
    // Arrows go from worker to worker, and from visit to visit of the one who is chosen; Escape leaves them.
    walk(event) {
      const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if ((!step && event.key !== "Escape") || this.drag.isMoving) return;
      event.preventDefault();
      const row = this.rows.findIndex(({ worker }) => this.spot.worker_ids.includes(worker));
      if (!step) return this.$emit("pick", { kind: null, id: "" });
      if (row < 0 || event.key === "ArrowDown" || event.key === "ArrowUp") {
        const next = Math.max(0, Math.min(this.rows.length - 1, row + step));
        return this.$emit("pick", { kind: "worker", id: this.rows[next].worker });
      }
      const ids = this.bars.filter((bar) => bar[0] === row && bar[1] === "visit").sort((a, b) => a[2] - b[2]).map((bar) => bar[4]);
      const chosen = this.spot.visit_ids.length === 1 ? ids.indexOf(this.spot.visit_ids[0]) : step > 0 ? -1 : ids.length;
      const id = ids[Math.max(0, Math.min(ids.length - 1, chosen + step))];
      if (id) this.$emit("pick", { kind: "visit", id });
    },
    scroll(step) {
      const { startValue, endValue } = this.chart.getOption().dataZoom[2];
      if (startValue + step < 0 || endValue + step >= this.rows.length) return;
      for (const dataZoomIndex of [2, 3]) this.chart.dispatchAction({ type: "dataZoom", dataZoomIndex, startValue: startValue + step, endValue: endValue + step });
    },
    labelColour(name, i) {
      const row = this.rows[i];
      return row && this.spot.worker_ids.includes(row.worker) ? "#000" : this.spot.worker_ids.length ? "#8f9b99" : "#1d2b2a";
    },
    shift(params, api) {
      const [row, start_s, end_s] = this.shifts[params.dataIndex];
      const [x, y] = api.coord([start_s, row]);
      const [end] = api.coord([end_s, row]);
      const height = api.size([0, 1])[1] * 0.86;
      const fill = this.spot.worker_ids.includes(this.rows[row].worker) ? "#fdf3d7" : "#f0f3f2";
      return clipped(params, { x, y: y - height / 2, width: end - x, height }, { fill });
    },
    bar(params, api) {
      const bar = this.bars[params.dataIndex];
      const [row, kind, start_s, end_s] = bar;
      const [x, y] = api.coord([start_s, row]);
      const [end] = api.coord([end_s, row]);
      const height = api.size([0, 1])[1];
      const look = this.look(bar);
      const shape = { x, y: y - (height * look.share) / 2, width: Math.max(end - x, kind === "visit" || kind === "load" ? 2.5 : 0.5), height: height * look.share };
      const rect = clipped(params, shape, { fill: look.fill, stroke: look.stroke, lineWidth: look.lineWidth || 0, lineDash: look.lineDash || null, opacity: look.opacity });
      if (!rect || kind !== "visit" || !this.spot.visit_ids.includes(bar[4]) || this.spot.visit_ids.length > 4) return rect;
      return { type: "group", children: [rect, this.windowLine(params, api, bar, height)].filter(Boolean) };
    },
    look(bar) {
      const [row, kind, , , id, state] = bar;
      const { visit_ids: visits, worker_ids: workers, link_visit_ids: linked } = this.spot;
      const isLit = visits.length + workers.length > 0;
      const isOn = !isLit || workers.includes(this.rows[row].worker);
      const opacity = isOn ? 1 : 0.22;
      if (kind === "visit") {
        if (this.pending.has(id)) return { share: 0.72, fill: "#fff", opacity: 1, stroke: this.colours.vermilion, lineWidth: 2, lineDash: [5, 3] };
        const fill = { served: this.colours.blue, risk: this.colours.orange, late: this.colours.vermilion }[state];
        const isChosen = isLit && visits.length <= 4 && visits.includes(id);
        const stroke = isChosen || linked.includes(id) ? "#000" : "#fff";
        return { share: 0.72, fill, opacity: isChosen || linked.includes(id) ? 1 : opacity, stroke, lineWidth: isChosen ? 2.5 : linked.includes(id) ? 1.5 : 0.5 };
      }
      if (kind === "load") return { share: 0.72, fill: this.colours.green, opacity };
      if (kind === "break") return { share: 0.5, fill: "#ffffff", stroke: "#5f6f6d", lineWidth: 1, opacity };
      if (kind === "wait") return { share: 0.14, fill: "#e8c9db", opacity };
      return { share: 0.22, fill: "#87938f", opacity };
    },
    windowLine(params, api, bar, height) {
      const [row, , , , , , , from_s, to_s] = bar;
      const [x, y] = api.coord([from_s, row]);
      const [end] = api.coord([to_s, row]);
      return clipped(params, { x, y: y + height * 0.39, width: Math.max(end - x, 2), height: Math.max(2.5, height * 0.11) }, { fill: this.colours.black });
    },
    link(params, api) {
      const [first, second, kind] = this.links[params.dataIndex];
      const from = this.barsByVisit.get(first)[0];
      const others = this.barsByVisit.get(second);
      const to = first === second ? others[others.length - 1] : others[0];
      const isOn = this.spot.visit_ids.includes(first) || this.spot.visit_ids.includes(second);
      const [x1, y1] = api.coord([kind === "same-start" ? from[2] : from[3], from[0]]);
      const [x2, y2] = api.coord([to[2], to[0]]);
      return {
        type: "line", shape: { x1, y1, x2, y2 }, clipPath: clipOf(params),
        style: { stroke: this.colours.black, lineWidth: isOn ? 2.5 : 1, opacity: isOn ? 1 : 0.55, lineDash: kind === "same-start" ? null : [4, 3] },
      };
    },
    tip(bar) {
      if (!bar) return "";
      const [row, kind, start_s, end_s, , state, label, from_s, to_s] = bar;
      const shift_s = 86400 * this.day;
      const name = kind === "visit" ? this.words[`state.${state}`] : this.words[`bar.${kind}`];
      const lines = [`<b>${clock(start_s - shift_s)}–${clock(end_s - shift_s)}</b> ${name}`];
      if (label) lines.push(escapeHtml(label));
      if (kind === "visit") lines.push(`${this.words["bar.window"]} ${clock(from_s - shift_s)}–${clock(to_s - shift_s)}`);
      lines.push(escapeHtml(this.rows[row].name));
      return lines.join("<br>");
    },
    reveal(row) {
      const { startValue, endValue } = this.chart.getOption().dataZoom[2];
      if (row >= startValue && row <= endValue) return;
      const num = endValue - startValue;
      const start = Math.max(0, Math.min(row - Math.floor(num / 2), this.rows.length - 1 - num));
      for (const dataZoomIndex of [2, 3]) this.chart.dispatchAction({ type: "dataZoom", dataZoomIndex, startValue: start, endValue: start + num });
    },
    resize() {
      this.chart.resize();
      const { startValue } = this.chart.getOption().dataZoom[2];
      const num = Math.min(this.rows.length, this.numShown()) - 1;
      const start = Math.max(0, Math.min(startValue, this.rows.length - 1 - num));
      for (const dataZoomIndex of [2, 3]) this.chart.dispatchAction({ type: "dataZoom", dataZoomIndex, startValue: start, endValue: start + num });
    },
    tick() {
      this.frame = requestAnimationFrame(this.tick);
      const { time_s, speed, since } = this.clock;
      if (time_s === null) return;
      const at = performance.now();
      const now_s = time_s + (speed * (at - since)) / 1000;
      if (now_s === this.shown_s || at - (this.drawn || 0) < 100) return;
      this.shown_s = now_s;
      this.drawn = at;
      this.drawNow(now_s);
    },
    // The line of the time shown is moved on the canvas itself: setting an option would draw all bars anew.
    drawNow(now_s) {
      const [x] = this.chart.convertToPixel({ gridIndex: 0 }, [now_s, 0]);
      const height = this.$el.clientHeight;
      const isInside = x >= this.left && x <= this.$el.clientWidth - 26;
      const shape = { x1: x, x2: x, y1: 18, y2: height - 22 };
      if (!this.nowLine) {
        this.nowLine = new echarts.graphic.Line({ silent: true, zlevel: 1, z: 100, shape, style: { stroke: "#000", lineWidth: 1.5 } });
        this.chart.getZr().add(this.nowLine);
      }
      this.nowLine.attr({ shape, ignore: !isInside });
    },
  },
};

function clipOf({ coordSys }) {
  return { type: "rect", shape: { x: coordSys.x, y: coordSys.y, width: coordSys.width, height: coordSys.height } };
}

function clipped(params, shape, style) {
  const rect = echarts.graphic.clipRectByRect(shape, params.coordSys);
  return rect && { type: "rect", shape: rect, style };
}

// What the maps of the console share: marks in shapes.
import { leaflet as L } from "nicegui-leaflet";

const SHAPES = {
  circle: (ctx, x, y, r) => ctx.arc(x, y, r, 0, 2 * Math.PI),
  square: (ctx, x, y, r) => ctx.rect(x - r, y - r, 2 * r, 2 * r),
  diamond: (ctx, x, y, r) => polygon(ctx, [[x, y - 1.35 * r], [x + 1.35 * r, y], [x, y + 1.35 * r], [x - 1.35 * r, y]]),
  triangle: (ctx, x, y, r) => polygon(ctx, [[x, y - 1.4 * r], [x + 1.3 * r, y + r], [x - 1.3 * r, y + r]]),
  cross: (ctx, x, y, r) => {
    ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r);
    ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
  },
};

function polygon(ctx, points) {
  points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.closePath();
}

// A marker drawn on the canvas in one of the shapes: states are told apart without colour, too.
export const Mark = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) return;
    const ctx = renderer._ctx;
    const r = Math.max(Math.round(this._radius), 1);
    ctx.beginPath();
    SHAPES[this.options.shape || "circle"](ctx, this._point.x, this._point.y, r);
    renderer._fillStroke(ctx, this);
  },
});

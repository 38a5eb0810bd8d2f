// Dragging something that is drawn on a canvas: by mouse at once, by finger after holding it a moment; Escape gives up.
const FAR_PX = 5;
const HOLD_MS = 350;
const EDGE_PX = 30;
const SCROLL_MS = 140;

export class Drag {
  // `find` tells what is at a point, `follow` where that would come (no `worker`: nowhere); the others are told what is done.
  constructor(element, { find, follow, click, lift, drop, scroll, end }) {
    Object.assign(this, { element, find, follow, click, lift, drop, scroll, ended: end });
    element.addEventListener("pointerdown", (event) => this.down(event), true);
    // The canvas below must not move under what is held.
    element.addEventListener("mousedown", (event) => this.held && event.stopPropagation(), true);
    for (const kind of ["mousemove", "touchmove"]) element.addEventListener(kind, (event) => this.isMoving && event.stopPropagation(), true);
    // What is let go of is not clicked.
    element.addEventListener("click", (event) => this.hasMoved && event.stopPropagation(), true);
    element.addEventListener("pointermove", (event) => this.move(event), true);
    element.addEventListener("pointerup", (event) => this.up(event), true);
    element.addEventListener("pointercancel", () => this.end(), true);
    this.onKey = (event) => event.key === "Escape" && this.end();
  }
  down(event) {
    this.hasMoved = false;
    if (event.button !== 0 || !event.isPrimary) return;
    const [x, y] = this.at(event);
    const thing = this.find(x, y);
    if (!thing) return;
    this.held = { thing, x, y, pointer: event.pointerId, isByHand: event.pointerType !== "mouse" };
    if (this.held.isByHand) this.timer = setTimeout(() => this.begin(x, y), HOLD_MS);
  }
  move(event) {
    if (!this.held) return;
    const [x, y] = this.at(event);
    const isFar = Math.hypot(x - this.held.x, y - this.held.y) > FAR_PX;
    if (!this.isMoving && isFar) {
      if (this.held.isByHand) return this.end();
      this.begin(x, y);
    }
    if (this.isMoving) this.show(x, y);
  }
  up(event) {
    if (!this.held) return;
    const { thing, isByHand } = this.held;
    const place = this.isMoving ? this.follow(thing, ...this.at(event)) : null;
    this.end();
    if (place?.worker) this.drop(thing, place);
    else if (!place && !isByHand) this.click(thing); // the canvas has seen the finger itself
  }
  begin(x, y) {
    this.isMoving = this.hasMoved = true;
    this.lift(this.held.thing);
    this.element.setPointerCapture(this.held.pointer);
    this.element.classList.add("yz-dragging");
    this.row = Object.assign(document.createElement("div"), { className: "yz-drag-row" });
    this.ghost = Object.assign(document.createElement("div"), { className: "yz-drag-ghost" });
    this.element.append(this.row, this.ghost);
    document.addEventListener("keydown", this.onKey);
    this.scroller = setInterval(() => this.scrollAtEdge(), SCROLL_MS);
    this.show(x, y);
  }
  show(x, y) {
    this.last = [x, y];
    const { box, rowLeft, text } = this.follow(this.held.thing, x, y);
    this.row.hidden = rowLeft === undefined;
    Object.assign(this.row.style, { left: `${rowLeft}px`, top: `${box.top}px`, height: `${box.height}px` });
    Object.assign(this.ghost.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${Math.max(4, box.width)}px`, height: `${box.height}px` });
    this.ghost.dataset.text = text;
  }
  scrollAtEdge() {
    const [x, y] = this.last;
    const step = y < EDGE_PX ? -1 : y > this.element.clientHeight - EDGE_PX ? 1 : 0;
    if (!step) return;
    this.scroll(step);
    this.show(x, y);
  }
  end() {
    clearTimeout(this.timer);
    clearInterval(this.scroller);
    document.removeEventListener("keydown", this.onKey);
    if (this.isMoving) {
      this.row.remove();
      this.ghost.remove();
      this.element.classList.remove("yz-dragging");
      this.ended?.();
      if (this.element.hasPointerCapture(this.held.pointer)) this.element.releasePointerCapture(this.held.pointer);
    }
    this.held = null;
    this.isMoving = false;
  }
  at(event) {
    const box = this.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
}

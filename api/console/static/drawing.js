// What all drawings of the console share: loading, and text that is shown as it is.
export function loadStyle(href) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: resolve, onerror: reject });
    document.head.appendChild(link);
  });
}

export async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

// Methods by which the server speaks to a drawing: they wait, in their order, until it is made (`this.made`).
export function spoken(methods) {
  const waiting = (method) => async function (...args) {
    await this.made;
    return method.apply(this, args);
  };
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, waiting(method)]));
}

// Seconds after midnight as hours and minutes.
export function clock(time_s) {
  const minutes = Math.floor(time_s / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

export function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
}

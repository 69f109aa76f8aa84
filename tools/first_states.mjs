// Draws live figures as a browser first shows them, without a browser.
// Reads the state of a page's widgets from standard input; writes {model id: HTML} to standard output.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html>");
Object.assign(globalThis, { window, document: window.document });
globalThis.matchMedia = () => ({ matches: false });
// Nothing has a size here: what depends on one waits for the browser.
globalThis.ResizeObserver = class {
  observe() {}
  disconnect() {}
};

function makeModel({ state, buffers = [] }) {
  const values = structuredClone(state);
  for (const { path, data } of buffers) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    path.slice(0, -1).reduce((place, key) => place[key], values)[path.at(-1)] = new DataView(bytes.buffer);
  }
  return { get: (name) => values[name], set() {}, on() {}, off() {}, save_changes() {} };
}

const drawn = {};
for (const [id, entry] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  if (entry.model_module !== "anywidget") continue;
  const model = makeModel(entry);
  const module = await import(`data:text/javascript,${encodeURIComponent(model.get("_esm"))}`);
  const el = document.createElement("div");
  await module.default.render({ model, el });
  for (const input of el.querySelectorAll("input")) {
    if (input.type === "radio") input.toggleAttribute("checked", input.checked); // HTML is written from attributes
    else input.setAttribute("value", input.value);
  }
  drawn[id] = el.innerHTML;
}
process.stdout.write(JSON.stringify(drawn));

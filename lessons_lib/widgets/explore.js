// The live figure. Python drew the stage and computed every number; this only looks up and draws. It follows common.js.
//
// scene.panels   [{svg, width, height, alt}]
// scene.axes     [{panel, left, top, width, height}]            in the units of the panel's SVG
// scene.knobs    [{name, label, kind, stops, texts, marks}]     kind: "slider", "choice" or "step"
// scene.actors   [{axes, kind, role, label, at, x, y}]          x and y: {start, shape} into frames
// scene.status   one line for each combination of the knobs that are not steps
// frames         int16: axes fractions in 1/4096ths, BREAK where there is no point

const UNIT = 4096;
const BREAK = -32768;

// In the built page the stages stand already in `el`, with the actors of the first state, and are not in the scene too.
function buildPanels(scene, id, el) {
  const box = tag("div", { class: "gd-panels" });
  const standing = [...el.querySelectorAll(".gd-panel > svg")];
  const drawings = scene.panels.map((panel, i) => {
    const holder = tag("div", { class: "gd-panel", style: `flex-basis:${panel.width}px;max-width:${panel.width * 1.25}px` });
    if (panel.svg) holder.innerHTML = panel.svg;
    else holder.append(standing[i]);
    const svg = holder.firstElementChild;
    svg.querySelectorAll(".gd-clip, .gd-actors").forEach((old) => old.remove());
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", panel.alt);
    box.append(holder);
    return svg;
  });
  const layers = scene.axes.map((axes, i) => {
    const svg = drawings[axes.panel];
    const clip = shape("clipPath", svg, { id: `${id}-clip-${i}`, class: "gd-clip" });
    shape("rect", clip, { x: axes.left, y: axes.top, width: axes.width, height: axes.height });
    return shape("g", svg, { "clip-path": `url(#${id}-clip-${i})`, class: "gd-actors" });
  });
  return { box, layers };
}

function buildActor(actor, layer) {
  const group = shape("g", layer, { class: `gd-actor gd-${actor.role}`, "data-label": actor.label });
  const line = shape("path", group, { class: actor.kind === "points" ? "gd-dots" : "gd-line" });
  const dots = actor.kind === "path" ? shape("path", group, { class: "gd-dots" }) : null;
  const start = actor.kind === "path" ? shape("circle", group, { r: 4, class: "gd-start" }) : null;
  const head = ["points", "line", "now"].includes(actor.kind) ? null : shape("circle", group, { r: 5, class: "gd-head" });
  return { line, dots, start, head };
}

export default {
  render({ model, el }) {
    const scene = model.get("scene");
    const bytes = model.get("frames");
    const frames = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const id = newId();
    const knobs = scene.knobs;
    const stepKnob = knobs.findIndex((knob) => knob.kind === "step");

    const { box, layers } = buildPanels(scene, id, el);
    const actors = scene.actors.map((actor) => ({ ...actor, ...buildActor(actor, layers[actor.axes]) }));
    const status = tag("p", { class: "gd-status", role: "status" });
    const figure = tag("div", { class: "gd-figure", role: "group", "aria-label": scene.label }, box, status);

    // An array of shape [stops of knob 0, stops of knob 1, ..., points]; a size of 1 is shared by all stops.
    function offset(array, at) {
      let index = 0;
      scene.indexed.forEach((knob, k) => {
        const stop = at[knobs[knob].name] ?? places[knob];
        index = index * array.shape[k] + (array.shape[k] === 1 ? 0 : stop);
      });
      return array.start + index * array.shape[array.shape.length - 1];
    }

    function drawActor(actor) {
      const axes = scene.axes[actor.axes];
      const count = Math.max(actor.x.shape.at(-1), actor.y.shape.at(-1));
      const [i, j] = [offset(actor.x, actor.at), offset(actor.y, actor.at)];
      const step = stepKnob < 0 ? count - 1 : places[stepKnob];
      const each = actor.kind === "now" ? count / knobs[stepKnob].stops.length : 0; // points that belong to one step
      const from = each * step;
      const upTo = actor.kind === "path" ? Math.min(step, count - 1) : each ? from + each - 1 : count - 1;
      let line = "";
      let dots = "";
      let pen = "M";
      let head = null;
      let first = null;
      for (let n = from; n <= upTo; n += 1) {
        const u = frames[actor.x.shape.at(-1) === 1 ? i : i + n];
        const v = frames[actor.y.shape.at(-1) === 1 ? j : j + n];
        if (u === BREAK || v === BREAK) {
          pen = "M";
          continue;
        }
        const x = (axes.left + (u / UNIT) * axes.width).toFixed(1);
        const y = (axes.top + (1 - v / UNIT) * axes.height).toFixed(1);
        line += `${pen}${x} ${y}`;
        dots += `M${x} ${y}h0`; // a stroke of no length with a round cap is a dot
        pen = "L";
        first ??= [x, y];
        if (n <= step) head = [x, y];
      }
      actor.line.setAttribute("d", actor.kind === "points" ? dots : line);
      actor.dots?.setAttribute("d", dots);
      for (const [circle, place] of [[actor.start, first], [actor.head, head]]) {
        if (!circle) continue;
        circle.setAttribute("visibility", place ? "visible" : "hidden");
        if (!place) continue;
        circle.setAttribute("cx", place[0]);
        circle.setAttribute("cy", place[1]);
      }
    }

    function draw() {
      actors.forEach(drawActor);
      let line = 0;
      for (const knob of scene.indexed) line = line * knobs[knob].stops.length + places[knob];
      if (status.textContent !== scene.status[line]) status.textContent = scene.status[line];
    }

    const { places, rows, show, leave } = connect({ model, figure, knobs, play: scene.play, id, draw });
    figure.append(tag("div", { class: "gd-knobs" }, ...rows));
    el.replaceChildren(figure);
    show();
    return leave;
  },
};

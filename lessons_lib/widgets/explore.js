// The live figure. Python drew the stage and computed every number; this only looks up and draws.
//
// scene.panels   [{svg, width, height, alt}]
// scene.axes     [{panel, left, top, width, height}]            in the units of the panel's SVG
// scene.knobs    [{name, label, kind, stops, texts, marks}]     kind: "slider", "choice" or "step"
// scene.actors   [{axes, kind, role, label, at, x, y}]          x and y: {start, shape} into frames
// scene.status   one line for each combination of the knobs that are not steps
// frames         int16: axes fractions in 1/4096ths, BREAK where there is no point

const UNIT = 4096;
const BREAK = -32768;
const SVG = "http://www.w3.org/2000/svg";
let instances = 0;

function tag(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function shape(name, parent, attributes = {}) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

const ICONS = { first: "M3 2h2v5l8-5v12L5 9v5H3z", play: "M4 2l10 6-10 6z", pause: "M4 2h3v12H4zM9 2h3v12H9z" };

function icon(d) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  shape("path", svg, { d });
  return svg;
}

// Where along its stops a knob stands: the index of the stop nearest to the model's value.
function position(knob, value) {
  if (typeof value === "string") return Math.max(0, knob.stops.indexOf(value));
  let best = 0;
  knob.stops.forEach((stop, i) => {
    if (Math.abs(stop - value) < Math.abs(knob.stops[best] - value)) best = i;
  });
  return best;
}

function buildPanels(scene, id) {
  const box = tag("div", { class: "gd-panels" });
  const drawings = scene.panels.map((panel) => {
    const holder = tag("div", { class: "gd-panel", style: `flex-basis:${panel.width}px;max-width:${panel.width * 1.6}px` });
    holder.innerHTML = panel.svg;
    const svg = holder.firstElementChild;
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", panel.alt);
    box.append(holder);
    return svg;
  });
  const layers = scene.axes.map((axes, i) => {
    const svg = drawings[axes.panel];
    const clip = shape("clipPath", svg, { id: `${id}-clip-${i}` });
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
  const head = actor.kind === "points" || actor.kind === "line" ? null : shape("circle", group, { r: 5, class: "gd-head" });
  return { line, dots, start, head };
}

function buildSlider(knob, id, onMove) {
  const input = tag("input", { type: "range", id, min: 0, max: knob.stops.length - 1, step: 1 });
  const output = tag("output", { for: id });
  const track = tag("div", { class: "gd-track" }, input);
  for (const mark of knob.marks) {
    track.append(tag("span", { class: "gd-mark", style: `--at:${mark.at / (knob.stops.length - 1)}` }, mark.label));
  }
  input.addEventListener("input", () => onMove(Number(input.value)));
  const row = tag("div", { class: `gd-knob${knob.marks.length ? " gd-marked" : ""}` });
  row.append(tag("label", { for: id }, knob.label), output, track);
  const show = (i) => {
    input.value = i;
    output.textContent = knob.texts[i];
    const passed = knob.marks.map((mark) => `, ${i > mark.at ? "above" : i < mark.at ? "below" : "at"} ${mark.spoken}`);
    input.setAttribute("aria-valuetext", knob.texts[i] + passed.join(""));
  };
  return { row, show };
}

function buildChoice(knob, id, onMove) {
  const row = tag("fieldset", { class: "gd-choice" }, tag("legend", {}, knob.label));
  const inputs = knob.stops.map((_, i) => {
    const input = tag("input", { type: "radio", name: id, id: `${id}-${i}` });
    input.addEventListener("change", () => onMove(i));
    row.append(tag("label", { for: `${id}-${i}` }, input, knob.texts[i]));
    return input;
  });
  return { row, show: (i) => (inputs[i].checked = true) };
}

function buildTransport(steps, move) {
  const button = (label, text) => tag("button", { type: "button", "aria-label": label, title: label }, text);
  const first = button("Back to the start", icon(ICONS.first));
  const back = button("One step back", "−1");
  const play = button("Play", icon(ICONS.play));
  const next = button("One step on", "+1");
  const face = (label, name) => {
    play.replaceChildren(icon(ICONS[name]));
    play.setAttribute("aria-label", label);
    play.title = label;
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;

  const stop = () => {
    clearInterval(timer);
    timer = null;
    face("Play", "play");
  };
  const start = () => {
    const last = steps.stops.length - 1;
    if (still.matches) return move.to(last); // no motion: show where it ends
    if (move.now() >= last) move.to(0);
    face("Pause", "pause");
    timer = setInterval(() => {
      if (move.now() >= last) return stop();
      move.to(move.now() + 1);
    }, Math.max(25, Math.min(120, 6000 / last)));
  };
  first.addEventListener("click", () => (stop(), move.to(0)));
  back.addEventListener("click", () => (stop(), move.to(move.now() - 1)));
  next.addEventListener("click", () => (stop(), move.to(move.now() + 1)));
  play.addEventListener("click", () => (timer ? stop() : start()));
  return { buttons: [first, back, play, next], toggle: () => (timer ? stop() : start()), stop };
}

export default {
  render({ model, el }) {
    const scene = model.get("scene");
    const bytes = model.get("frames");
    const frames = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const id = `gd-${(instances += 1)}`;
    const knobs = scene.knobs;
    const places = knobs.map((knob) => position(knob, model.get(knob.name)));
    const stepKnob = knobs.findIndex((knob) => knob.kind === "step");
    const playKnob = knobs.findIndex((knob) => knob.name === scene.play);

    const { box, layers } = buildPanels(scene, id);
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
      const upTo = actor.kind === "path" ? Math.min(step, count - 1) : count - 1;
      let line = "";
      let dots = "";
      let pen = "M";
      let head = null;
      let first = null;
      for (let n = 0; n <= upTo; n += 1) {
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
        if (place) [circle.cx.baseVal.value, circle.cy.baseVal.value] = place;
      }
    }

    function draw() {
      actors.forEach(drawActor);
      controls.forEach((control, k) => control.show(places[k]));
      let line = 0;
      for (const knob of scene.indexed) line = line * knobs[knob].stops.length + places[knob];
      if (status.textContent !== scene.status[line]) status.textContent = scene.status[line];
    }

    let planned = 0;
    const plan = () => (planned ||= requestAnimationFrame(() => ((planned = 0), draw())));

    function move(k, place) {
      places[k] = Math.min(knobs[k].stops.length - 1, Math.max(0, place));
      model.set(knobs[k].name, knobs[k].stops[places[k]]);
      model.save_changes();
      plan();
    }

    const transport = playKnob < 0 ? null : buildTransport(knobs[playKnob], {
      now: () => places[playKnob],
      to: (place) => move(playKnob, place),
    });
    const controls = knobs.map((knob, k) => {
      const build = knob.kind === "choice" ? buildChoice : buildSlider;
      const control = build(knob, `${id}-${knob.name}`, (place) => {
        if (k === playKnob) transport.stop();
        move(k, place);
      });
      if (k === playKnob) control.row.classList.add("gd-play");
      return control;
    });
    const panel = tag("div", { class: "gd-knobs" }, ...controls.map((control) => control.row));
    if (transport) controls[playKnob].row.append(tag("div", { class: "gd-transport" }, ...transport.buttons));
    figure.append(panel);
    el.append(figure);

    figure.addEventListener("keydown", (event) => {
      if (event.key !== " " || !transport || event.target.closest("button")) return;
      event.preventDefault();
      transport.toggle();
    });
    const listeners = knobs.map((knob, k) => {
      const listener = () => {
        places[k] = position(knob, model.get(knob.name));
        plan();
      };
      model.on(`change:${knob.name}`, listener);
      return [`change:${knob.name}`, listener];
    });
    draw();
    return () => {
      transport?.stop();
      listeners.forEach(([event, listener]) => model.off(event, listener));
    };
  },
};

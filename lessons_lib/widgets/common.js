// What the live figures share. It travels in front of each figure's own file, as one module (see common.py).

const SVG = "http://www.w3.org/2000/svg";
const newId = () => `gd-${Math.random().toString(36).slice(2, 10)}`; // Lab loads a module once for each widget: no counting

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

const ICONS = {
  first: "M3 2h2v5l8-5v12L5 9v5H3z",
  back: "M10 2 4 8l6 6 1.5-1.5L7 8l4.5-4.5z",
  play: "M4 2l10 6-10 6z",
  pause: "M4 2h3v12H4zM9 2h3v12H9z",
  next: "M6 2l6 6-6 6-1.5-1.5L9 8 4.5 3.5z",
};

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
    const passed = knob.marks
      .filter((mark) => mark.spoken)
      .map((mark) => `, ${i > mark.at ? "above" : i < mark.at ? "below" : "at"} ${mark.spoken}`);
    input.setAttribute("aria-valuetext", (knob.spoken ?? knob.texts)[i] + passed.join(""));
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

function buildTransport(steps, move, pace) {
  const button = (label, d) => tag("button", { type: "button", "aria-label": label, title: label }, icon(d));
  const first = button("Back to the start", ICONS.first);
  const back = button("One step back", ICONS.back);
  const play = button("Play", ICONS.play);
  const next = button("One step on", ICONS.next);
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
    }, pace ?? Math.max(25, Math.min(120, 6000 / last)));
  };
  first.addEventListener("click", () => (stop(), move.to(0)));
  back.addEventListener("click", () => (stop(), move.to(move.now() - 1)));
  next.addEventListener("click", () => (stop(), move.to(move.now() + 1)));
  play.addEventListener("click", () => (timer ? stop() : start()));
  return { buttons: [first, back, play, next], toggle: () => (timer ? stop() : start()), stop };
}

// The knobs of a figure, tied to the model's traits: `places` holds where each stands, `draw` is called when one moved.
// The knob named `play` gets the buttons; it goes one stop on every `pace` milliseconds.
function connect({ model, figure, knobs, play, id, pace, draw }) {
  const places = knobs.map((knob) => position(knob, model.get(knob.name)));
  const playKnob = knobs.findIndex((knob) => knob.name === play);
  let planned = 0;
  const show = () => {
    planned = 0;
    controls.forEach((control, k) => control.show(places[k]));
    draw();
  };
  const plan = () => (planned ||= requestAnimationFrame(show));

  function move(k, place) {
    places[k] = Math.min(knobs[k].stops.length - 1, Math.max(0, place));
    model.set(knobs[k].name, knobs[k].stops[places[k]]);
    model.save_changes();
    plan();
  }

  const byPlay = { now: () => places[playKnob], to: (place) => move(playKnob, place) };
  const transport = playKnob < 0 ? null : buildTransport(knobs[playKnob], byPlay, pace);
  const controls = knobs.map((knob, k) => {
    const build = knob.kind === "choice" ? buildChoice : buildSlider;
    const control = build(knob, `${id}-${knob.name}`, (place) => {
      if (k === playKnob) transport.stop();
      move(k, place);
    });
    if (k === playKnob) control.row.classList.add("gd-play");
    return control;
  });
  if (transport) controls[playKnob].row.append(tag("div", { class: "gd-transport" }, ...transport.buttons));

  // JupyterLab takes the arrow keys for itself, but from elements that carry this attribute.
  figure.addEventListener("focusin", (event) => (event.target.dataset.lmSuppressShortcuts = "true"));
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
  const leave = () => {
    transport?.stop();
    listeners.forEach(([event, listener]) => model.off(event, listener));
  };
  return { places, rows: controls.map((control) => control.row), show, leave };
}

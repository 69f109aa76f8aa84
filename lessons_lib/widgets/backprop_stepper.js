// The stepper. Python computed every number and wrote it as text; this only looks up and draws. It follows common.js.
//
// scene.titles, functions, units   of each column: the input, the layers, the loss
// scene.steps     [{phase, key, symbol, column, from, edges, flow, why, lines}]   see backprop_steps.py
// scene.weights   [network][layer][from][to]: signed, the largest is 1
// scene.passes    [network][sample]: {full: {key: "row;row"}, short: {key: [number]}, notes: {key: sentence}}

const PHASES = { forward: "Forward.", loss: "Loss.", backward: "Backward.", end: "Done." };
const LEGEND =
  "A line is a weight: the thicker, the larger; dashed if negative. In a circle stands the value on the way forward, " +
  "below it its gradient on the way back. A dot on a line: this weight has its gradient. " +
  "A ring marks what is computed now, a dashed ring what it is computed from.";
const PACE = 1600; // milliseconds a step, when playing

const COLUMN = { least: 66, whole: 84, most: 1.3 }; // width: the least; at full size; how much larger it may get
const HEIGHT = { above: 58, row: 66, below: 22 };

const tallestOf = (scene) => Math.max(...scene.units.map((units) => units.length));
const heightOf = (scene) => HEIGHT.above + tallestOf(scene) * HEIGHT.row + HEIGHT.below;

// Where everything stands, for a graph of this width.
function layout(scene, width) {
  const columns = scene.units.length;
  const pitch = Math.max(COLUMN.least, width / columns);
  const scale = Math.min(COLUMN.most, Math.max(1, pitch / COLUMN.whole));
  const place = (column, i) => ({
    x: pitch * (column + 0.5),
    y: (HEIGHT.above + ((tallestOf(scene) - scene.units[column].length) / 2 + i + 0.5) * HEIGHT.row) * scale,
  });
  return { width: pitch * columns, height: heightOf(scene) * scale, scale, r: 21.5 * scale, place };
}

// The same height in CSS: the page can keep the place before there is a width to draw for.
function keptPlace(scene) {
  const height = heightOf(scene);
  const growing = (100 * height) / (COLUMN.whole * scene.units.length);
  return `min-height:clamp(${height}px,${growing.toFixed(2)}cqw,${COLUMN.most * height}px)`;
}

function label(parent, text, x, y, name) {
  const node = shape("text", parent, { x, y, class: name });
  node.textContent = text;
  return node;
}

// From the rim of one node to the rim of another, or as far from its middle as `end` says.
function curve(from, to, r, end = r) {
  const [x, X] = from.x < to.x ? [from.x + r, to.x - end] : [from.x - r, to.x + end];
  return `M${x} ${from.y}C${(x + X) / 2} ${from.y} ${(x + X) / 2} ${to.y} ${X} ${to.y}`;
}

function buildGraph(scene, width, id) {
  const { place, scale, r, ...size } = layout(scene, width);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  svg.setAttribute("role", "img");
  svg.style.cssText = `width:${size.width}px;height:${size.height}px;font-size:${12.5 * scale}px`;
  const marker = { id: `${id}-tip`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 10, markerHeight: 10 };
  const tip = shape("marker", svg, { ...marker, orient: "auto", markerUnits: "userSpaceOnUse", class: "gd-tip" });
  shape("path", tip, { d: "M0 0L8 4L0 8z" });

  const edges = [[]]; // edges[column]: those that lead to it
  const lines = shape("g", svg, { class: "gd-edges" });
  const flow = shape("g", svg, { class: "gd-flow" });
  for (let column = 1; column < scene.units.length; column += 1) {
    edges.push(scene.units[column - 1].map((_, i) => scene.units[column].map((_, j) => {
      const [from, to] = [place(column - 1, i), place(column, j)];
      const line = shape("path", lines, { d: curve(from, to, r), class: "gd-edge" });
      const at = line.getPointAtLength(line.getTotalLength() * 0.3);
      const dot = shape("circle", svg, { cx: at.x, cy: at.y, r: 3 * scale, class: "gd-dot" });
      return { from, to, line, dot };
    })));
  }

  const columns = scene.units.map((units, column) => {
    const { x, y } = place(column, 0);
    const bottom = place(column, units.length - 1).y;
    label(svg, scene.titles[column], x, 13 * scale, "gd-title");
    label(svg, scene.functions[column], x, 28 * scale, "gd-function");
    const isLoss = column === scene.units.length - 1;
    const nodes = units.map((name, i) => {
      const at = place(column, i);
      const node = shape("g", svg, { class: "gd-node" });
      for (const [half, name] of [[r + 4, "gd-ring"], [r, "gd-unit"]]) {
        const box = { x: at.x - half, y: at.y - half, width: 2 * half, height: 2 * half };
        shape("rect", node, { ...box, rx: isLoss ? half / 4 : half, class: name });
      }
      const value = label(node, "", at.x, at.y + 4 * scale, "gd-value");
      const below = (text, line, role) => label(node, text, at.x, at.y + r + 15 * line * scale, role);
      if (column === 0) below(name.length > 10 ? `${name.slice(0, 9)}…` : name, 1, "gd-name");
      const outputs = scene.units.at(-2).length;
      const targets = isLoss ? Array.from({ length: outputs }, (_, n) => below("", n + 1, "gd-name")) : [];
      return { node, value, gradient: below("", 1, "gd-slope"), targets };
    });
    const head = label(svg, "", x, y - r - 9 * scale, "gd-head-symbol");
    const foot = label(svg, "", x, bottom + r + 30 * scale, "gd-slope gd-foot-symbol");
    return { x, nodes, head, foot };
  });
  return { svg, edges, flow, columns, r };
}

// An array as a table: text is "1 2;3 4". Its key says which units its rows and columns are.
function buildTable(scene, { key, symbol, shape: size }, text) {
  const [, kind, digits, turned] = key.match(/^d?([a-zL]|W)(\d*)(T?)$/);
  const last = scene.units.length - 2;
  const k = digits ? Number(digits) : kind === "L" ? last + 1 : last;
  let heads = [kind === "W" ? scene.units[k - 1] : [kind === "b" ? "bias" : "sample"], scene.units[k]];
  let rows = text.split(";").map((row) => row.split(" "));
  if (turned) [heads, rows] = [heads.reverse(), rows[0].map((_, j) => rows.map((row) => row[j]))];
  const top = tag("tr", {}, tag("td"), ...heads[1].map((name) => tag("th", { scope: "col" }, name)));
  const body = rows.map((row, i) =>
    tag("tr", {}, tag("th", { scope: "row" }, heads[0][i]), ...row.map((number) => tag("td", {}, number))),
  );
  const caption = tag("caption", {}, tag("b", {}, symbol), ` ${size}`);
  return tag("table", { "data-key": key }, caption, tag("thead", {}, top), tag("tbody", {}, ...body));
}

function buildLine(scene, line, full) {
  const parts = line.tables.map((table) => {
    const sign = table.sign ? [tag("span", { class: "gd-sign" }, table.sign)] : [];
    return tag("div", { class: "gd-part" }, ...sign, buildTable(scene, table, full[table.key.replace("T", "")]));
  });
  const equation = tag("p", { class: "gd-equation" }, line.equation);
  const size = tag("p", { class: "gd-shape" }, `shape: ${line.shape}`);
  return [tag("div", { class: "gd-heading" }, equation, size), tag("div", { class: "gd-tables" }, ...parts)];
}

export default {
  render({ model, el }) {
    const scene = model.get("scene");
    const id = newId();
    const { steps, knobs } = scene;
    const place = { style: keptPlace(scene), role: "region", tabindex: 0, "aria-label": "The network, drawn" };
    const holder = tag("div", { class: "gd-net", ...place });
    const status = tag("p", { class: "gd-status", role: "status" });
    const numbers = tag("div", { class: "gd-numbers", role: "region", tabindex: 0, "aria-label": "The step in numbers" });
    const figure = tag("div", { class: "gd-figure gd-stepper", role: "group", "aria-label": scene.label });
    let graph = null;

    function drawGraph(now, pass, weights) {
      const step = steps[now];
      const known = scene.units.map(() => ({})); // what each column shows: its latest value and its latest gradient
      const done = new Set(); // columns whose edges have their gradient
      for (const { key, symbol, column, edges } of steps.slice(0, now + 1)) {
        if (column !== null) known[column][key[0] === "d" ? "gradient" : "value"] = { key, symbol };
        else if (edges) done.add(edges);
      }
      graph.svg.setAttribute("class", `gd-${step.phase}`);
      graph.svg.setAttribute("aria-label", `The network as a graph. Now: ${step.spoken}.`);
      graph.columns.forEach(({ nodes, head, foot }, column) => {
        const { value, gradient } = known[column];
        head.textContent = value?.symbol ?? "";
        foot.textContent = gradient?.symbol ?? "";
        nodes.forEach((unit, i) => {
          const mark = column === step.column ? " gd-to" : step.from.includes(column) ? " gd-from" : "";
          unit.node.setAttribute("class", `gd-node${value ? " gd-known" : ""}${mark}`);
          unit.value.textContent = value ? pass.short[value.key][i] : "";
          unit.value.setAttribute("class", `gd-value${unit.value.textContent.length > 4 ? " gd-long" : ""}`);
          unit.gradient.textContent = gradient ? pass.short[gradient.key][i] : "";
          unit.targets.forEach((text, n) => (text.textContent = `${n ? "" : "y = "}${pass.short.y[n]}`));
        });
      });
      holder.scrollLeft = graph.columns[step.column ?? step.edges].x - holder.clientWidth / 2; // if it is too wide
      graph.flow.replaceChildren();
      graph.edges.forEach((rows, column) => rows.forEach((row, i) => row.forEach((edge, j) => {
        const weight = weights[column - 1]?.[i][j] ?? 0.1; // the lines to the loss carry no weight
        const lit = column === step.edges;
        edge.line.setAttribute("class", `gd-edge${lit ? " gd-lit" : ""}${weight < 0 ? " gd-negative" : ""}`);
        edge.line.style.strokeWidth = (0.8 + 3.6 * Math.abs(weight)).toFixed(2);
        edge.dot.setAttribute("class", `gd-dot${done.has(column) ? " gd-known" : ""}${lit ? " gd-now" : ""}`);
        if (!lit || !step.flow) return;
        const [from, to] = step.flow > 0 ? [edge.from, edge.to] : [edge.to, edge.from];
        shape("path", graph.flow, { d: curve(from, to, graph.r, graph.r + 5), "marker-end": `url(#${id}-tip)` });
      })));
    }

    function draw() {
      const [network, sample, now] = places;
      const step = steps[now];
      const pass = scene.passes[network][sample];
      if (graph) drawGraph(now, pass, scene.weights[network]);
      const words = ` ${[step.why, pass.notes[step.key]].filter(Boolean).join(" ")}`;
      if (status.textContent !== PHASES[step.phase] + words) status.replaceChildren(tag("b", {}, PHASES[step.phase]), words);
      figure.dataset.phase = step.phase;
      numbers.replaceChildren(...step.lines.flatMap((line) => buildLine(scene, line, pass.full)));
    }

    const { places, rows, show, leave } = connect({ model, figure, knobs, play: "step", id, pace: PACE, draw });
    const choices = rows.slice(0, 2).filter((_, k) => knobs[k].stops.length > 1); // one network alone is no choice
    const note = tag("div", { class: "gd-note" }, status, numbers);
    figure.append(tag("div", { class: "gd-choices" }, ...choices), holder, rows[2], note, tag("p", { class: "gd-legend" }, LEGEND));
    el.replaceChildren(figure);
    const watch = new ResizeObserver(() => {
      if (!holder.clientWidth || holder.clientWidth === graph?.width) return;
      graph = { ...buildGraph(scene, holder.clientWidth, id), width: holder.clientWidth };
      holder.replaceChildren(graph.svg);
      draw();
    });
    watch.observe(holder);
    show();
    return () => (watch.disconnect(), leave());
  },
};

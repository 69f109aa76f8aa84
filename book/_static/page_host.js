// Gives the widgets of a built page a life without a kernel.
// The notebook left their state in the page, in Jupyter's standard format; every number they show is in there.
(function () {
  "use strict";
  const STATE = "application/vnd.jupyter.widget-state+json";
  const VIEW = "application/vnd.jupyter.widget-view+json";
  const modules = new Map();

  function decode(buffer) {
    const text = atob(buffer.data);
    return new DataView(Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer);
  }

  // What a widget's front end expects of Jupyter, without Jupyter: values, and word when one changes.
  function makeModel(entry) {
    const values = { ...entry.state };
    for (const buffer of entry.buffers || []) {
      let place = values;
      buffer.path.slice(0, -1).forEach((key) => (place = place[key]));
      place[buffer.path.at(-1)] = decode(buffer);
    }
    const listeners = new Map();
    return {
      get: (name) => values[name],
      set(name, value) {
        if (values[name] === value) return;
        values[name] = value;
        for (const listener of listeners.get(`change:${name}`) || []) listener();
      },
      on: (event, listener) => listeners.set(event, [...(listeners.get(event) || []), listener]),
      off: (event, listener) => listeners.set(event, (listeners.get(event) || []).filter((other) => other !== listener)),
      save_changes() {},
    };
  }

  // A module cannot be imported from file://, but a Blob can.
  function load(source) {
    if (!modules.has(source)) {
      modules.set(source, import(URL.createObjectURL(new Blob([source], { type: "text/javascript" }))));
    }
    return modules.get(source);
  }

  async function show(script, entries, models) {
    const id = JSON.parse(script.textContent).model_id;
    const entry = entries[id];
    let el = script.nextElementSibling; // make book draws the figure as it first looks (tools/first_states.py)
    if (!el?.matches(".live-figure")) {
      el = document.createElement("div");
      el.className = "live-figure";
      script.after(el);
    }
    if (entry?.model_module !== "anywidget") {
      el.classList.add("live-figure-absent");
      el.textContent = "This control works where the notebook runs: open the chapter in JupyterLab.";
      return;
    }
    if (!models.has(id)) models.set(id, makeModel(entry));
    const model = models.get(id);
    if (model.get("_css") && !document.head.querySelector(`style[data-class="${model.get("_anywidget_id")}"]`)) {
      const style = document.createElement("style");
      style.dataset.class = model.get("_anywidget_id");
      style.textContent = model.get("_css");
      document.head.append(style);
    }
    const module = await load(model.get("_esm"));
    await module.default.render({ model, el });
    el.dataset.ready = "true";
  }

  const stateScript = document.querySelector(`script[type="${STATE}"]`);
  if (!stateScript) return;
  const entries = JSON.parse(stateScript.textContent).state;
  const models = new Map();
  (async () => {
    for (const script of document.querySelectorAll(`script[type="${VIEW}"]`)) {
      await show(script, entries, models).catch(console.error); // the others are not to suffer from it
      await new Promise((resolve) => setTimeout(resolve)); // between two figures the reader comes first
    }
  })();
})();

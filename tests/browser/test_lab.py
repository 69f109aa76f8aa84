"""JupyterLab itself: it takes our extensions, a chapter runs, and its live figure moves."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
JUPYTER = str(Path(sys.executable).with_name("jupyter"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start JupyterLab on a copy of the book's folder; return its address."""
    folder = tmp_path_factory.mktemp("lab")
    for notebook in (HOME / "book").glob("02_*.ipynb"):
        (folder / notebook.name).write_text(notebook.read_text())
    settings = [
        "--no-browser",
        "--port=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
        "--allow-root",
    ]
    runtime = tmp_path_factory.mktemp("runtime")
    server = subprocess.Popen(
        [
            JUPYTER,
            "lab",
            *settings,
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        env={**__import__("os").environ, "JUPYTER_RUNTIME_DIR": str(runtime)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield address(runtime, server)
    finally:
        server.terminate()
        server.wait(30)


def address(runtime, server, patience=60):
    for _ in range(patience * 4):
        for file in runtime.glob("jpserver-*.json"):
            url = json.loads(file.read_text())["url"]
            try:
                urllib.request.urlopen(f"{url}api/status", timeout=2).read()
            except OSError:
                continue
            return url
        assert server.poll() is None, "JupyterLab stopped before it was ready"
        time.sleep(0.25)
    pytest.fail("JupyterLab did not start")


def test_extensions_are_accepted():
    listed = subprocess.run([JUPYTER, "labextension", "list"], capture_output=True, text=True, check=True)
    text = re.sub(r"\x1b\[\d+m", "", listed.stdout + listed.stderr)
    for name in ("jupyterlab_myst|jupyterlab-myst", "anywidget", "@jupyter-widgets/jupyterlab-manager"):
        assert re.search(rf"({name}) v\S+ enabled +OK", text), text


def test_a_chapter_runs_and_its_slider_moves(lab, chromium):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(f"{lab}lab/tree/02_descend_a_slope.ipynb?reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    figure = page.locator(".gd-figure").first
    figure.wait_for(timeout=90_000)
    figure.scroll_into_view_if_needed()
    line = figure.locator(".gd-path .gd-line").first
    before = line.get_attribute("d")
    figure.get_by_label("learning rate").press("End")
    page.wait_for_timeout(300)
    assert line.get_attribute("d") != before
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.textContent.includes('[*]'))",
        timeout=90_000,
    )
    assert page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    assert page.locator(".jp-RenderedText .ansi-red-fg").count() == 0
    assert page.locator(".jp-RenderedMarkdown .admonition").count() >= 1  # MyST is rendered, not shown as source
    context.close()

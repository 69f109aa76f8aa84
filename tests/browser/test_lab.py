"""JupyterLab itself: it takes our extensions, a chapter runs, and its live figure moves."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

HOME = Path(__file__).parents[2]
JUPYTER = str(Path(sys.executable).with_name("jupyter"))
CHAPTER = "02_descend_a_slope.ipynb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    (folder / CHAPTER).write_bytes((HOME / "book" / CHAPTER).read_bytes())
    return folder


@pytest.fixture(scope="module")
def lab(folder, tmp_path_factory):
    """Start JupyterLab on a folder with one chapter; return its address."""
    runtime = tmp_path_factory.mktemp("runtime")
    settings = ["--no-browser", "--port=0", "--allow-root", "--IdentityProvider.token=", "--LabApp.news_url=None"]
    server = subprocess.Popen(
        [JUPYTER, "lab", *settings, f"--ServerApp.root_dir={folder}"],
        env={**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime)},
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


def outputs(path):
    """Return the outputs of the code cells of a saved notebook, and whether every cell has run."""
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [output for cell in cells for output in cell.outputs], all(cell.execution_count for cell in cells)


def test_extensions_are_accepted():
    listed = subprocess.run([JUPYTER, "labextension", "list"], capture_output=True, text=True, check=True)
    text = re.sub(r"\x1b\[\d+m", "", listed.stdout + listed.stderr)
    for name in ("jupyterlab_myst|jupyterlab-myst", "anywidget", "@jupyter-widgets/jupyterlab-manager"):
        assert re.search(rf"({name}) v\S+ enabled +OK", text), text


def test_a_chapter_runs_and_its_slider_moves(lab, folder, chromium):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(f"{lab}lab/tree/{CHAPTER}?reset")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=90_000)
    page.locator(".jp-Notebook .katex").first.wait_for(timeout=30_000)  # the formulas of jupyterlab-myst
    assert "{term}" not in page.locator(".jp-Notebook").first.inner_text()  # MyST is rendered, not shown as source

    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    figure = page.locator(".gd-figure").first
    figure.wait_for(timeout=90_000)
    line = figure.locator(".gd-path .gd-line").first
    before = line.get_attribute("d")
    for _ in range(30):  # while outputs arrive, Lab may take the focus away between the focus and the key
        figure.get_by_role("slider", name="learning rate").press("End")
        page.wait_for_timeout(2000)
        if line.get_attribute("d") != before:
            break
    expect(line).not_to_have_attribute("d", before)

    for _ in range(60):  # Lab keeps only the cells in sight in the page: the saved notebook tells of all
        page.keyboard.press("Control+s")
        page.wait_for_timeout(2000)
        made, complete = outputs(folder / CHAPTER)
        if complete:
            break
    assert complete
    assert [output for output in made if output.output_type == "error" or output.get("name") == "stderr"] == []
    context.close()

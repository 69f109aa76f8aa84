"""The stepper in a page of its own, without a kernel: each number on the page is the one that lessons_lib computes."""

import functools
import http.server
import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from ipywidgets.embed import embed_data

from lessons_lib import network
from lessons_lib.network import Layer
from lessons_lib.widgets.backprop_stepper import backprop_stepper
from tests.browser.conftest import Quiet, settle

STATIC = Path(__file__).parents[2] / "book" / "_static"
SIZES = (2, 3, 2, 1)
X, Y = np.array([[0.5, -1.2], [-0.3, 0.8], [1.7, 0.1]]), np.array([[1.0], [0.0], [1.0]])
SAMPLES = ["sample 1", "sample 2", "sample 3"]
STEPS = 17
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A stepper</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="book.css">
<script>document.documentElement.dataset.theme = localStorage.getItem("theme")</script>
<style>
body { background: var(--pst-color-background); color: var(--pst-color-text-base); }
body { margin: 0 auto; max-width: 760px; padding: 16px; }
</style>
</head>
<body><main class="bd-article"><h1>A stepper</h1>
<script type="application/vnd.jupyter.widget-view+json">%s</script>
</main>
<script type="application/vnd.jupyter.widget-state+json">%s</script>
<script defer src="page_host.js"></script>
</body>
</html>
"""


def layers(seed, sizes=SIZES):
    rng = np.random.default_rng(seed)
    return [Layer(W, rng.normal(size=b.shape)) for W, b in network.init_params(sizes, rng=rng)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a page with the stepper of a small network, and one with that of a wide and deep one."""
    folder = tmp_path_factory.mktemp("stepper")
    for file in ("page_host.js", "book.css"):
        shutil.copy(STATIC / file, folder)
    shutil.copytree(STATIC / "vendor" / "fonts", folder / "vendor" / "fonts")
    wide = layers(0, (6, 6, 6, 6, 3))
    settings = {
        "activations": ("tanh", "relu", "sigmoid", "identity"),
        "loss": "mse",
        "trained": layers(1, (6, 6, 6, 6, 3)),
    }
    widgets = {
        "small": backprop_stepper(layers(0), X, Y, trained=layers(1)),
        "wide": backprop_stepper(wide, np.eye(6)[:2], np.ones((2, 3)) / 3, **settings),
    }
    for name, widget in widgets.items():
        data = embed_data(views=[widget], drop_defaults=False)
        state = json.dumps(data["manager_state"]).replace("</", "<\\/")
        (folder / f"{name}.html").write_text(PAGE % (json.dumps(data["view_specs"][0]), state))
    return folder


@pytest.fixture(scope="module")
def roots(folder):
    """Return where the pages are, over file:// and over http://."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"file": folder.as_uri(), "http": f"http://127.0.0.1:{server.server_port}"}
    server.shutdown()


@pytest.fixture
def stepper(chromium, roots):
    """Return a function that opens a page and returns its stepper; nothing may go wrong on any of them."""
    contexts, trouble = [], []

    def open_page(name="small", *, scheme="file", theme="light", width=1280, **settings):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
        page = context.new_page()
        page.on("console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda request: None if is_own(request.url) else trouble.append(request.url))
        page.goto(f"{roots[scheme]}/{name}.html")
        page.locator(".gd-net svg").wait_for()
        return page.locator(".gd-figure")

    def is_own(url):
        return url.startswith((*roots.values(), "blob:", "data:"))

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


def go(figure, step):
    slider = figure.get_by_role("slider", name="step")
    slider.fill(str(step))
    settle(figure.page)


def tables(figure):
    """Return what the tables print: {symbol: the rows of numbers}."""
    return dict(
        figure.locator("table").evaluate_all(
            """tables => tables.map(table => [table.querySelector('caption b').textContent,
                [...table.tBodies[0].rows].map(row => [...row.cells].slice(1).map(cell => cell.textContent))])"""
        )
    )


def number(text):
    """Read a number as printed; return it and half a unit of its last digit, 0 for whole numbers: they are exact."""
    digits, _, power = text.replace("−", "-").partition("·10")
    power = int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")) or 0)
    decimals = len(digits.partition(".")[2])
    return float(digits) * 10.0**power, 0.5 * 10.0 ** (power - decimals) if decimals or power else 0


def computed(params, i):
    """Return every array that a table may show, by its symbol."""
    x, y = X[i : i + 1], Y[i : i + 1]
    there = network.forward(params, x)
    back = network.backward(params, there, y)
    loss, _ = network.loss_and_grads(params, x, y)
    arrays = {"x": x, "xᵀ": x.T, "y": y, "ŷ": there.y_hat, "L": [[loss]], "∂L/∂ŷ": back.da[3]}
    for k, digit in enumerate("¹²³", 1):
        (W, b), (dW, db), z = params[k - 1], back.grads[k - 1], there.z[k - 1]
        arrays |= {f"W{digit}": W, f"(W{digit})ᵀ": W.T, f"b{digit}": [b], f"z{digit}": z, f"a{digit}": there.a[k]}
        arrays |= {f"(a{digit})ᵀ": there.a[k].T, f"∂L/∂a{digit}": back.da[k], f"∂L/∂z{digit}": back.dz[k - 1]}
        arrays |= {f"∂L/∂W{digit}": dW, f"∂L/∂b{digit}": [db], f"ReLU′(z{digit})": z > 0}
    return arrays


@pytest.mark.parametrize("i", range(3))
@pytest.mark.parametrize("trained", [False, True])
def test_every_number_is_the_one_that_lessons_lib_computes(stepper, trained, i):
    figure = stepper()
    figure.get_by_label("after training" if trained else "before training").check()
    figure.get_by_label(SAMPLES[i]).check()
    arrays, seen = computed(layers(int(trained)), i), set()
    for step in range(STEPS + 1):
        go(figure, step)
        for symbol, rows in tables(figure).items():
            seen.add(symbol)
            assert np.shape(rows) == np.shape(arrays[symbol]), symbol
            for text, exact in zip(np.ravel(rows), np.ravel(arrays[symbol]), strict=True):
                value, half = number(str(text))
                assert abs(value - exact) <= half * (1 + 1e-9), (step, symbol, text, exact)
    assert {"x", "ŷ", "L", "W¹", "(W³)ᵀ", "(a¹)ᵀ", "ReLU′(z¹)", "∂L/∂ŷ", "∂L/∂z²", "∂L/∂W¹", "∂L/∂b³"} <= seen


def test_the_graph_shows_the_same_numbers_and_nothing_of_the_future(stepper):
    figure = stepper()
    arrays = computed(layers(0), 0)
    shown = """svg => [...svg.querySelectorAll('.gd-node')].map(node =>
        [node.querySelector('.gd-value').textContent, node.querySelector('.gd-slope').textContent])"""
    for step, values, slopes in [
        (0, ["x", "", "", "", ""], [""] * 5),
        (3, ["x", "a¹", "z²", "", ""], [""] * 5),
        (11, ["x", "a¹", "a²", "ŷ", "L"], ["", "", "∂L/∂a²", "∂L/∂z³", ""]),
        (17, ["x", "a¹", "a²", "ŷ", "L"], ["", "∂L/∂z¹", "∂L/∂z²", "∂L/∂z³", ""]),
    ]:
        go(figure, step)
        nodes = np.array(figure.locator("svg.gd-forward, svg.gd-backward, svg.gd-end").evaluate(shown))
        starts = np.cumsum([0, *SIZES])
        for column, (value, slope) in enumerate(zip(values, slopes, strict=True)):
            texts = nodes[starts[column] : starts[column] + (*SIZES, 1)[column]]
            for symbol, printed in ((value, texts[:, 0]), (slope, texts[:, 1])):
                exact = np.ravel(arrays[symbol]) if symbol else [None] * len(printed)
                for text, number_ in zip(printed, exact, strict=True):
                    got, half = number(text) if text else (None, 0)
                    assert got is number_ or abs(got - number_) <= half * (1 + 1e-9), (step, symbol, text)


def test_what_is_computed_now_is_ringed(stepper):
    figure, seen = stepper(), []
    for step in range(STEPS + 1):
        go(figure, step)
        seen.append((figure.locator(".gd-to").count(), figure.locator(".gd-lit").count()))
        dots = sum(n for since, n in ((10, 2), (13, 6), (16, 6)) if step >= since)
        assert figure.locator(".gd-dot.gd-known").count() == dots
    assert seen == [
        (2, 0), (3, 6), (3, 0), (2, 6), (2, 0), (1, 2), (1, 0), (1, 1), (1, 1), (1, 0),
        (0, 2), (2, 2), (2, 0), (0, 6), (3, 6), (3, 0), (0, 6), (0, 0),
    ]  # fmt: skip


def test_each_step_is_told_in_words(stepper):
    figure = stepper()
    slider, told = figure.get_by_role("slider", name="step"), set()
    for step in range(STEPS + 1):
        go(figure, step)
        told.add((figure.locator("p[role=status]").inner_text(), slider.get_attribute("aria-valuetext")))
    assert len(told) == STEPS + 1
    assert "The guide has pointed; the hiker has not moved yet" in figure.locator("p[role=status]").inner_text()
    go(figure, 14)
    assert slider.get_attribute("aria-valuetext") == "14 of 17: backward, dL over da1 equals dL over dz2 W2 transposed"
    assert "dL over da1" in figure.get_by_role("img").get_attribute("aria-label")


def test_keyboard_alone_is_enough(stepper):
    figure = stepper()
    keyboard, slider = figure.page.keyboard, figure.get_by_role("slider", name="step")
    slider.focus()
    for key, step in (("ArrowRight", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1"), ("End", "17"), ("Home", "0")):
        keyboard.press(key)
        assert slider.input_value() == step
    keyboard.press(" ")
    figure.get_by_role("button", name="Pause").wait_for()
    figure.page.wait_for_function("() => document.querySelector('input[type=range]').value === '1'")
    keyboard.press(" ")
    figure.get_by_role("button", name="Play").wait_for()
    figure.get_by_label("sample 1").focus()
    keyboard.press("ArrowDown")
    assert figure.get_by_label("sample 2").is_checked()


def test_buttons_step_once(stepper):
    figure = stepper()
    slider = figure.get_by_role("slider", name="step")
    for name, step in (("One step on", "1"), ("One step on", "2"), ("One step back", "1"), ("Back to the start", "0")):
        figure.get_by_role("button", name=name).click()
        settle(figure.page)
        assert slider.input_value() == step


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("name", ["small", "wide"])
def test_comes_to_life(stepper, scheme, name):
    figure = stepper(name, scheme=scheme)
    assert figure.locator(".gd-value").first.text_content()
    assert figure.locator("table").count() == 1


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_motion_only_where_it_is_welcome(stepper, motion):
    figure = stepper(reduced_motion=motion)
    go(figure, 1)
    moving = figure.evaluate("node => node.getAnimations({ subtree: true }).length")
    assert (moving > 0) == (motion == "no-preference")
    if motion == "reduce":
        figure.get_by_role("button", name="Play").click()
        settle(figure.page)
        assert figure.get_by_role("slider").input_value() == str(STEPS)


def test_what_moves_comes_to_rest(stepper):
    figure = stepper()
    go(figure, 1)
    ends = figure.evaluate(
        "node => node.getAnimations({ subtree: true }).map(a => a.effect.getComputedTiming().endTime)"
    )
    assert max(ends) < 5000


@pytest.mark.parametrize("name", ["small", "wide"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_is_accessible(stepper, name, theme, width):
    figure = stepper(name, theme=theme, width=width)
    for step in (0, 3, int(figure.get_by_role("slider").get_attribute("max"))):
        go(figure, step)
        found = Axe().run(figure.page, options={"preload": False}).response["violations"]
        assert [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("name", ["small", "wide"])
def test_fits_a_phone(stepper, name):
    figure = stepper(name, width=390)
    for step in range(int(figure.get_by_role("slider").get_attribute("max")) + 1):
        go(figure, step)
        assert figure.page.evaluate("document.documentElement.scrollWidth") <= 390
        smallest = figure.locator("svg text").evaluate_all(
            """texts => Math.min(...texts.map(text => parseFloat(getComputedStyle(text).fontSize)
                * text.ownerSVGElement.getBoundingClientRect().width / text.ownerSVGElement.viewBox.baseVal.width))"""
        )
        assert smallest >= 11
    if name == "small":  # all of it is seen at once
        assert figure.locator(".gd-net").evaluate("node => node.scrollWidth <= node.clientWidth")


def test_the_graph_follows_the_width_of_the_page(stepper):
    figure = stepper()
    go(figure, 8)
    wide = figure.locator(".gd-net svg").bounding_box()["width"]
    figure.page.set_viewport_size({"width": 390, "height": 900})
    settle(figure.page)
    assert figure.locator(".gd-net svg").bounding_box()["width"] < wide / 1.8
    assert figure.locator(".gd-to").count() == 1

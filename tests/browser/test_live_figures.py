"""The live figures in the built page: no kernel, no network, and what is drawn is what lessons_lib computes."""

import re

import numpy as np
import pytest

from lessons_lib import landscapes
from lessons_lib.descent import descend
from tests.browser.conftest import settle

CHAPTER = "book/02_descend_a_slope"
NUMBER = re.compile(r"[−-]?[\d.]+")


def number(text):
    return float(text.replace("−", "-"))


def figure_of(page, formula):
    return page.locator(".gd-figure").filter(has=page.locator(f'svg:has-text("{formula}")')).first


def slider(figure, label):
    return figure.get_by_role("slider", name=label)


def points(figure, role):
    """Return the points of a drawn line, in the units of its drawing: an array (points, 2)."""
    d = figure.locator(f".gd-{role} .gd-line").first.get_attribute("d")
    return np.array(re.findall(r"[ML](\S+) (\S+?)(?=[ML]|$)", d), float)


def ruler(figure):
    """Return a map from data to the drawing, read off the printed tick labels; y up to one shift common to all."""
    ticks = figure.locator("svg").first.evaluate(
        """svg => [...svg.querySelectorAll('text')].map(t =>
            [t.textContent.trim(), t.x.baseVal[0].value, t.y.baseVal[0].value, getComputedStyle(t).textAnchor])"""
    )
    ticks = [(number(text), x, y, anchor) for text, x, y, anchor in ticks if NUMBER.fullmatch(text)]
    x = np.polyfit(*zip(*[(value, x) for value, x, _, anchor in ticks if anchor == "middle"], strict=True), 1)
    y = np.polyfit(*zip(*[(value, y) for value, _, y, anchor in ticks if anchor == "end"], strict=True), 1)
    return lambda path: np.stack([np.polyval(x, path[:, 0]), np.polyval(y, path[:, 1])], axis=-1)


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_every_widget_comes_to_life(visit, every_page, scheme):
    page = visit(every_page, scheme=scheme)
    views = page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count()
    assert page.locator(".live-figure").count() == views
    for figure in page.locator(".gd-figure").all():
        assert figure.locator(".gd-status").text_content()
        assert figure.locator("svg path[d^=M]").count() >= 1


def test_every_slider_moves_to_both_ends(visit, every_page):
    page = visit(every_page)
    for figure in page.locator(".gd-figure:visible").all():
        for knob in figure.locator("input[type=range]").all():
            seen = set()
            for key in ("Home", "End"):
                knob.press(key)
                settle(page)
                seen.add((knob.input_value(), knob.get_attribute("aria-valuetext")))
                assert "NaN" not in figure.inner_html()
            assert len(seen) == 2


@pytest.mark.parametrize("key", ["Home", "End", None])
@pytest.mark.parametrize("start", list(landscapes.ravine.starts))
def test_the_path_is_the_one_that_lessons_lib_computes(visit, key, start):
    figure = figure_of(visit(CHAPTER), landscapes.ravine.formula)
    knob = slider(figure, "learning rate")
    if key:
        knob.press(key)
    figure.get_by_label(start).check()
    settle(figure.page)
    state = figure.evaluate("node => node.querySelector('.gd-knob output').textContent")
    steps = int(slider(figure, "step").get_attribute("max"))
    # The slider prints three digits; its exact stop is in the page's own widget state.
    stops = figure.page.evaluate(
        """label => {
            const entries = JSON.parse(document.querySelector('script[type$="widget-state+json"]').textContent).state;
            const scene = Object.values(entries).map(e => e.state.scene).find(s => s && s.label === label);
            return scene.knobs[0].stops;
        }""",
        figure.get_attribute("aria-label"),
    )
    rate = stops[int(knob.input_value())]
    assert number(state) == pytest.approx(rate, rel=1e-2)

    path = descend(landscapes.ravine.grad, landscapes.ravine.starts[start], learning_rate=rate, steps=steps)
    wanted = ruler(figure)(path)
    drawn = points(figure, "path")
    (left, right), (bottom, top) = landscapes.ravine.bounds
    inside = (path[:, 0] >= left) & (path[:, 0] <= right) & (path[:, 1] >= bottom) & (path[:, 1] <= top)
    shift = drawn[0] - wanted[0]
    assert abs(shift[0]) < 1
    assert inside.sum() >= 2
    assert np.abs(drawn - wanted - [0, shift[1]])[inside[: len(drawn)]].max() < 1


def test_play_runs_to_the_end_and_pause_stops_it(visit):
    figure = figure_of(visit(CHAPTER), landscapes.ravine.formula)
    step = slider(figure, "step")
    step.press("Home")
    figure.get_by_role("button", name="Play").click()
    figure.page.wait_for_timeout(400)
    figure.get_by_role("button", name="Pause").click()
    reached = int(step.input_value())
    assert 0 < reached < int(step.get_attribute("max"))
    figure.page.wait_for_timeout(300)
    assert int(step.input_value()) == reached
    figure.get_by_role("button", name="Play").click()
    figure.get_by_role("button", name="Play").wait_for(timeout=15_000)
    assert step.input_value() == step.get_attribute("max")


def test_without_motion_play_shows_the_end_at_once(visit):
    page = visit(CHAPTER, reduced_motion="reduce")
    figure = figure_of(page, landscapes.ravine.formula)
    step = slider(figure, "step")
    step.press("Home")
    figure.get_by_role("button", name="Play").click()
    settle(page)
    assert step.input_value() == step.get_attribute("max")


def test_buttons_step_once(visit):
    figure = figure_of(visit(CHAPTER), landscapes.ravine.formula)
    step = slider(figure, "step")
    step.press("Home")
    figure.get_by_role("button", name="One step on").click()
    figure.get_by_role("button", name="One step on").click()
    figure.get_by_role("button", name="One step back").click()
    settle(figure.page)
    assert step.input_value() == "1"
    assert len(points(figure, "path")) == 2
    figure.get_by_role("button", name="Back to the start").click()
    settle(figure.page)
    assert len(points(figure, "path")) == 1


def test_keyboard_alone_is_enough(visit):
    page = visit(CHAPTER)
    figure = figure_of(page, landscapes.ravine.formula)
    knob = slider(figure, "learning rate")
    knob.focus()
    before, said = points(figure, "path"), knob.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    settle(page)
    assert not np.array_equal(points(figure, "path"), before)
    assert knob.get_attribute("aria-valuetext") != said
    page.keyboard.press(" ")
    figure.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press(" ")
    figure.get_by_role("button", name="Play").wait_for()


def test_a_finger_moves_a_slider(visit):
    page = visit(CHAPTER, width=390, has_touch=True)
    figure = figure_of(page, landscapes.ravine.formula)
    knob = slider(figure, "learning rate")
    knob.scroll_into_view_if_needed()
    box = knob.bounding_box()
    page.touchscreen.tap(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    settle(page)
    assert int(knob.input_value()) > 0.7 * int(knob.get_attribute("max"))


def test_the_limit_stands_where_the_slider_reaches_it(visit):
    figure = figure_of(visit(CHAPTER), landscapes.ravine.formula)
    knob, mark = slider(figure, "learning rate"), figure.locator(".gd-mark")
    assert "2/λₘₐₓ = 0.5" in mark.inner_text()
    knob.press("End")
    settle(figure.page)
    assert "above the limit" in knob.get_attribute("aria-valuetext")
    assert "diverges" in figure.locator(".gd-status").inner_text()
    knob.press("Home")
    settle(figure.page)
    assert "below the limit" in knob.get_attribute("aria-valuetext")


def test_two_views_of_one_page_do_not_disturb_each_other(visit):
    page = visit(CHAPTER)
    first, second = page.locator(".gd-figure").nth(0), page.locator(".gd-figure").nth(1)
    before = points(second, "path")
    slider(first, "learning rate").press("End")
    settle(page)
    assert np.array_equal(points(second, "path"), before)

"""Figures take the page's colours and carry their description."""

import re
from xml.dom import minidom

import matplotlib as mpl
import numpy as np
import pytest

from lessons_lib import plots


def drawn():
    fig, ax = plots.figure()
    ax.plot([0, 1], [0, 1], color=plots.PATH)
    ax.set(xlabel="x", ylabel="y")
    return fig


def test_colours_are_those_of_the_page():
    text = plots.svg(drawn())
    assert "var(--gd-path, #d55e00)" in text
    assert "currentColor" in text
    assert plots.INK not in text


def test_what_matplotlib_draws_in_black_is_ink_too():
    fig, ax = plots.figure()
    ax.plot([0, 1], [0, 1], label="line", color="black")
    ax.text(0.5, 0.5, "note")
    ax.legend()
    text = plots.svg(fig)
    assert "#000000" not in text
    assert "#ffffff" not in text
    assert text.startswith('<svg fill="currentColor" ')


def test_fonts_are_those_of_the_page():
    assert "font-family" not in plots.svg(drawn())
    assert ">x</text>" in plots.svg(drawn())


def test_ids_are_used_and_belong_to_one_figure():
    text = plots.svg(drawn())
    ids = re.findall(r' id="([^"]+)"', text)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    assert ids
    assert set(ids) == used
    other, ax = plots.figure()
    ax.plot([0, 2], [0, 1])
    assert not used & set(re.findall(r' id="([^"]+)"', plots.svg(other)))


def test_the_same_figure_is_drawn_alike():
    assert plots.svg(drawn()) == plots.svg(drawn())


def test_show_carries_description_and_caption():
    page = plots.show(drawn(), alt="A line <up>.", caption="It rises.")._repr_html_()
    assert 'role="img" aria-label="A line &lt;up&gt;."' in page
    assert "<figcaption>It rises.</figcaption>" in page


def test_show_takes_several_figures():
    assert plots.show([drawn(), drawn()], alt="Two lines.")._repr_html_().count("<svg") == 2


def test_show_insists_on_a_description():
    with pytest.raises(ValueError, match="alt must say in words"):
        plots.show(drawn(), alt="")


def test_the_readers_own_style_is_left_alone():
    before = dict(mpl.rcParams)
    plots.show(drawn(), alt="A line.")
    assert dict(mpl.rcParams) == before


def test_contours_pass_through_points_of_their_height():
    _, ax = plots.figure()
    plots.contours(ax, lambda p: np.sum(p**2, axis=-1), ((-2, 2), (-1, 1)), levels=5)
    lines = ax.collections[0]
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        if len(path.vertices):
            np.testing.assert_allclose(np.sum(path.vertices**2, axis=1), level, rtol=0.02, atol=5e-4)


def test_a_figure_brings_no_rule_for_the_rest_of_the_page():
    assert "<style" not in plots.svg(drawn())


def test_numbers_are_shortened_in_the_drawing_and_not_in_its_words():
    fig, ax = plots.figure()
    ax.plot([0, 1 / 3, 1], [0, 0.7, 0.1], label="from 0.12345 to 54.20")
    ax.legend()
    text = plots.svg(fig)
    assert "from 0.12345 to 54.20" in text
    numbers = re.findall(r"[\d.]+", " ".join(re.findall(r' d="([^"]*)"', text)))
    assert len(numbers) > 20 and all(number == f"{round(float(number), 2):g}" for number in numbers)


def test_groups_stay_balanced_and_say_something():
    text = plots.svg(drawn())
    assert "<g>" not in text
    minidom.parseString(text)

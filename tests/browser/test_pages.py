"""Every page, as a reader meets it: nothing breaks, nothing overflows, nobody is locked out."""

from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe

TOC = yaml.safe_load((Path(__file__).parents[2] / "_toc.yml").read_text())
PAGES = [TOC["root"]] + [entry["file"] for part in TOC["parts"] for entry in part["chapters"]]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_opens_without_trouble(visit, name, scheme):
    page = visit(name, scheme=scheme)
    assert page.locator("h1").count() >= 1
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Source Serif 4\"'))")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_is_accessible(visit, name, theme):
    page = visit(name, theme=theme)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    # The drawn half of a formula is hidden from screen readers (its MathML is not) and makes up most of the page.
    context, options = {"exclude": [[".katex-html"]]}, {"preload": False, "resultTypes": ["violations"]}
    found = Axe().run(page, context=context, options=options).response["violations"]
    assert [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("name", PAGES)
def test_fits_a_phone(visit, name):
    page = visit(name, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # What is wider than the screen must scroll in a box of its own.
    wide = page.evaluate(
        """() => [...document.querySelectorAll('article *')].filter(node => {
            if (node.getBoundingClientRect().right <= 391 || !node.getClientRects().length) return false;
            for (let box = node.parentElement; box; box = box.parentElement)
              if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(box).overflowX)) return false;
            return getComputedStyle(node).position !== 'absolute' && !node.closest('.katex-mathml');
        }).map(node => node.outerHTML.slice(0, 120))"""
    )
    assert wide == []


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_finds_a_chapter(visit, scheme):
    page = visit("search", scheme=scheme)
    page.goto(f"{page.url}?q=saddle")
    page.locator("#search-results a").first.wait_for()
    assert any("descend" in link.get_attribute("href") for link in page.locator("#search-results li a").all())


def test_theme_button_changes_the_theme(visit):
    page = visit(PAGES[0])
    before = page.evaluate("document.documentElement.dataset.theme")
    button = page.locator(".theme-switch-button:visible").first
    for _ in range(2):  # light, dark, and what the system has: two clicks pass through another one
        button.click()
        if page.evaluate("document.documentElement.dataset.theme") != before:
            return
    pytest.fail("the theme stayed as it was")

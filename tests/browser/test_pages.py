"""Every page, as a reader meets it: nothing breaks, nothing overflows."""

import pytest


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_opens_without_trouble(visit, every_page, scheme):
    page = visit(every_page, scheme=scheme)
    assert page.locator("h1").count() >= 1
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Source Serif 4\"'))")


def test_fits_a_phone(visit, every_page):
    page = visit(every_page, width=390)
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
    page = visit("book/index")
    before = page.evaluate("document.documentElement.dataset.theme")
    button = page.locator(".theme-switch-button:visible").first
    for _ in range(2):  # light, dark, and what the system has: two clicks pass through another one
        button.click()
        if page.evaluate("document.documentElement.dataset.theme") != before:
            return
    pytest.fail("the theme stayed as it was")

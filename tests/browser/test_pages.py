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


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_it_loads(chromium, http_root, alive, every_page, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.route("**/*.woff2", lambda route: route.abort())  # whether a font comes in time is the machine's affair
    page.goto(f"{http_root}/{every_page}.html")
    page.wait_for_function(alive)
    moved = page.evaluate(
        """() => new Promise(done => {
            new PerformanceObserver(list => done(list.getEntries().map(shift => [
                shift.value, shift.sources.map(source => source.node?.outerHTML?.slice(0, 80))
            ]))).observe({ type: "layout-shift", buffered: true });
            setTimeout(done, 300, []);
        })"""
    )
    page.close()
    assert sum(value for value, _ in moved) < 0.02, moved


def test_a_long_page_is_laid_out_in_slices_to_its_end(visit):
    page = visit("book/05_derive_three_layers")
    assert page.evaluate("document.documentElement.classList.contains('in-slices')")
    waiting = """() => [...document.querySelectorAll('.bd-article *')].every(
        (node) => getComputedStyle(node).contentVisibility !== 'auto')"""
    page.wait_for_function(waiting)


def test_a_link_into_a_page_finds_it_laid_out(visit):
    page = visit("book/05_derive_three_layers")
    address = page.url + page.locator("h2 .headerlink").last.get_attribute("href")
    page = page.context.new_page()
    page.goto(address)
    assert not page.evaluate("document.documentElement.classList.contains('in-slices')")
    top = "document.querySelector(location.hash).getBoundingClientRect().top"
    page.wait_for_function(f"0 <= {top} && {top} < innerHeight")


def test_without_scripts_the_figures_stand_as_they_first_look(chromium, http_root):
    page = chromium.new_page(java_script_enabled=False)
    page.goto(f"{http_root}/book/02_descend_a_slope.html")
    figures = page.locator(".live-figure:not(.live-figure-absent)")
    assert figures.count() > 1
    for figure in figures.all():
        assert figure.locator(".gd-panel svg .gd-path path[d*=L]").count() >= 1
        assert figure.locator(".gd-status").inner_text()
        assert "need JavaScript" in figure.inner_text()
    page.close()

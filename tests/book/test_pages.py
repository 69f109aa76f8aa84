"""The built book: complete, warning-free (the build saw to that), and asking nothing of any other host."""

import functools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

HOME = Path(__file__).parents[2]
HTML = HOME / "_build" / "html"
STATE = re.compile(r'<script[^>]*type="application/vnd\.jupyter\.widget-state\+json"[^>]*>(.*?)</script>', re.S)


def chapters():
    toc = yaml.safe_load((HOME / "_toc.yml").read_text())
    return [toc["root"]] + [entry["file"] for part in toc["parts"] for entry in part["chapters"]]


PAGES = chapters()


class Links(HTMLParser):
    """Collects what a page loads, what it links to, and the ids that can be linked to."""

    LOADS = frozenset({"script", "img", "iframe", "source", "video", "audio", "embed", "object", "use", "image"})

    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        if tag in self.LOADS:
            self.loads += [attributes[key] for key in ("src", "href", "data", "xlink:href") if attributes.get(key)]
        if tag == "link" and attributes.get("rel") not in ("canonical", "author", "license"):
            self.loads.append(attributes["href"])
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])


@functools.cache
def read(path):
    return Links(path.read_text())


def page(name):
    return HTML / f"{name}.html"


def test_was_built():
    assert (HTML / "index.html").exists(), "build the book first: make book"


def test_the_front_door_leads_to_the_cover():
    assert "book/index.html" in (HTML / "index.html").read_text()


def test_every_notebook_of_the_book_is_in_the_contents():
    assert {f"book/{path.stem}" for path in (HOME / "book").glob("[0-9]*.ipynb")} == {
        name for name in PAGES if re.match(r"book/\d", name)
    }


@pytest.mark.parametrize("name", PAGES)
def test_is_linked_from_the_contents_of_every_page(name):
    for other in PAGES:
        assert f"{Path(name).name}.html" in page(other).read_text() or name == other


@pytest.mark.parametrize("name", [*PAGES, "search", "genindex"])
def test_loads_nothing_from_another_host(name):
    for url in read(page(name)).loads:
        assert urlsplit(url).scheme in ("", "data"), url
        assert not url.startswith("//"), url


def test_styles_load_nothing_from_another_host():
    for style in HTML.rglob("*.css"):
        for url in re.findall(r"(?:url\(|@import\s+)[\"']?([^\"')\s;]+)", style.read_text(errors="replace")):
            assert not re.match(r"(https?:)?//", url), f"{style.name}: {url}"


@pytest.mark.parametrize("name", PAGES)
def test_everything_that_is_loaded_is_there(name):
    for url in read(page(name)).loads:
        if url.startswith(("data:", "#")):
            continue
        assert (page(name).parent / unquote(urlsplit(url).path)).exists(), url


@pytest.mark.parametrize("name", PAGES)
def test_internal_links_lead_somewhere(name):
    for url in read(page(name)).links:
        parts = urlsplit(url)
        if parts.scheme:
            continue
        target = (page(name).parent / unquote(parts.path)).resolve() if parts.path else page(name)
        assert target.exists(), url
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in read(target).ids, url


@pytest.mark.parametrize("name", PAGES)
def test_formulas_were_rendered_at_build_time(name):
    text = page(name).read_text()
    assert "katex-error" not in text
    assert "MathJax" not in text


@pytest.mark.parametrize("name", PAGES)
def test_widget_state_is_light(name):
    states = STATE.findall(page(name).read_text())
    assert sum(map(len, states)) <= 300_000
    for state in states:
        json.loads(state)


@pytest.mark.parametrize("name", PAGES)
def test_live_figures_stand_in_the_page_as_they_first_look(name):
    text = page(name).read_text()
    after = re.findall(r'widget-view\+json">[^<]*</script>(.{0,25})', text)
    assert all(found.startswith('<div class="live-figure') for found in after)
    sliders = re.findall(r'<input type="range"[^>]*>', text)
    assert len(sliders) >= text.count('<div class="live-figure">') and all(
        re.search(r' value="\d+"', slider) for slider in sliders
    )
    assert "<svg" not in "".join(STATE.findall(text)), "a stage is in the page twice"


@pytest.mark.parametrize("name", [*PAGES, "search"])
def test_nothing_holds_up_the_first_paint(name):
    head, _, body = page(name).read_text().partition("<body")
    assert re.findall(r'<link[^>]*rel="stylesheet"[^>]*>', head + body) == [
        f'<link rel="stylesheet" href="{"../" * name.count("/")}_static/light.css" />'
    ]
    for script in re.findall(r"<script[^>]*\bsrc=[^>]*>", head + body):
        assert re.search(r"\b(defer|async)\b|text/plain", script), script
    assert not STATE.search(head)  # a long text that only scripts read comes after the one that people read
    assert re.search(r'<meta name="description" content="[^"]{20,}"', head)


def test_the_one_style_sheet_is_light_and_whole():
    css = (HTML / "_static" / "light.css").read_text()
    assert len(css) < 200_000
    for rule in (
        ".bd-article",
        ".gd-plot",
        ".katex .mathnormal",
        "html[data-theme=dark]",
        ".admonition",
        ".solution",
        "@media",
    ):
        assert rule in css.replace('"', ""), rule


@pytest.mark.parametrize("name", PAGES)
def test_pictures_are_described(name):
    article = re.search(r"<article.*</article>", page(name).read_text(), re.S)[0]
    for image in re.findall(r"<img[^>]*>", article):
        assert re.search(r'\balt="[^"]+"', image), image


def test_the_style_and_the_renderer_of_formulas_are_one_version():
    from sphinxcontrib.katex import katex_version

    lock = json.loads((HOME / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/katex"]["version"] == katex_version

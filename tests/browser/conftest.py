"""A real browser, the built book over http:// and file://, and a page that complains about whatever goes wrong."""

import functools
import http.server
import threading
from pathlib import Path
from urllib.parse import urlsplit

import browser as finder
import pytest
import yaml
from playwright.sync_api import sync_playwright

HOME = Path(__file__).parents[2]
HTML = HOME / "_build" / "html"
TOC = yaml.safe_load((HOME / "_toc.yml").read_text())
PAGES = [TOC["root"]] + [entry["file"] for part in TOC["parts"] for entry in part["chapters"]]


def pytest_generate_tests(metafunc):
    if "every_page" in metafunc.fixturenames:
        metafunc.parametrize("every_page", PAGES)


ALIVE = (
    "[...document.querySelectorAll('.live-figure:not(.live-figure-absent)')].every((figure) => figure.dataset.ready)"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def http_root():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=finder.find(), args=list(finder.ARGUMENTS))
        yield browser
        browser.close()


def settle(page):
    """Wait until what was planned for the next frame is drawn, however slow the machine."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture
def alive():
    """What is true in a page as soon as all its live figures are alive."""
    return ALIVE


@pytest.fixture
def visit(chromium, http_root):
    """Return a function that opens a page of the book; at the end, nothing may have gone wrong on any of them."""
    contexts, trouble = [], []

    def visit(name, *, scheme="http", theme="light", width=1280, **context_settings):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **context_settings)
        context.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: trouble.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("requestfailed", lambda request: trouble.append(f"failed: {request.url}"))
        page.on("response", lambda r: trouble.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        page.on("request", lambda request: None if is_own(request.url) else trouble.append(f"external: {request.url}"))
        root = http_root if scheme == "http" else HTML.as_uri()
        page.goto(f"{root}/{name}.html")
        page.wait_for_function(ALIVE)
        return page

    def is_own(url):
        return url.startswith(http_root) or urlsplit(url).scheme in ("file", "blob", "data")

    yield visit
    for context in contexts:
        context.close()
    assert trouble == []

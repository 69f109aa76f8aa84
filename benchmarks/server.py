"""Serves the built book on this machine, with gzip as a web host does, and opens a browser on it."""

import contextlib
import functools
import gzip
import http.server
import sys
import threading

import common

sys.path.insert(0, str(common.HOME / "tools"))
import browser as finder

PACKED = (".html", ".css", ".js", ".json", ".svg", ".txt", ".inv")


@functools.cache
def packed(path):
    return gzip.compress(path.read_bytes(), 6)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = (common.HTML / self.path.split("?")[0].lstrip("/")).resolve()
        if not (path.is_file() and path.is_relative_to(common.HTML.resolve())):
            self.send_error(404)
            return
        zipped = path.suffix in PACKED and "gzip" in self.headers.get("Accept-Encoding", "")
        body = packed(path) if zipped else path.read_bytes()
        self.send_response(200)
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", http.server.SimpleHTTPRequestHandler.guess_type(self, str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=31536000" if "/_static/" in self.path else "no-cache")
        self.end_headers()
        self.wfile.write(body)

    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {"": "text/plain"}

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serving():
    """Give the address of a server that runs within the `with` block."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextlib.contextmanager
def chromium():
    """Give a browser that is closed at the end of the `with` block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=finder.find(), args=list(finder.ARGUMENTS))
        yield browser
        browser.close()


def pages():
    """Return the paths of the book's pages in the built book, in order of their names."""
    return [f"book/{path.name}" for path in sorted(common.HTML.glob("book/*.html"))]

"""The built site on this machine: a small local server with the right types and headers."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from eeic.publish.steps import BuildError

#: Only this machine may connect.
HOST = "127.0.0.1"

#: Browsers refuse modules and WebAssembly of another type, and what the machine's own table
#: says differs from machine to machine.
TYPES = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".ipynb": "application/json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}

#: What stands where there is no page, unless the site has a `404.html` of its own.
ERROR_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>%(message)s (%(code)d)</title>
<body style="font: 1.1rem/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 36rem;
padding: 0 1rem">
<h1>%(message)s</h1>
<p><a href="/">To the course's first page</a></p>
</body>
</html>
"""

#: With these the browser lab reads and writes its files without a service worker, which
#: locked-down browsers refuse. The book's pages do not need them and do not get them.
LAB_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


class Handler(SimpleHTTPRequestHandler):
    """Serve the files of one folder, and nothing outside it."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES
    error_message_format = ERROR_PAGE

    def do_GET(self) -> None:
        """Answer with a file, or with the site's own page when there is none."""
        with contextlib.suppress(ConnectionError):  # a browser may go away, that is its right
            super().do_GET()

    def send_head(self) -> Any:
        """Refuse what lies outside the folder, links that lead out of it included."""
        root = Path(self.directory).resolve()
        try:
            inside = Path(self.translate_path(self.path)).resolve().is_relative_to(root)
        except (OSError, ValueError):  # for example a zero byte in the address
            inside = False
        if not inside:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        """Show no folder listings: a folder without index.html is not a page."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a missing page with the site's 404.html, where it has one."""
        page = Path(self.directory, "404.html")
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", TYPES[".html"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Add what every answer carries."""
        self.send_header("Cache-Control", "no-cache")  # a rebuilt page shows at once
        if self.path.startswith("/lab/"):
            for name, value in LAB_HEADERS.items():
                self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the address is the one line that matters."""


class Server(ThreadingHTTPServer):
    """A server whose port is taken when another program already listens on it."""

    # Windows would let two programs share the port, each getting some of the requests.
    allow_reuse_address = os.name != "nt"


def server(folder: Path, port: int) -> Server:
    """Bind a server for a folder; `serve_forever()` on the result starts it.

    Parameters
    ----------
    folder : Path
        The built site.
    port : int
        The port on 127.0.0.1; 0 takes any free one (see the result's `server_port`).

    Returns
    -------
    Server

    Raises
    ------
    eeic.publish.steps.BuildError
        If the port is in use or not allowed.
    """
    handler: Callable[..., Handler] = partial(Handler, directory=str(folder))
    try:
        return Server((HOST, port), handler)
    except (OSError, OverflowError) as error:
        raise BuildError(
            f"port {port} cannot be used ({_reason(error)}): "
            f"choose another, for example make serve PORT={port + 1 if port < 65535 else 8000}"
        ) from None


def serve(folder: Path, port: int = 8000) -> None:
    """Serve a folder until Ctrl-C, and print where.

    Parameters
    ----------
    folder : Path
        The built site.
    port : int
        The port on 127.0.0.1.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the port is in use or not allowed.
    """
    with server(folder, port) as running:
        try:
            print(f"The course is at {address(running)} (Ctrl-C stops it)", flush=True)
            running.serve_forever()
        except KeyboardInterrupt:
            print()


def address(running: Server) -> str:
    """Return the address of a bound server.

    Parameters
    ----------
    running : Server
        What `server` returned.

    Returns
    -------
    str
    """
    return f"http://localhost:{running.server_port}/"


def _reason(error: Exception) -> str:
    if isinstance(error, OverflowError):
        return "ports go from 0 to 65535"
    return "another program uses it" if _in_use(error) else str(error)


def _in_use(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in {errno.EADDRINUSE, 10048}  # 10048: Windows

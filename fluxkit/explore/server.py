"""A server of this machine for its own user: one address, one token, a few questions.

What it refuses, and why:

* another ``Host`` than its own (421): a name that an attacker's page makes point here (DNS rebinding);
* no token, or a wrong one (403): other users and other pages of this machine;
* another ``Origin``, or what a browser calls cross-site (403): a page elsewhere that posts forms;
* methods other than GET and POST (405), so that no preflight is ever answered; it sends no CORS header;
* anything but JSON (415), bodies without a length (411) or beyond 64 kB (413), slow ones (closed);
* any path but ``/`` and the questions of the page (404): there are no files to reach.
"""

import hmac
import json
import logging
import secrets
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from fluxkit.errors import ConfigError, FluxkitError

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
#: Largest body of a question. [bytes]
MOST_BYTES = 65_536
#: How long a connection may say nothing. [s]
SILENCE = 20.0
#: Header that carries the token of a question; a form of another page cannot send it.
TOKEN = "X-Fluxkit-Token"  # noqa: S105 - the header's name

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Server(ThreadingHTTPServer):
    """Serves one page and the answers to its questions on 127.0.0.1.

    Parameters
    ----------
    page : callable
        Returns the page as HTML.
    questions : mapping
        Path, such as ``/month`` -> what answers a question there.
    port : int, default 0
        0: any that is free.

    Raises
    ------
    ConfigError
        The port is taken, or not allowed.
    """

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, page: Callable[[], str], questions: Mapping[str, Answer], port: int = 0) -> None:
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            words = getattr(error, "strerror", None) or error
            raise ConfigError(
                "--port", [f"{port} cannot be used: {words}; give another one, or 0 for any"]
            ) from error
        self.page, self.questions = page, questions
        self.token = secrets.token_urlsafe(32)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Note what went wrong with a connection; that one was cut off is nothing."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            logger.error("a connection broke a thread: %r", error)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    @property
    def hosts(self) -> tuple[str, str]:
        """What a browser of this machine may call it."""
        return f"{HOST}:{self.port}", f"localhost:{self.port}"


class _Refusal(Exception):  # noqa: N818
    def __init__(self, status: HTTPStatus, words: str) -> None:
        self.status, self.words = status, words
        super().__init__(words)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SILENCE

    @property
    def _own(self) -> Server:
        return cast(Server, self.server)

    def do_GET(self) -> None:
        """Send the page."""
        self._answered(self._page)

    def do_POST(self) -> None:
        """Answer a question."""
        self._answered(self._question)

    def _refused(self) -> None:
        self._send(HTTPStatus.METHOD_NOT_ALLOWED, b"", "text/plain; charset=utf-8", {"Allow": "GET, POST"})

    do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_TRACE = do_CONNECT = _refused  # noqa: N815

    def _answered(self, answer: Callable[[], None]) -> None:
        try:
            self._check_caller()
            answer()
        except _Refusal as refusal:
            self._send(refusal.status, refusal.words.encode(), "text/plain; charset=utf-8")
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    def _check_caller(self) -> None:
        own = self._own
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0].lower() not in own.hosts:
            raise _Refusal(HTTPStatus.MISDIRECTED_REQUEST, "not the name of this server")
        origin = self.headers.get("Origin")
        if origin is not None and origin not in [f"http://{host}" for host in own.hosts]:
            raise _Refusal(HTTPStatus.FORBIDDEN, "from another page")
        if self.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise _Refusal(HTTPStatus.FORBIDDEN, "from another page")

    def _check_token(self, given: str) -> None:
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._own.token.encode()):
            raise _Refusal(HTTPStatus.FORBIDDEN, "no token, or a wrong one: use the address that was printed")

    def _page(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/" or parts.netloc:  # the address of another server may stand there
            raise _Refusal(HTTPStatus.NOT_FOUND, "nothing here")
        self._check_token((parse_qs(parts.query).get("token") or [""])[0])
        self._send(HTTPStatus.OK, self._own.page().encode(), "text/html; charset=utf-8")

    def _question(self) -> None:
        self._check_token(self.headers.get(TOKEN, ""))
        body = self._body()
        answer = self._own.questions.get(self.path)
        if answer is None:
            raise _Refusal(HTTPStatus.NOT_FOUND, "no such question")
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise _Refusal(HTTPStatus.BAD_REQUEST, f"not JSON: {error}") from error
        if not isinstance(asked, dict):
            raise _Refusal(HTTPStatus.BAD_REQUEST, "not a JSON object")
        status, found = HTTPStatus.OK, dict[str, Any]()
        try:
            found = dict(answer(asked))
        except ConfigError as error:
            status, found = HTTPStatus.UNPROCESSABLE_ENTITY, {"problems": error.problems}
        except FluxkitError as error:
            status, found = HTTPStatus.UNPROCESSABLE_ENTITY, {"problems": [str(error)]}
        except Exception as error:
            logger.exception("a fault of the program")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            found = {"problems": [f"a fault of fluxkit, please report it: {type(error).__name__}: {error}"]}
        text = json.dumps(found, allow_nan=False, separators=(",", ":"))
        self._send(status, text.encode(), "application/json; charset=utf-8")

    def _body(self) -> bytes:
        """Return the body; one that is refused is not read, and the connection ends."""
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise self._ending(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") is not None or not (length.isascii() and length.isdigit()):
            raise self._ending(HTTPStatus.LENGTH_REQUIRED, "say the length of the body")
        if len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES:
            raise self._ending(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MOST_BYTES} bytes")
        return self.rfile.read(int(length))

    def _ending(self, status: HTTPStatus, words: str) -> _Refusal:
        self.close_connection = True
        return _Refusal(status, words)

    def _send(
        self, status: HTTPStatus, body: bytes, kind: str, more: Mapping[str, str] | None = None
    ) -> None:
        if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.UNPROCESSABLE_ENTITY:
            self.close_connection = True  # what else was sent is not read
        self.send_response(status)
        for name, value in {**_HEADERS, **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Name the program, without versions."""
        return "fluxkit"

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: addresses hold the token."""

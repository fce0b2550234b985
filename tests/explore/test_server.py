"""What the server refuses: other names, other pages, no token, other methods, files, floods."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from fluxkit.errors import ConfigError, MomentsError
from fluxkit.explore.server import MOST_BYTES, TOKEN, Server


def answer(asked):
    if asked.get("what") == "refuse":
        raise ConfigError("choices", ["rotation: found 'x'; allowed: y"])
    if asked.get("what") == "lack":
        raise MomentsError("moments hold no ch4")
    if asked.get("what") == "break":
        raise ZeroDivisionError("oh")
    return {"asked": asked}


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(lambda: "<!DOCTYPE html><p>figures</p>", {"/month": answer})
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def send(server, method="POST", path="/month", body=b"{}", **headers):
    """Send a request as the page does, but for what is given; a header that is None is left out."""
    given = {"Host": f"127.0.0.1:{server.port}", "Content-Type": "application/json", TOKEN: server.token}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    given.setdefault("Content-Length", str(len(body)))
    for name, value in given.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders()
    try:
        connection.send(body)
        reply = connection.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read()
    finally:
        connection.close()


def test_a_question_is_answered(server):
    status, headers, body = send(server, body=b'{"month": "2024-07"}')
    assert status == 200
    assert json.loads(body) == {"asked": {"month": "2024-07"}}
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert not any(name.lower().startswith("access-control") for name in headers)
    assert headers["Server"] == "fluxkit"


def test_it_listens_to_this_machine_alone(server):
    assert server.server_address[0] == "127.0.0.1"
    assert len(server.token) >= 43


def test_the_page_needs_the_token(server):
    token = server.token
    assert send(server, "GET", f"/?token={token}", b"")[0] == 200
    for path in (
        "/",
        "/?token=",
        f"/?token={token[:-1]}",
        f"/?token={token}x",
        "/?token=%C3%A9",
        "/?Token=" + token,
    ):
        status, headers, body = send(server, "GET", path, b"")
        assert status == 403, path
        assert token.encode() not in body
        assert not any(name.lower().startswith("access-control") for name in headers)


@pytest.mark.parametrize("token", [None, "", "x", "é".encode().decode("latin-1")])
def test_a_question_needs_the_token_in_its_header(server, token):
    assert send(server, path=f"/month?token={server.token}", **{TOKEN: token})[0] == 403


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}",
             "127.0.0.1:{port}.evil.example", "0.0.0.0:{port}"],
)  # fmt: skip
def test_another_name_is_refused(server, host):
    """DNS rebinding: the attacker's name leads here, and the browser sends that name."""
    host = host and host.format(port=server.port)
    assert send(server, Host=host)[0] == 421
    assert send(server, "GET", f"/?token={server.token}", b"", Host=host)[0] == 421


def test_two_names_are_refused(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        first, host = f"GET /?token={server.token} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"
        line.sendall(f"{first}\r\n{host}\r\nHost: evil\r\n\r\n".encode())
        assert b" 421 " in line.recv(200)


def test_its_own_names_are_taken(server):
    for name in (f"localhost:{server.port}", f"LOCALHOST:{server.port}"):
        assert send(server, Host=name)[0] == 200
    assert send(server, Origin=f"http://127.0.0.1:{server.port}", Sec_Fetch_Site="same-origin")[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:{port}"]
)
def test_other_pages_are_refused(server, origin):
    assert send(server, Origin=origin.format(port=server.port))[0] == 403
    assert send(server, Sec_Fetch_Site="cross-site")[0] == 403
    assert send(server, Sec_Fetch_Site="same-site")[0] == 403


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"])
def test_other_methods_are_refused(server, method):
    status, headers, _ = send(server, method, "/", b"", Origin="http://evil.example")
    assert status == 405
    assert headers["Allow"] == "GET, POST"
    assert not any(name.lower().startswith("access-control") for name in headers)


def test_methods_that_do_not_exist_are_refused(server):
    assert send(server, "BREW", "/", b"")[0] == 501


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/site.toml", "//etc/passwd", "/month/../site.toml",
     "/..", "http://evil.example/", "/moments/2024/2024-07-01.nc", "\\..\\..\\x"],
)  # fmt: skip
def test_there_are_no_files_to_reach(server, path):
    assert send(server, "GET", f"{path}?token={server.token}", b"")[0] in (403, 404)
    status, _, body = send(server, path=path)
    assert status == 404
    assert b"root:" not in body


def test_bodies_are_bounded(server):
    fits = b'{"a": "' + b"x" * (MOST_BYTES - 9) + b'"}'
    assert len(fits) == MOST_BYTES
    assert send(server, body=fits)[0] == 200
    assert send(server, body=b"{}", Content_Length=str(MOST_BYTES + 1))[0] == 413
    assert send(server, body=b"{}", Content_Length="9" * 400)[0] == 413
    for length in (None, "-1", "1e3", "²", "0x10"):
        length = length and length.encode().decode("latin-1")
        assert send(server, body=b"{}", Content_Length=length)[0] == 411, length
    assert send(server, body=b"{}", Transfer_Encoding="chunked")[0] == 411


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_forms_are_refused(server, kind):
    assert send(server, Content_Type=kind)[0] == 415


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff\xfe", b"[" * 30_000, b'{"a": 1}x'])
def test_what_is_no_table_of_json_is_refused(server, body):
    assert send(server, body=body)[0] == 400
    assert send(server)[0] == 200


def test_errors_are_words_and_the_server_goes_on(server):
    status, _, body = send(server, body=b'{"what": "refuse"}')
    assert status == 422
    assert json.loads(body)["problems"] == ["rotation: found 'x'; allowed: y"]
    status, _, body = send(server, body=b'{"what": "lack"}')
    assert (status, json.loads(body)["problems"]) == (422, ["moments hold no ch4"])
    status, _, body = send(server, body=b'{"what": "break"}')
    assert status == 500
    assert "ZeroDivisionError: oh" in json.loads(body)["problems"][0]
    assert send(server)[0] == 200


def test_one_who_says_nothing_holds_nobody_up(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent:
        silent.sendall(b"POST /month HT")
        began = time.monotonic()
        assert send(server)[0] == 200
        assert time.monotonic() - began < 5.0


def test_a_port_that_is_taken_is_said(server):
    with pytest.raises(ConfigError, match="give another one, or 0 for any"):
        Server(lambda: "", {}, server.port)

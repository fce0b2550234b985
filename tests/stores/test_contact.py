"""What goes wrong between here and a store."""

import http.server
import sys
import threading

import fsspec
import pytest
import s3fs

from fluxkit.errors import ConfigError, ReadError, StoreError
from fluxkit.locations import location, read_start
from fluxkit.raw.opening import contents
from fluxkit.stores import contact
from fluxkit.stores.contact import ask


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr(contact, "FIRST_PAUSE", 0.001)


@pytest.fixture
def web():
    """A web server of one file that knows no ranges and begins with some failures."""

    class Answer(http.server.BaseHTTPRequestHandler):
        failures: list[int] = []  # noqa: RUF012
        asked = 0

        def do_GET(self):
            type(self).asked += 1
            status = self.failures.pop() if self.failures else 200 if self.path == "/raw/a.dat" else 404
            body = b"records" if status == 200 else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Answer
    server.shutdown()
    server.server_close()


def test_a_web_server_is_a_store(web):
    address, _ = web
    assert contents(f"{address}/raw/a.dat").data == b"records"
    assert read_start(location(f"{address}/raw/a.dat"), 3) == b"rec"
    with pytest.raises(ReadError, match=r"raw/b\.dat: cannot be opened: no such file or object"):
        contents(f"{address}/raw/b.dat")


def test_a_store_that_fails_for_a_while_is_asked_again(web, no_pause, caplog):
    address, server = web
    contents(f"{address}/raw/a.dat")
    server.failures[:] = [503, 500, 503]
    server.asked = 0
    assert contents(f"{address}/raw/a.dat").data == b"records"
    assert server.asked == 4
    assert "cannot be reached" in caplog.text
    assert "trying again" in caplog.text


def test_a_store_that_never_answered_is_not_waited_for(web):
    address, server = web
    server.failures[:] = [503] * 5
    with pytest.raises(StoreError, match=r"cannot be reached .*check the address, the network"):
        contents(f"{address}/raw/a.dat")
    assert server.asked == 1


def test_a_store_that_stays_away_ends_the_run_and_costs_no_file(no_pause, monkeypatch):
    monkeypatch.setattr(contact, "_reached", {"memory://tower"})
    monkeypatch.setattr(contact, "PATIENCE", 0.02)

    def fails(store, place):
        raise ConnectionResetError("reset by peer")

    with pytest.raises(StoreError, match=r"memory://tower/a: cannot be reached .*reset by peer"):
        ask("memory://tower/a", fails)
    assert not issubclass(StoreError, ReadError | OSError)


def test_credentials_that_hold_no_longer_end_the_run(bucket, monkeypatch):
    class AnswerError(Exception):
        response = {"Error": {"Code": "ExpiredToken"}}  # noqa: RUF012

    async def expired(self, *args, **keywords):
        raise PermissionError("The provided token has expired.") from AnswerError()

    monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", expired)
    with pytest.raises(StoreError, match=r"a\.dat: the credentials have expired; get new ones and run again"):
        contents(bucket / "a.dat")


def test_an_object_that_may_not_be_read_costs_that_object(bucket, monkeypatch):
    async def refused(self, *args, **keywords):
        raise PermissionError("Access Denied")

    monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", refused)
    with pytest.raises(ReadError, match=r"cannot be opened: access denied .Access Denied.*credentials"):
        contents(bucket / "a.dat")


def test_missing_credentials_are_told(bucket, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        with pytest.raises(StoreError, match=r"no valid credentials .*AWS_ACCESS_KEY_ID"):
            contents(bucket / "a.dat")
    finally:
        s3fs.S3FileSystem.clear_instance_cache()


def test_an_endpoint_may_stand_in_the_settings_of_fsspec(bucket, endpoint, monkeypatch):
    (bucket / "a.dat").write_bytes(b"records")
    monkeypatch.setattr(contact, "PATIENCE", 0.0)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")  # nobody answers there
    monkeypatch.setitem(fsspec.config.conf, "s3", {"endpoint_url": endpoint})
    assert contents(bucket / "a.dat").data == b"records"


def test_a_missing_bucket_is_told():
    for ask_for in (lambda place: contents(place / "a.dat"), lambda place: list(place.glob("**/*.dat"))):
        with pytest.raises(StoreError, match="there is no such bucket; check the address"):
            ask_for(location("s3://no-such-bucket"))


@pytest.mark.parametrize(
    ("address", "kind", "message"),
    [
        ("nonsense://bucket/a", ConfigError, "Protocol not known: nonsense"),
        ("simplecache::s3://bucket/a", ConfigError, "chained addresses are not supported"),
    ],
)
def test_addresses_that_mean_nothing_are_told(address, kind, message):
    with pytest.raises(kind, match=message):
        location(address).read_bytes()


@pytest.mark.parametrize("missing", ["fsspec.core", "s3fs"])
def test_a_missing_package_is_named(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    for protocol in ("s3", "s3a"):
        monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, protocol, raising=False)
    with pytest.raises(StoreError, match=r"needs a missing package .*pip install 'fluxkit\[cloud\]'"):
        contents("s3://bucket/a.dat")

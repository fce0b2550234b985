"""A server on this machine that speaks S3, and buckets of it."""

import itertools
import logging
from collections.abc import Iterator

import pytest
import s3fs
from moto.server import ThreadedMotoServer

from fluxkit.stores import contact
from fluxkit.stores.path import StorePath

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Address of the server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="package", autouse=True)
def store(endpoint: str) -> Iterator[None]:
    """Say where the server is, as a user would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "a-key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        s3fs.S3FileSystem.clear_instance_cache()
        yield
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(autouse=True)
def nothing_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget which stores have answered in other tests."""
    monkeypatch.setattr(contact, "_reached", set())


@pytest.fixture
def bucket() -> StorePath:
    """A new, empty bucket."""
    name = f"tower-{next(_NUMBERS)}"
    s3fs.S3FileSystem().mkdir(name)
    return StorePath(f"s3://{name}")

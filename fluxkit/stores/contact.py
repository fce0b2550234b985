"""Talking to a store: what its libraries raise becomes an OSError or a StoreError.

An OSError is about one object, and costs that object. A StoreError is about the store: nothing there can
be read or written until someone puts it right, so it ends a run, which can be resumed.
"""

import errno
import logging
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from fluxkit.errors import ConfigError, StoreError

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

#: How long a store that has answered before is asked again while it cannot be reached. [s]
PATIENCE = 120.0
#: First pause between two questions; each is twice as long as the one before. [s]
FIRST_PAUSE = 1.0

_EXTRA = "pip install 'fluxkit[cloud]' for s3:// and https://, for others the package that is named"
_ADVICE = "check the address, the network and the endpoint, and run again"
#: Exceptions of the libraries behind the protocols that are no OSError. They are looked up among the
#: modules that are loaded: one that is not cannot have raised.
_FOREIGN = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("gcsfs.retry", "HttpError"),
    ("azure.core.exceptions", "AzureError"),
)
#: Of them, by name: the connection failed, another attempt may not.
_PASSING = (
    "Connection",
    "Timeout",
    "HTTPClientError",
    "ServerDisconnected",
    "ClientPayload",
    "ClientOSError",
)
_PASSING_NUMBERS = frozenset(
    number
    for name in (
        *("EBUSY", "EIO", "EREMOTEIO", "ETIMEDOUT", "ECONNRESET", "ECONNREFUSED", "ECONNABORTED"),
        *("EPIPE", "ENETUNREACH", "ENETDOWN", "EHOSTUNREACH", "EAGAIN"),
    )
    if (number := getattr(errno, name, None)) is not None
)
#: Answers of S3 that hold for every object, with what to do.
_STORE_CODES = {
    "NoSuchBucket": "there is no such bucket; check the address, or make the bucket",
    "InvalidBucketName": "no bucket can have this name; check the address",
    "ExpiredToken": "the credentials have expired; get new ones and run again",
    "TokenRefreshRequired": "the credentials have expired; get new ones and run again",
    "InvalidToken": "the credentials are not valid; check the session token",
    "InvalidAccessKeyId": "the store does not know this access key; check the credentials",
    "SignatureDoesNotMatch": "the store does not accept the signature; check the secret key",
    "RequestTimeTooSkewed": "the clock of this machine is wrong; set it",
    "PermanentRedirect": "the bucket is in another region; set AWS_REGION or the endpoint",
}
_NO_SUCH_RANGE = ("InvalidRange", "416")
_PRECONDITION = ("PreconditionFailed", "ConditionalRequestConflict", "412")
_reached: set[str] = set()


def ask(address: str, question: Callable[[Any, str], Answer], *, patience: float | None = None) -> Answer:
    """Put a question to the store of an address.

    Parameters
    ----------
    address : str
        ``protocol://place``.
    question : callable
        Called with the filesystem (of fsspec) and the place in its own terms.
    patience : float, optional
        How long to keep trying while the store cannot be reached; default: two minutes where it has
        answered before in this process, otherwise not at all. [s]

    Raises
    ------
    OSError
        The object is not there, may not be read, or something else is wrong with it.
    StoreError
        The store cannot be reached or refuses access, or a package is missing.
    """
    filesystem, place = reach(address)
    store = _store(address)
    if patience is None:
        patience = PATIENCE if store in _reached else 0.0
    deadline, pause = time.monotonic() + patience, FIRST_PAUSE
    while True:
        try:
            answer = question(filesystem, place)
        except _faults() as error:
            _raise_lasting(address, error)
            if time.monotonic() + pause > deadline:
                raise StoreError(address, f"cannot be reached ({_words(error)}); {_ADVICE}") from error
            logger.warning(
                "%s: cannot be reached (%s); trying again in %.0f s", address, _words(error), pause
            )
            time.sleep(pause)
            pause *= 2.0
        else:
            _reached.add(store)
            return answer


def reach(address: str) -> tuple[Any, str]:
    """Return the filesystem of an address and the path in it, without any request.

    Raises
    ------
    StoreError
        A package is missing.
    ConfigError
        The protocol is unknown.
    """
    protocol = address.partition("://")[0]
    if "::" in protocol:
        raise ConfigError(
            address, ["chained addresses are not supported; give a plain one, s3://bucket/path"]
        )
    try:
        from fsspec.core import url_to_fs

        filesystem, place = url_to_fs(address)
    except ImportError as error:
        raise StoreError(address, f"needs a missing package ({error}): {_EXTRA}") from error
    except ValueError as error:
        raise ConfigError(address, [f"cannot be used: {error}; see fsspec's list of protocols"]) from error
    except _faults() as error:  # some protocols connect at once
        _raise_lasting(address, error)
        raise StoreError(address, f"cannot be reached ({_words(error)}); {_ADVICE}") from error
    return filesystem, str(place)


def beyond_the_end(error: OSError) -> bool:
    """Whether a range was requested that the object does not have, since it is empty."""
    return _code(error) in _NO_SUCH_RANGE


def _store(address: str) -> str:
    protocol, _, place = address.partition("://")
    return f"{protocol}://{place.partition('/')[0]}"


def _faults() -> tuple[type[Exception], ...]:
    foreign = (getattr(sys.modules.get(module), name, None) for module, name in _FOREIGN)
    return (OSError, *(kind for kind in foreign if kind is not None))


def _raise_lasting(address: str, error: Exception) -> None:
    """Raise what another attempt would not change; return if it might."""
    code = _code(error)
    if code in _STORE_CODES:
        raise StoreError(address, _STORE_CODES[code]) from error
    if _about_credentials(error):
        advice = "set them as the protocol's library expects (for s3: AWS_ACCESS_KEY_ID and so on)"
        raise StoreError(address, f"no valid credentials ({_words(error)}); {advice}") from error
    if code in _PRECONDITION or isinstance(error, FileExistsError):
        raise FileExistsError(errno.EEXIST, "it already exists", address) from error
    if isinstance(error, FileNotFoundError):
        if "bucket does not exist" in str(error):
            raise StoreError(address, _STORE_CODES["NoSuchBucket"]) from error
        raise FileNotFoundError(errno.ENOENT, "no such file or object", address) from error
    status = getattr(error, "status", 0)
    if isinstance(error, PermissionError) or status in (401, 403):
        what = f"access denied ({_words(error)}); check the credentials and their rights"
        raise PermissionError(errno.EACCES, what, address) from error
    if not _passes(error, status):
        raise OSError(getattr(error, "errno", None) or errno.EINVAL, _words(error), address) from error


def _code(error: BaseException | None) -> str:
    """Return the code of S3's answer, which is in the error or in its cause."""
    for each in (error, getattr(error, "__cause__", None)):
        answer = getattr(each, "response", None)
        if isinstance(answer, dict):
            return str(answer.get("Error", {}).get("Code", ""))
    return ""


def _about_credentials(error: Exception) -> bool:
    name = type(error).__name__
    return "Credential" in name or "TokenRetrieval" in name or name.endswith(("RefreshError", "AuthError"))


def _passes(error: Exception, status: Any) -> bool:
    if isinstance(status, int) and status:
        return status >= 500 or status in (408, 429)
    if isinstance(error, ConnectionError | TimeoutError) or getattr(error, "errno", None) in _PASSING_NUMBERS:
        return True
    return any(part in kind.__name__ for kind in type(error).__mro__ for part in _PASSING)


def _words(error: Exception) -> str:
    first = (getattr(error, "strerror", None) or str(error)).strip().partition("\n")[0]
    return first or type(error).__name__

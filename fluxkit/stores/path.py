"""A place in a store, with the part of pathlib's interface that a program needs."""

import io
import posixpath
import stat
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from os import PathLike, stat_result
from pathlib import Path
from typing import IO, Any, Self

from fluxkit.stores.contact import ask, beyond_the_end

#: Protocols that know no folders: an object's name holds them.
_FLAT = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "http", "https", "memory"})
#: One request for an object: pieces asked for side by side might be of two versions of it.
_ONE_REQUEST: Mapping[str, Mapping[str, Any]] = {"s3": {"max_concurrency": 1}, "s3a": {"max_concurrency": 1}}
#: What listings call the version of an object, or else the time it was written.
_VERSIONS = ("ETag", "etag", "md5Hash", "content_md5")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "Last-Modified", "created")
_MAGIC = frozenset("*?[")
#: Largest content that is kept for a second look, and sent in one request. [bytes]
_HELD = 2**26


@dataclass(frozen=True)
class ObjectFacts:
    """What a listing says about an object."""

    size: int  #: [bytes]
    version: str  #: changes with the content; empty if the store tells none
    written: float = 0.0  #: seconds since 1970; 0 if the store does not tell it

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Return the facts in an entry of fsspec."""
        version = next((str(told[key]) for key in _VERSIONS if told.get(key)), "")
        written = next((told[key] for key in _TIMES if told.get(key)), "")
        return cls(int(told.get("size") or 0), version.strip('"') or str(written), _seconds(written))


@dataclass(frozen=True, order=True)
class StorePath:
    """A place in a store.

    It has no ``__fspath__``: whatever needs a file of this machine refuses it, instead of making a folder
    called ``s3:``.

    Parameters
    ----------
    address : str
        ``protocol://place``, without a slash at the end.
    facts : ObjectFacts, optional
        What a listing told of it.
    """

    address: str
    facts: ObjectFacts | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.address

    def __truediv__(self, other: str | PathLike[str]) -> Self:
        text = other.as_posix() if isinstance(other, Path) else str(other)
        protocol, _, place = self.address.partition("://")
        store, _, inner = place.partition("/")
        # "/" before the name keeps ".." from leaving the store.
        joined = posixpath.normpath(f"/{inner}/{text}") if {".", ".."} & set(text.split("/")) else ""
        rest = joined.lstrip("/") if joined else f"{inner}/{text}".strip("/")
        return type(self)(f"{protocol}://{store}/{rest}" if rest else f"{protocol}://{store}")

    @property
    def protocol(self) -> str:
        """Name before ``://``."""
        return self.address.partition("://")[0]

    @property
    def parts(self) -> tuple[str, ...]:
        """The store with its protocol, then folders and name."""
        store, *rest = self.address.partition("://")[2].split("/")
        return (f"{self.protocol}://{store}", *rest)

    @property
    def name(self) -> str:
        """Last part; empty of a store itself."""
        return self.parts[-1] if len(self.parts) > 1 else ""

    @property
    def stem(self) -> str:
        """Name without its suffix."""
        return Path(self.name).stem

    @property
    def suffix(self) -> str:
        """End of the name from its last dot on."""
        return Path(self.name).suffix

    @property
    def parent(self) -> Self:
        """The folder around it; of a store itself the same."""
        return type(self)(self.address.rpartition("/")[0]) if self.name else self

    @property
    def parents(self) -> tuple[Self, ...]:
        """The folders around it, nearest first."""
        return (self.parent, *self.parent.parents) if self.name else ()

    def with_name(self, name: str) -> Self:
        """Return the place of this name in the same folder."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> Self:
        """Return the path with another suffix."""
        return self.parent / (self.stem + suffix)

    def is_relative_to(self, other: "StorePath | str | Path") -> bool:
        """Whether it is at or below another place."""
        return self.address == str(other) or self.address.startswith(f"{other}/")

    def as_posix(self) -> str:
        """Return the address."""
        return self.address

    def resolve(self) -> Self:
        """Return itself: an address is complete."""
        return self

    absolute = resolve

    def is_absolute(self) -> bool:
        """Return True: an address is complete."""
        return True

    def read_bytes(self) -> bytes:
        """Return the content, in one request."""
        options = _ONE_REQUEST.get(self.protocol, {})
        found: bytes = ask(self.address, lambda store, place: store.cat_file(place, **options))
        _Handed.remember(self.address, found)
        return found

    def read_start(self, size: int) -> bytes:
        """Return the first ``size`` bytes, without fetching the rest."""
        try:
            start: bytes = ask(self.address, lambda store, place: store.cat_file(place, start=0, end=size))
        except OSError as error:
            if beyond_the_end(error.__cause__ if isinstance(error.__cause__, OSError) else error):
                return b""
            raise
        return start[:size]  # a server that knows no ranges sends everything

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the content as text, ends of lines as line feeds."""
        with io.TextIOWrapper(io.BytesIO(self.read_bytes()), encoding, errors) as stream:
            return stream.read()

    def open(
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Return a stream of the content, for reading only.

        Once after the object was read or written here, it is of the same bytes: a checksum is of what was
        used, and costs no second transfer.
        """
        if mode not in ("r", "rt", "rb"):
            raise ValueError(
                f"{self}: mode {mode!r}: objects can only be written as a whole, see write_bytes"
            )
        content = io.BytesIO(_Handed.take(self.address) or self.read_bytes())
        return content if mode == "rb" else io.TextIOWrapper(content, encoding or "utf-8", errors, newline)

    def write_bytes(self, data: bytes) -> int:
        """Make the object, or put another in its place."""
        self._make_folder()
        _Handed.forget()
        ask(self.address, lambda store, place: store.pipe_file(place, data))
        return len(data)

    def write_text(self, text: str, encoding: str = "utf-8") -> int:
        """Make the object of a text, ends of lines as they are."""
        return self.write_bytes(text.encode(encoding))

    def create(self, data: bytes) -> None:
        """Make the object if there is none; in one step where the store knows how (S3 does).

        Raises
        ------
        FileExistsError
            There is one.
        """
        self._make_folder()
        ask(self.address, lambda store, place: store.pipe_file(place, data, mode="create"))

    def upload(self, file: Path) -> None:
        """Make the object of a file's content."""
        if file.stat().st_size <= _HELD:
            data = file.read_bytes()
            self.write_bytes(data)
            _Handed.remember(self.address, data)
            return
        self._make_folder()
        ask(self.address, lambda store, place: store.put_file(str(file), place))

    def download(self, file: Path) -> None:
        """Write the content to a file."""
        ask(self.address, lambda store, place: store.get_file(place, str(file)))

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object."""
        _Handed.forget()
        try:
            ask(self.address, lambda store, place: store.rm_file(place))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: folders come with what is written into them."""

    def told(self) -> dict[str, Any]:
        """Return the store's current information on the object: ``type``, ``size`` and more."""

        def fresh(store: Any, place: str) -> dict[str, Any]:
            store.invalidate_cache()
            return dict(store.info(place))

        return ask(self.address, fresh)

    def exists(self) -> bool:
        """Whether there is an object or a folder."""
        try:
            self.told()
        except FileNotFoundError:
            return False
        return True

    def is_file(self) -> bool:
        """Whether it is an object; one that was listed is one."""
        try:
            return self.facts is not None or self.told().get("type") == "file"
        except FileNotFoundError:
            return False

    def is_dir(self) -> bool:
        """Whether there is anything below it."""
        try:
            return self.facts is None and self.told().get("type") == "directory"
        except FileNotFoundError:
            return False

    def is_symlink(self) -> bool:
        """Return False: stores have no links."""
        return False

    def stat(self) -> stat_result:
        """Return size and time of writing of an object, of a listed one as it was listed."""
        facts = self.facts or ObjectFacts.of(self.told())
        whole = int(facts.written)
        times = {"st_mtime": facts.written, "st_mtime_ns": round(facts.written * 1e9)}
        return stat_result((stat.S_IFREG | 0o644, 0, 0, 1, 0, 0, facts.size, whole, whole, whole), times)

    def fingerprint(self) -> str:
        """Return a text that changes with the content, from the listing or the store."""
        facts = self.facts
        if facts is None or not facts.version:
            facts = ObjectFacts.of(self.told())
        return f"{facts.size}-{facts.version}"

    def listed(self) -> list[tuple[Self, bool]]:
        """Return what is right below it, sorted by name, and whether each is a folder; one listing.

        Objects come with their facts. An empty folder is not an error.
        """

        def entries(store: Any, place: str) -> list[dict[str, Any]]:
            store.invalidate_cache()
            found: list[dict[str, Any]] = store.ls(place, detail=True)
            store.invalidate_cache()
            return found

        return sorted(
            (inner, told.get("type") == "directory")
            for inner, told in self._below(entries)
            if inner.parent.address == self.address
        )

    def tree(self) -> list[Self]:
        """Return all objects below it, sorted, with their facts; one listing, in pages."""

        def entries(store: Any, place: str) -> list[dict[str, Any]]:
            store.invalidate_cache()
            found: dict[str, dict[str, Any]] = store.find(place, detail=True)
            store.invalidate_cache()
            return list(found.values())

        return sorted(inner for inner, told in self._below(entries) if told.get("type") != "directory")

    def iterdir(self) -> Iterator[Self]:
        """Yield what is right below it."""
        for inner, _ in self.listed():
            yield inner

    def glob(self, pattern: str) -> Iterator[Self]:
        """Yield the objects below this path whose names match a pattern.

        ``*``, ``?`` and ``[...]`` match within one name, ``**`` any number of folders. Names that begin
        with a dot are matched only by patterns that do.
        """
        yield from self._expand(tuple(part for part in pattern.split("/") if part))

    def _expand(self, parts: tuple[str, ...]) -> Iterator[Self]:
        # "?" begins the query of a web address.
        magic = _MAGIC - {"?"} if self.protocol in ("http", "https") else _MAGIC
        plain = next((k for k, part in enumerate(parts) if not magic.isdisjoint(part)), len(parts))
        folder, rest = self / "/".join(parts[:plain]), parts[plain:]
        if not rest:
            yield from folder._itself()
        elif "**" in rest[:1]:
            depth = len(folder.parts)
            yield from (inner for inner in folder.tree() if _fits(inner.parts[depth:], rest))
        else:
            for inner, is_folder in folder.listed():
                if not _matches(inner.name, rest[0]):
                    continue
                if is_folder and len(rest) > 1:
                    yield from inner._expand(rest[1:])
                elif not is_folder and len(rest) == 1:
                    yield inner

    def _itself(self) -> Iterator[Self]:
        try:
            told = self.told()
        except FileNotFoundError:
            return
        if told.get("type") != "directory":
            yield type(self)(self.address, ObjectFacts.of(told))

    def _below(self, entries: Any) -> Iterator[tuple[Self, dict[str, Any]]]:
        """Yield paths below with the store's information on them."""

        def named(store: Any, place: str) -> tuple[str, list[dict[str, Any]]]:
            try:
                return place, entries(store, place)
            except NotADirectoryError:
                return place, []

        try:
            place, found = ask(self.address, named)
        except FileNotFoundError:
            return
        for told in found:
            name = str(told["name"]).rstrip("/")
            if name.startswith(f"{place.rstrip('/')}/"):
                facts = None if told.get("type") == "directory" else ObjectFacts.of(told)
                yield type(self)(f"{self.address}{name[len(place.rstrip('/')) :]}", facts), told

    def _make_folder(self) -> None:
        if self.protocol not in _FLAT:
            ask(self.parent.address, lambda store, place: store.makedirs(place, exist_ok=True))


class _Handed:
    """The bytes that were last read or written, kept for one stream of them."""

    _lock = threading.Lock()
    _last: tuple[str, bytes] | None = None

    @classmethod
    def remember(cls, address: str, data: bytes) -> None:
        with cls._lock:
            cls._last = (address, data) if len(data) <= _HELD else None

    @classmethod
    def take(cls, address: str) -> bytes | None:
        with cls._lock:
            last, cls._last = cls._last, None
        return last[1] if last is not None and last[0] == address else None

    @classmethod
    def forget(cls) -> None:
        with cls._lock:
            cls._last = None


def _seconds(written: Any) -> float:
    """Seconds since 1970 of what a store calls the time of writing, 0 if it makes no sense."""
    try:
        if isinstance(written, datetime):
            return written.timestamp()
        if isinstance(written, str):
            iso = written[:4].isdigit()
            return (datetime.fromisoformat(written) if iso else parsedate_to_datetime(written)).timestamp()
        return float(written)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))


def _fits(names: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not names
    head, rest = pattern[0], pattern[1:]
    if head != "**":
        return bool(names) and _matches(names[0], head) and _fits(names[1:], rest)
    return any(
        _fits(names[k:], rest or ("*",))
        for k in range(len(names))
        if not any(name.startswith(".") for name in names[:k])
    )

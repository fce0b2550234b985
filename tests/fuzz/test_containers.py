"""Archives that are meant to do harm: bombs, paths that climb, packings within packings."""

import bz2
import gzip
import io
import lzma
import random
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from fluxkit.errors import FluxkitError, ReadError
from fluxkit.raw import opening
from fluxkit.raw.formats import bundle
from fluxkit.raw.inspection import inspect
from fluxkit.raw.opening import Contents, contents, head
from fluxkit.raw.reading import read
from fluxkit.raw.registry import identify
from fluxkit.raw.samples import ProblemLog
from tests.fuzz.damage import zipped
from tests.fuzz.loggers import layout_from, logger_seeds

MIB = 2**20
ZEROS = bytes(16 * MIB)
LIMIT = 4 * MIB


def flood(kind: str) -> bytes:
    """An archive that is small and unpacks to much more than ``LIMIT``."""
    packed = gzip.compress(ZEROS, 6)
    return {
        "gzip": packed,
        "gzip of many members": packed * 640,  # 10 GiB
        "gzip of gzip": gzip.compress(packed * 640),
        "zip": zipped({"x.dat": ZEROS}),
        "zip of zip": zipped({"x.zip": zipped({"x.dat": ZEROS})}),
        "zip of gzip": zipped({"x.dat.gz": packed * 640}),
        "bundle": zipped({"x.data": ZEROS, "x.metadata": b""}),
    }[kind]


@pytest.mark.parametrize(
    "kind", ["gzip", "gzip of many members", "gzip of gzip", "zip", "zip of zip", "zip of gzip", "bundle"]
)
def test_a_bomb_stays_packed(tmp_path, kind):
    path = tmp_path / "x_201611230930.dat"
    content = flood(kind)
    path.write_bytes(content)
    tracemalloc.start()
    try:
        # What is packed twice comes out packed, and is no format of anybody.
        with pytest.raises(FluxkitError):
            bundle.unpack(contents(path, limit=LIMIT), ProblemLog("x"), limit=LIMIT)
        if kind != "bundle":
            with pytest.raises(FluxkitError):
                identify(path)
        assert tracemalloc.get_traced_memory()[1] < 6 * len(content) + 4 * LIMIT
    finally:
        tracemalloc.stop()


def test_a_size_that_lies_is_not_believed(tmp_path):
    """The directory tells one byte, the member holds millions."""
    path = tmp_path / "x.zip"
    data = bytearray(zipped({"x.dat": ZEROS}))
    size = len(ZEROS).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (1).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ReadError, match="damaged"):
        contents(path, limit=LIMIT)


def test_many_members_together_are_too_much():
    data = zipped({f"{k}.data": bytes(MIB) for k in range(8)})
    with pytest.raises(ReadError, match="when unpacked"):
        bundle.unpack(Contents("x.ghg", data), ProblemLog("x"), limit=LIMIT)
    with pytest.raises(ReadError, match="when unpacked"):  # and without the table of contents
        bundle.unpack(Contents("x.ghg", data[:-100]), ProblemLog("x"), limit=LIMIT)


def test_a_method_that_few_programs_know_is_named(tmp_path):
    """Its members say how much memory unpacking them takes, and may say gigabytes."""
    pytest.importorskip("lzma")
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.dat", b"1,2\n3,4\n")
    with pytest.raises(ReadError, match=r"compressed with method 14; known: 0 \(stored\) and 8"):
        contents(path)


def test_many_small_members_take_no_time(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"") * 20_000 + gzip.compress(b"a,b\n1,2\n"))
    begin = time.process_time()
    assert contents(path).data == b"a,b\n1,2\n"
    assert time.process_time() - begin < 5.0


CLIMBING = (
    "../../x_201611230930",
    "/etc/x_201611230930",
    "C:\\x_201611230930",
    "..\\..\\x_201611230930",
    "a/../../b",
)


@pytest.mark.parametrize("name", CLIMBING)
def test_paths_that_climb_go_nowhere(tmp_path, name):
    """Members are read by their content, and never written."""
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (seed, *_) = logger_seeds("toa5")(tmp_path)
    (ghg, *_) = logger_seeds("ghg")(tmp_path)
    path = inside / "x_201611230930.zip"
    path.write_bytes(zipped({f"{name}.dat": seed.data}))
    before = sorted(tmp_path.rglob("*"))
    assert identify(path) == "toa5"
    found = inspect(path)
    assert read(path, layout_from(found)).records == found.records
    with zipfile.ZipFile(tmp_path / ghg.name) as archive:
        parts = {member.rpartition(".")[2]: archive.read(member) for member in archive.namelist()}
    path.write_bytes(zipped({f"{name}.{kind}": data for kind, data in parts.items()}))
    assert inspect(path).records > 0
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/etc/x_201611230930.dat").exists()


def test_a_file_of_zeros_beyond_the_limit_is_not_read(tmp_path):
    """Sparse, so that it takes no place: 3 GiB, three times what is accepted."""
    path = tmp_path / "x_201611230930.dat"
    with path.open("wb") as stream:
        stream.truncate(3 * 1024 * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(ReadError, match="more than 1024 MiB"):
            contents(path)
        assert head(path) == bytes(4096)
        with pytest.raises(FluxkitError):
            identify(path)
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


BOMB = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
from fluxkit.errors import ReadError
from fluxkit.raw.opening import contents
try:
    contents(sys.argv[1])
except ReadError as error:
    print(error)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gzip of many members", "zip"])
def test_ten_gigabytes_in_ten_megabytes(tmp_path, kind):
    """As users meet it, with the limit as it is: at most that and a copy."""
    path = tmp_path / "x.dat"
    if kind == "zip":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("x.dat", "w", force_zip64=True) as member,
        ):
            for _ in range(640):
                member.write(ZEROS)
    else:
        path.write_bytes(flood(kind))
    done = subprocess.run([sys.executable, "-c", BOMB, path], capture_output=True, text=True, check=True)
    message, kilobytes = done.stdout.splitlines()
    assert "more than 1024 MiB" in message
    assert int(kilobytes) < 3 * MIB


def packed_as(kind: str, data: bytes) -> bytes:
    """One file in an archive."""
    if kind == "zip":
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("x.dat", data)
        return target.getvalue()
    return {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress}[kind](data)


@pytest.mark.parametrize("kind", ["gzip", "xz", "bzip2", "zip"])
def test_a_flood_within_the_limit_is_refused_early(tmp_path, monkeypatch, kind):
    """200 MiB of zeros are 200 kB of gzip: no records are like that."""
    monkeypatch.setattr(opening, "_MUCH", MIB)
    path = tmp_path / "x.dat"
    path.write_bytes(packed_as(kind, ZEROS))
    tracemalloc.start()
    try:
        with pytest.raises(ReadError, match="250 times its size"):
            contents(path)
        assert tracemalloc.get_traced_memory()[1] < 14 * MIB  # of which xz takes 8 for itself
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_unpacking_keeps_one_copy(tmp_path, kind):
    data = random.Random(1).randbytes(8 * MIB)
    path = tmp_path / "x.dat"
    path.write_bytes(packed_as(kind, data))
    size = path.stat().st_size
    tracemalloc.start()
    try:
        assert contents(path).data == data
        assert tracemalloc.get_traced_memory()[1] < 1.3 * (size + len(data)) + 2 * MIB
    finally:
        tracemalloc.stop()

import bz2
import gzip
import lzma
import zipfile

import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.opening import contents, head

_NAMES = {"gz": "gzip", "bz2": "bzip2"}
TEXT = b"a,b\n" + b"1,2\n" * 5000


@pytest.fixture
def packed(tmp_path):
    def _packed(kind):
        path = tmp_path / f"file.{kind}"
        if kind == "gz":
            path.write_bytes(gzip.compress(TEXT))
        elif kind == "xz":
            path.write_bytes(lzma.compress(TEXT))
        elif kind == "bz2":
            path.write_bytes(bz2.compress(TEXT))
        elif kind == "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("__MACOSX/._file.csv", "x")
                archive.writestr("data/file.csv", TEXT)
        else:
            path.write_bytes(TEXT)
        return path

    return _packed


@pytest.mark.parametrize("kind", ["csv", "gz", "xz", "bz2", "zip"])
def test_same_bytes_however_packed(packed, kind):
    path = packed(kind)
    path = path.rename(path.with_name("without_extension"))
    assert contents(path).data == TEXT
    assert TEXT.startswith(head(path))
    assert len(head(path)) >= 100


def test_gzip_of_several_members_and_padding(tmp_path):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(TEXT) + gzip.compress(b"3,4\n") + bytes(100))
    assert contents(path).data == TEXT + b"3,4\n"


def test_truncated_gzip_keeps_what_precedes(packed):
    path = packed("gz")
    path.write_bytes(path.read_bytes()[:-20])
    found = contents(path)
    assert found.truncated
    assert TEXT.startswith(found.data)
    assert found.data


@pytest.mark.parametrize("kind", ["gz", "xz", "bz2", "zip"])
def test_size_is_limited_before_memory_is_used(packed, kind):
    with pytest.raises(ReadError, match=r"more than .* MiB when unpacked"):
        contents(packed(kind), limit=1000)


@pytest.mark.parametrize(("kind", "join"), [("xz", lzma.compress), ("bz2", bz2.compress)])
def test_other_archives_of_several_streams_and_broken_ones(packed, kind, join):
    path = packed(kind)
    whole = path.read_bytes()
    path.write_bytes(whole + join(b"3,4\n"))
    assert contents(path).data == TEXT + b"3,4\n"
    noise = bytes(range(256)) * 2000
    path.write_bytes(join(TEXT + noise)[:-40])
    found = contents(path) if kind == "xz" else None  # bzip2 gives whole blocks of 900 kB
    assert found is None or (found.truncated and found.data.startswith(TEXT[:1000]))
    path.write_bytes(whole[:10])
    with pytest.raises(ReadError, match="ends before any data"):
        contents(path)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", '"TOA5","\u00b5mol"\n'])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_text_comes_as_utf8_without_a_mark(tmp_path, text, encoding):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    assert contents(path).data == head(path) == text.encode()


def test_numbers_that_begin_like_a_mark_stay_as_they_are(tmp_path):
    path = tmp_path / "x.bin"
    for data in (b"\xff\xfe" + bytes(60), b"\xef\xbb\xbf" + bytes(60), b"\xfe\xff" + bytes(range(60))):
        path.write_bytes(data)
        assert contents(path).data == data


@pytest.mark.parametrize("kind", ["gz", "xz", "bz2", "zip"])
def test_damaged_archive(packed, kind):
    path = packed(kind)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle - 8 : middle + 8] = b"\xff" * 16
    path.write_bytes(bytes(data))
    with pytest.raises(ReadError, match=rf"file\.{kind}: the {_NAMES.get(kind, kind)} archive"):
        contents(path)


def test_truncated_zip(packed):
    path = packed("zip")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ReadError, match="zip archive is damaged"):
        contents(path)


def test_zip_with_two_files_names_them(tmp_path):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "2")
    with pytest.raises(ReadError, match=r"holds 2: a\.csv, b\.csv"):
        contents(path)


def test_absent_and_empty(tmp_path):
    with pytest.raises(ReadError, match="cannot be opened: No such file"):
        contents(tmp_path / "absent")
    (tmp_path / "empty").touch()
    with pytest.raises(ReadError, match="the file is empty"):
        contents(tmp_path / "empty")

import gzip
import zipfile

import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.opening import contents, head

TEXT = b"a,b\n" + b"1,2\n" * 5000


@pytest.fixture
def packed(tmp_path):
    def _packed(kind):
        path = tmp_path / f"file.{kind}"
        if kind == "gz":
            path.write_bytes(gzip.compress(TEXT))
        elif kind == "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("__MACOSX/._file.csv", "x")
                archive.writestr("data/file.csv", TEXT)
        else:
            path.write_bytes(TEXT)
        return path

    return _packed


@pytest.mark.parametrize("kind", ["csv", "gz", "zip"])
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


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_size_is_limited_before_memory_is_used(packed, kind):
    with pytest.raises(ReadError, match=r"more than .* MiB when unpacked"):
        contents(packed(kind), limit=1000)


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_damaged_archive(packed, kind):
    path = packed(kind)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle - 8 : middle + 8] = b"\xff" * 16
    path.write_bytes(bytes(data))
    with pytest.raises(ReadError, match=rf"file\.{kind}: the {'gzip' if kind == 'gz' else 'zip'} archive"):
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

"""Every type of value that a Campbell table can hold, in every kind of table, and rings of all sorts."""

import numpy as np
import pytest

from fluxkit.raw.formats import tob1, tob3
from fluxkit.raw.formats.campbell_numbers import fp4
from fluxkit.raw.opening import contents
from fluxkit.raw.samples import ProblemLog
from fluxkit.synthetic.writers import Field
from tests.logger_files.binary_writers import write_tob1, write_tob3
from tests.logger_files.campbell_types import fp4_words, record_of

START = np.datetime64("2024-07-01T00:00:00", "ns")
N = 50
RNG = np.random.default_rng(8)
REAL = np.round(RNG.normal(0.0, 30.0, N), 2)
WHOLE = RNG.integers(0, 120, N).astype(float)
WIDE = RNG.integers(0, 2**31 - 1, N).astype(float)
SIGN = np.where(np.arange(N) % 3 == 0, -1.0, 1.0)
TRUTH = (np.arange(N) % 4 == 0).astype(float)
#: Type -> values that it holds exactly, or to the relative precision behind them.
TYPES = {
    "IEEE4": (REAL, 6e-8), "IEEE4L": (REAL, 6e-8), "IEEE4B": (REAL, 6e-8),
    "IEEE8": (REAL, 0), "IEEE8L": (REAL, 0), "IEEE8B": (REAL, 0),
    "FP2": (np.round(REAL, 1), 0), "FP4": (REAL, 6e-8),
    "ULONG": (2.0 * WIDE, 0), "ULONGB": (2.0 * WIDE, 0), "LONG": (SIGN * WIDE, 0), "LONGL": (SIGN * WIDE, 0),
    "USHORT": (500.0 * WHOLE, 0), "SHORT": (200.0 * SIGN * WHOLE, 0),
    "UINT1": (2.0 * WHOLE, 0), "UINT2": (500.0 * WHOLE, 0), "UINT4": (2.0 * WIDE, 0),
    "INT1": (SIGN * WHOLE, 0), "INT2": (SIGN * 200.0 * WHOLE, 0), "INT4": (SIGN * WIDE, 0),
    "BOOL": (-TRUTH, 0), "BOOL2": (-TRUTH, 0), "BOOL4": (-TRUTH, 0), "BOOL8": (2.0 * WHOLE, 0),
    "SecNano": (1e9 + WHOLE + 0.25, 0), "NSec": (1e9 + WHOLE + 0.125, 0),
    "ASCII(12)": (np.round(REAL, 1), 0),
}  # fmt: skip
TABLES = ("TOB1", "TOB2", "TOB3")


def write(path, table, columns, kinds, **more):
    fields = [Field(f"c_{k}", "m", 2) for k in range(len(kinds))]
    if table == "TOB1":
        write_tob1(path, fields, columns, START, 10.0, kinds=kinds)
    else:
        write_tob3(path, fields, columns, START, 10.0, kinds=kinds, version=table, **more)
    return path


def described(path, table):
    log = ProblemLog(str(path))
    return (tob1 if table == "TOB1" else tob3).describe(contents(path), log), log


@pytest.mark.parametrize("table", TABLES)
def test_every_type_is_what_was_written(tmp_path, table):
    path = write(tmp_path / "x.dat", table, [x for x, _ in TYPES.values()], list(TYPES))
    found, _ = described(path, table)
    fields = [k for k, name in enumerate(found.names) if name.startswith("c_")]
    taken = found.load(fields, ())
    assert taken.lines.size == N
    for (kind, (x, digits)), ours in zip(TYPES.items(), taken.values, strict=True):
        np.testing.assert_allclose(ours, x, rtol=digits, atol=0, err_msg=kind)
    letters = dict(zip(TYPES, [found.kinds[k] for k in fields], strict=True))
    assert {kind for kind, letter in letters.items() if letter == "s"} == {"SecNano", "NSec"}
    assert letters["ASCII(12)"] == "t"


def test_bytes_of_each_order():
    """Words by hand: what the types stand for does not rest on the writer alone."""
    written = {
        ("ULONG", "<"): b"\x01\0\0\0", ("ULONG", ">"): b"\0\0\0\x01", ("ULONGB", "<"): b"\0\0\0\x01",
        ("UINT2", "<"): b"\0\x01", ("UINT2", ">"): b"\0\x01", ("USHORT", "<"): b"\x01\0",
        ("BOOL", "<"): b"\xff", ("BOOL4", "<"): b"\xff\xff\xff\xff", ("FP2", "<"): b"\x63\xe8",
        ("IEEE4", ">"): b"\x3f\x80\0\0", ("FP4", "<"): b"\x41\x80\0\0", ("ASCII(3)", "<"): b"1\0\0",
        ("SecNano", "<"): b"\x01\0\0\0\0\0\0\0", ("NSec", "<"): b"\0\0\0\x01\0\0\0\0",
    }  # fmt: skip
    assert {key: record_of([np.ones(1)], [key[0]], key[1]).tobytes() for key in written} == written
    with pytest.raises(ValueError, match="no type of Campbell's tables is called 'IEEE5'"):
        record_of([np.ones(1)], ["IEEE5"], "<")


def test_fp4_holds_24_bits():
    x = np.array([0.0, 1.0, -1.0, 0.5, 273.15, -1e-10, 9e18, 1.0 - 2.0**-25])
    np.testing.assert_allclose(fp4(fp4_words(x)), x, rtol=2.0**-24, atol=0)
    # Words as the maker's manual builds them: sign, exponent over 64, mantissa below 1.
    assert fp4(np.array([0x41800000, 0xC2A00000, 0x40800000, 0], np.uint32)).tolist() == [1.0, -2.5, 0.5, 0.0]
    assert fp4(fp4_words(np.array([1e30, 1e-30]))).tolist() == [pytest.approx(2.0**63, rel=1e-6), 0.0]


@pytest.mark.parametrize("table", ["TOB2", "TOB3"])
@pytest.mark.parametrize("wrapped", [0, 2])
@pytest.mark.parametrize("gap", [False, True])
def test_rings_with_minor_frames_and_old_ones(tmp_path, table, wrapped, gap):
    """A ring that wrapped, whose frames were split by a lapse, with frames that hold something older."""
    counts = np.delete(np.arange(N + 7), np.arange(13, 20)) if gap else np.arange(N)
    more = {"records": counts, "wrapped": wrapped, "spare": 3}
    path = write(tmp_path / "x.dat", table, [REAL, WHOLE], ["IEEE8B", "UINT2"], **more)
    size = {"TOB2": 8, "TOB3": 12}[table] + 8 * 10 + 4
    data = bytearray(path.read_bytes())
    body = len(b"\n".join(data.split(b"\n")[:6])) + 1
    old = body + (wrapped + 4) * size  # its footer no longer carries the validation stamp
    data[old + size - 2 : old + size] = b"\x12\x34"
    path.write_bytes(data)
    found, log = described(path, table)
    taken = found.load([0, 1], ())
    order = np.argsort(taken.stamps)
    np.testing.assert_array_equal(order, np.arange(order.size))
    at = np.rint((taken.stamps - START.astype(np.int64)) / 1e8).astype(int)
    kept = np.isin(counts, at)
    assert N - 8 <= kept.sum() == taken.lines.size < N
    np.testing.assert_array_equal(counts[kept], at)
    np.testing.assert_array_equal(taken.values, [REAL[kept], WHOLE[kept]])
    if table == "TOB3":
        np.testing.assert_array_equal(taken.counts, counts[kept])
    assert any("a ring that was filled" in problem.reason for problem in log.told()) is (wrapped > 0)

"""Files of binary records that lost or gained bytes: each value right or missing, each stamp right, told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.reading import read
from fluxkit.synthetic.writers import Field
from tests.logger_files import binary_files
from tests.logger_files.binary_writers import write_tob1, write_tob3

START = np.datetime64("2024-07-01T00:00:00", "ns")
NAMES = ("Ux", "Uy", "Uz", "Ts", "CO2", "H2O", "P")
FIELDS = [Field(name, "1", 3) for name in NAMES]
N = 400
STEP = np.timedelta64(100, "ms")
LAYOUT = Layout("tob1", 10.0, tuple(LayoutColumn(n, n) for n in NAMES), "records", 0.0)
TENTHS = np.arange(1, 10) / 10


def columns(n: int = N) -> dict[str, np.ndarray]:
    """Turbulence beside slow and constant columns, as single floats hold them."""
    rng = np.random.default_rng(6)
    mean = (2.0, -1.0, 0.05, 20.0, 700.0, 8.0, 95.89)
    spread = (1.0, 1.0, 0.3, 0.5, 5.0, 0.3, 0.0)
    return {
        name: np.round(m + s * rng.normal(size=n), 3).astype(np.float32).astype(float)
        for name, m, s in zip(NAMES, mean, spread, strict=True)
    }


def right_or_missing(samples, truth, first=START, rate=10.0) -> int:
    """Check every slot against the truth; how many of the true records are missing."""
    begin = round((samples.start - first).astype(np.int64) * rate / 1e9)
    assert begin >= 0
    missing = 0
    for name, x in truth.items():
        y = samples.data[name]
        assert begin + y.size <= x.size
        here = ~np.isnan(y)
        np.testing.assert_array_equal(y[here], x[begin : begin + y.size][here])
        missing = max(missing, x.size - int(here.sum()))
    return missing


def damaged(whole: bytes, at: int, count: int, how: str) -> bytes:
    return whole[:at] + (whole[at + count :] if how == "lost" else whole[at : at + count] + whole[at:])


def tob1(folder: Path, **more) -> tuple[bytes, int, int]:
    """A file, the first byte of its records, and the bytes of one."""
    path = folder / "x.dat"
    write_tob1(path, FIELDS, list(columns().values()), START, 10.0, **more)
    data = path.read_bytes()
    size = 12 + 4 * len(NAMES)
    return data, len(data) - N * size, size


def swept(path, layout, whole, body, steps, hows, most):
    for share in TENTHS:
        for count in steps:
            for how in hows:
                at = body + int(share * (len(whole) - body))
                path.write_bytes(damaged(whole, at, count, how))
                samples = read(path, layout)
                assert right_or_missing(samples, columns()) <= most, (share, count, how)
                assert samples.problems, (share, count, how)


@pytest.mark.parametrize("how", ["lost", "doubled"])
@pytest.mark.parametrize("count", [1, 4, 11, 23, 40])
def test_tob1_is_never_read_on_out_of_step(tmp_path, count, how):
    whole, body, _ = tob1(tmp_path)
    swept(tmp_path / "x.dat", LAYOUT, whole, body, [count], [how], 3)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["lost", "doubled"])
@pytest.mark.parametrize("kinds", ["IEEE4", "FP2", "mixed"])
@pytest.mark.parametrize("shift", range(0, 40, 7))
def test_tob1_whatever_is_lost(tmp_path, how, kinds, shift):
    path = tmp_path / "x.dat"
    chosen = {
        "IEEE4": ["IEEE4"] * 7,
        "FP2": ["FP2"] * 7,
        "mixed": ["IEEE4", "FP2", "IEEE8", "LONG", "IEEE4", "FP2", "IEEE4"],
    }
    write_tob1(path, FIELDS, list(columns().values()), START, 10.0, kinds=chosen[kinds])
    whole = path.read_bytes()
    truth = read(path, LAYOUT).data
    size = 12 + {"IEEE4": 28, "FP2": 14, "mixed": 28}[kinds]
    body = len(whole) - N * size
    for share in TENTHS:
        for count in range(1, size + 1):
            path.write_bytes(damaged(whole, body + shift + int(share * (len(whole) - body)), count, how))
            samples = read(path, LAYOUT)
            assert right_or_missing(samples, truth) <= 3
            assert samples.problems


# ---- space that was never written ----


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
@pytest.mark.parametrize("length", [40, 480, 4096, 4097, 5003])
@pytest.mark.parametrize("place", ["end", "middle", "within a record"])
def test_unwritten_space_holds_no_samples(tmp_path, fill, length, place):
    whole, body, size = tob1(tmp_path)
    at = {"end": len(whole), "middle": body + 200 * size, "within a record": body + 200 * size + 15}[place]
    path = tmp_path / "x.dat"
    path.write_bytes(whole[:at] + fill * length + whole[at:])
    samples = read(path, LAYOUT)
    assert right_or_missing(samples, columns()) <= (0 if place == "end" and length % size == 0 else 2)
    assert "space that was never written" in " ".join(p.reason for p in samples.problems) or length == 40
    # Written over instead of in between: as many records are missing.
    end = min(at + length, len(whole))
    path.write_bytes((whole[:at] + fill * length + whole[end:])[: len(whole)])
    assert right_or_missing(read(path, LAYOUT), columns()) <= (end - at) / size + 3


# ---- joined files ----


@pytest.mark.parametrize("cut", [0, 1, 17, 39])
@pytest.mark.parametrize("quoted", [True, False])
def test_a_second_header_begins_its_own_columns(tmp_path, cut, quoted):
    truth, n, path = columns(), 200, tmp_path / "x.dat"
    first = {name: x[:n] for name, x in truth.items()}
    write_tob1(path, FIELDS, list(first.values()), START, 10.0)
    one = path.read_bytes()
    # The later program has another order, another type, a column more and the temperature in kelvin.
    order = ["Ts", "Uz", "aux", "Ux", "Uy", "P", "H2O", "CO2"]
    later = {name: truth[name][n:] if name != "aux" else np.arange(N - n) for name in order}
    later["Ts"] = later["Ts"] + 273.15
    fields = [Field(name, {"Ts": "K"}.get(name, "1"), 3) for name in order]
    write_tob1(path, fields, list(later.values()), START + n * STEP, 10.0, kinds=["IEEE8"] * 8)
    two = path.read_bytes()
    one = one.replace(b'"1","1","1","1"', b'"1","1","1","C"', 1)
    if not quoted:
        one, two = one.replace(b'"TOB1"', b"TOB1"), two.replace(b'"TOB1"', b"TOB1")
    path.write_bytes(one[: len(one) - cut] + two)
    samples = read(path, LAYOUT)
    assert (samples.start, samples.size) == (START, N)
    lost = 0 if cut == 0 else 1 if cut < 28 else 2  # a tail without a whole stamp proves nothing
    for name, x in truth.items():
        keep = np.r_[: n - lost, n:N]
        np.testing.assert_allclose(samples.data[name][keep], x[keep], rtol=1e-12, atol=1e-9)
        assert np.isnan(samples.data[name]).sum() <= lost
    assert "1 further headers stand inside" in " ".join(p.reason for p in samples.problems)


def test_a_column_that_a_later_header_lacks_is_missing_there(tmp_path):
    truth, n, path = columns(), 200, tmp_path / "x.dat"
    write_tob1(path, FIELDS, [x[:n] for x in truth.values()], START, 10.0)
    one = path.read_bytes()
    kept = [k for k, name in enumerate(NAMES) if name != "CO2"]
    write_tob1(
        path, [FIELDS[k] for k in kept], [truth[NAMES[k]][n:] for k in kept],
        START + n * STEP, 10.0,
    )  # fmt: skip
    path.write_bytes(one + path.read_bytes())
    samples = read(path, LAYOUT)
    assert right_or_missing(samples, truth) == N - n
    assert np.isnan(samples.data["CO2"]).sum() == N - n
    assert not np.isnan(samples.data["Uz"]).any()
    assert any("lacks CO2" in p.reason for p in samples.problems)


def test_the_same_file_twice_counts_once(tmp_path):
    whole, _, _ = tob1(tmp_path)
    (tmp_path / "x.dat").write_bytes(whole + whole)
    samples = read(tmp_path / "x.dat", LAYOUT)
    assert right_or_missing(samples, columns()) == 0


def test_scans_that_a_logger_skipped_cost_nothing(tmp_path):
    counts = np.delete(np.arange(N + 20), np.arange(10, 400, 20))[:N]
    path = tmp_path / "x.dat"
    write_tob1(path, FIELDS, list(columns().values()), START, 10.0, records=counts)
    samples = read(path, LAYOUT)
    for name, x in columns().items():
        np.testing.assert_array_equal(samples.data[name][counts], x)


# ---- frames of a memory card ----

TOB3 = replace(LAYOUT, format="tob3")
PER_FRAME = 8


def tob3(path, first=0, **more) -> tuple[bytes, int, int]:
    write_tob3(path, FIELDS, [x[first:] for x in columns().values()], START + first * STEP, 10.0, spare=0,
               records=np.arange(first, N), **more)  # fmt: skip
    data = path.read_bytes()
    size = (8 if more.get("version") == "TOB2" else 12) + PER_FRAME * 4 * len(NAMES) + 4
    return data, len(data) - (N - first) // PER_FRAME * size, size


@pytest.mark.parametrize("how", ["lost", "doubled"])
@pytest.mark.parametrize("version", ["TOB3", "TOB2"])
def test_frames_are_found_again(tmp_path, how, version):
    path = tmp_path / "x.dat"
    whole, body, size = tob3(path, version=version)
    swept(path, TOB3, whole, body, [1, 5, 28, 111, size - 1, size], [how], 3 * PER_FRAME)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["lost", "doubled"])
def test_frames_whatever_is_lost(tmp_path, how):
    path = tmp_path / "x.dat"
    whole, body, size = tob3(path)
    swept(path, TOB3, whole, body, range(1, size + 1), [how], 3 * PER_FRAME)


@pytest.mark.parametrize("kind", ["tob1", "tob3"])
def test_whole_records_that_are_doubled_from_within_one(tmp_path, kind):
    """The last of the block ends with the first one's end: its stamp and number are those of another."""
    path = tmp_path / "x.dat"
    (whole, body, size), layout = (tob1(tmp_path), LAYOUT) if kind == "tob1" else (tob3(path), TOB3)
    for times in (1, 2, 7):
        for within in range(1, size, size // 9):
            path.write_bytes(damaged(whole, body + 5 * size + within, times * size, "doubled"))
            samples = read(path, layout)
            lost = right_or_missing(samples, columns())
            assert lost <= (2 if times == 1 else 1) * (PER_FRAME if kind == "tob3" else 1)
            assert samples.problems


def test_a_block_lost_from_the_beginning_leaves_no_record_of_two(tmp_path):
    """All that follows is out of step: the pace is that of records found, not that of the count of bytes."""
    whole, body, _ = tob1(tmp_path)
    for at in range(1, 12):
        for count in (1201, 1239, 1279):
            (tmp_path / "x.dat").write_bytes(damaged(whole, body + 40 + at, count, "lost"))
            assert right_or_missing(read(tmp_path / "x.dat", LAYOUT), columns()) <= count // 40 + 3


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
@pytest.mark.parametrize("within", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("first", [0, 3])
def test_a_frame_whose_stamp_is_damaged_is_left_out(tmp_path, fill, within, first):
    path = tmp_path / "x.dat"
    whole, body, size = tob3(path)
    begin = body + first * size
    path.write_bytes(whole[:begin] + fill * (2 * size + within) + whole[begin + 2 * size + within :])
    assert right_or_missing(read(path, TOB3), columns()) == 3 * PER_FRAME


def test_joined_cards(tmp_path):
    one, body, size = tob3(tmp_path / "x.dat")
    two, _, _ = tob3(tmp_path / "y.dat", first=200)
    path = tmp_path / "z.dat"
    for cut in (0, 1, 100):
        path.write_bytes(one[: body + 25 * size - cut] + two)
        samples = read(path, TOB3)
        assert right_or_missing(samples, columns()) == (PER_FRAME if cut else 0)
        assert any("further headers" in p.reason for p in samples.problems)


# ---- records without stamps ----

LONG = 1500


def unstamped(folder: Path, kind: str) -> tuple[Path, Layout, dict[str, np.ndarray], int]:
    """A file, its layout, its values and the bytes of a record."""
    rng = np.random.default_rng(12)
    wind = np.round(rng.normal([[2.0], [-1.0], [0.0]], [[1.0], [1.0], [0.3]], (3, LONG)), 2)
    warm = np.round(rng.normal(20.0, 0.5, LONG), 2)
    more = np.rint(
        rng.normal([[1500.0], [700.0], [3000.0], [0.0]], [[30.0], [10.0], [20.0], [5.0]], (4, LONG))
    )
    path = folder / "x_202407010000.bin"
    named = {"file_time": "name", "name_pattern": "x_%Y%m%d%H%M.bin", "name_time_is": "start"}
    names = ["u", "v", "w", "t_sonic", "analog_1", "analog_2"]
    values = dict(zip(names, [*wind, warm, *more[:2]], strict=True))
    if kind == "slt":
        sound = np.round(rng.normal(341.0, 0.3, LONG) * 50.0) / 50.0
        values["sos"] = sound
        del values["t_sonic"]
        binary_files.write_slt(path, START, wind, sound, more)
        size, body = 16, 16
    elif kind == "edisol":
        binary_files.write_edisol(path, START, wind, warm, more, 10.0)
        size, body = 16, 16
    elif kind == "meteoflux":
        binary_files.write_meteoflux(path, wind, warm, np.concatenate([more[2:], more[:2]]))
        size, body = 32, 0
    else:
        binary_files.write_binary(path, [*wind, warm, *more[:2]], ["<f4"] * 6)
        values = {name: x.astype(np.float32).astype(float) for name, x in values.items()}
        size, body = 24, 0
    columns_of = [LayoutColumn(n, k if kind == "binary" else n) for k, n in enumerate(values, 1)]
    more_of = {"number_types": ("float32",) * 6, "header_rows": 0} if kind == "binary" else {}
    return (
        path,
        Layout(kind, 10.0, tuple(columns_of), utc_offset_h=0.0, **named, **more_of),
        values,
        body * 1000 + size,
    )


def right_but_for_one_slot(samples, values) -> int:
    """Check that each value is that of its slot or, all behind one place, that of a slot beside."""
    lost = 0
    at = np.arange(samples.size)
    for name, x in values.items():
        y = samples.data[name]
        here = np.flatnonzero(~np.isnan(y))
        near = np.stack([x[np.clip(at + k, 0, x.size - 1)] for k in (-1, 0, 1)])
        assert (np.abs(near[:, here] - y[here]) < 1e-9).any(axis=0).all(), name
        lost = max(lost, samples.size - here.size)
    return lost


@pytest.mark.parametrize("how", ["lost", "doubled"])
@pytest.mark.parametrize("kind", ["slt", "edisol", "meteoflux", "binary"])
@pytest.mark.parametrize("count", [1, 2, 6, 15])
def test_records_without_stamps_are_not_read_on_out_of_step(tmp_path, kind, count, how):
    path, layout, values, sizes = unstamped(tmp_path, kind)
    whole = path.read_bytes()
    assert read(path, layout).problems == []
    for share in TENTHS:
        at = sizes // 1000 + 5 + int(share * LONG) * (sizes % 1000)
        path.write_bytes(damaged(whole, at, count, how))
        samples = read(path, layout)
        assert right_but_for_one_slot(samples, values) <= 6, share
        assert any("out of step" in p.reason for p in samples.problems)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["lost", "doubled"])
@pytest.mark.parametrize("kind", ["slt", "edisol", "meteoflux", "binary"])
def test_records_without_stamps_whatever_is_lost(tmp_path, kind, how):
    path, layout, values, sizes = unstamped(tmp_path, kind)
    whole = path.read_bytes()
    size = sizes % 1000
    for share in TENTHS:
        for count in range(1, size):
            at = sizes // 1000 + (3 * count) % size + int(share * LONG) * size
            path.write_bytes(damaged(whole, at, count, how))
            assert right_but_for_one_slot(read(path, layout), values) <= 6, (share, count)


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
@pytest.mark.parametrize("kind", ["slt", "edisol", "meteoflux", "binary"])
def test_unwritten_space_without_stamps(tmp_path, kind, fill):
    path, layout, values, sizes = unstamped(tmp_path, kind)
    whole, size = path.read_bytes(), sizes % 1000
    at = sizes // 1000 + 400 * size + 7
    path.write_bytes(whole[:at] + fill * 4096 + whole[at + 4096 :])
    samples = read(path, layout)
    assert right_but_for_one_slot(samples, values) <= 4096 // size + 5
    assert any("never written" in p.reason for p in samples.problems)


def test_a_change_of_all_columns_that_no_shift_explains_is_said(tmp_path):
    path, layout, values, _ = unstamped(tmp_path, "binary")
    x = [np.where(np.arange(LONG) < 600, y, 50.0 - 9.0 * y) for y in values.values()]
    binary_files.write_binary(path, x, ["<f4"] * 6)
    samples = read(path, layout)
    assert not np.isnan(samples.data["u"]).any()
    assert ["change their level at one place" in p.reason for p in samples.problems] == [True]


def test_a_single_record_is_read(tmp_path):
    path = tmp_path / "x.tob1"
    write_tob1(path, FIELDS[:1], [np.array([1.5])], START, 10.0)
    samples = read(path, replace(LAYOUT, columns=LAYOUT.columns[:1]))
    assert samples.data["Ux"].tolist() == [1.5]
    assert samples.records == 1

"""Whatever happens to a file, reading ends with samples or with a ReadError."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxkit.errors import FluxkitError
from fluxkit.raw import delimited, toa5
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Column, Layout
from fluxkit.raw.opening import Contents

CLOCK = np.datetime64("2020-01-01T12:00", "ms") + np.arange(1, 61) * np.timedelta64(50, "ms")
HEAD = '"TOA5","x"\r\n"TIMESTAMP","RECORD","Ux","Ts"\r\n"TS","RN","m/s","C"\r\n"","","Smp","Smp"\r\n'
WHOLE = HEAD + "".join(f'"{str(t).replace("T", " ")}",{k},{k / 8},20.5\r\n' for k, t in enumerate(CLOCK))
LAYOUT = Layout(
    "toa5", 20.0, (Column("u", "Ux"), Column("t_sonic", "Ts")), "records", 0.0, sample_time_is="end"
)


@st.composite
def damaged(draw):
    data = bytearray(WHOLE.encode())
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data) - 1))
        what = draw(st.sampled_from(["change", "insert", "delete", "cut", "repeat"]))
        if what == "change":
            data[at] = draw(st.sampled_from(b'",.-+eE:0/9 \t\r\n\x00\xffnN#;'))
        elif what == "insert":
            data[at:at] = draw(st.binary(max_size=6))
        elif what == "delete":
            del data[at : at + draw(st.integers(1, 200))]
        elif what == "repeat":
            data[at:at] = data[at : at + draw(st.integers(1, 200))]
        elif at > len(data) // 2:
            del data[at:]
        if not data:
            data = bytearray(b"x")
    return bytes(data)


@given(damaged(), st.booleans())
@settings(max_examples=200)
def test_only_expected_errors_and_a_bounded_grid(data, cut):
    content = Contents("x.dat", data, truncated=cut)
    try:
        samples = delimited.samples_of(content, toa5.layout_of_toa5(content, LAYOUT))
    except FluxkitError:
        return
    assert samples.size > 0
    assert {x.size for x in samples.data.values()} == {samples.size}
    assert len(samples.problems) <= 21
    assert all(not np.isinf(x).any() for x in samples.data.values())


@given(damaged())
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_inspection_of_damaged_files(tmp_path, data):
    path = tmp_path / "x.dat"
    path.write_bytes(data)
    try:
        found = inspect(path)
    except FluxkitError:
        return
    assert found.records > 0


@pytest.mark.parametrize("at", range(len(HEAD) + 100, len(WHOLE), 97))
def test_every_truncation_keeps_what_precedes(at):
    data = WHOLE[:at].encode()
    samples = delimited.samples_of(Contents("x.dat", data), toa5.layout_of_toa5(Contents("x", data), LAYOUT))
    whole_lines = WHOLE[len(HEAD) : at].count("\n")
    u = samples.data["u"]
    np.testing.assert_array_equal(u[:whole_lines], np.arange(whole_lines) / 8)
    assert u.size - whole_lines in (0, 1)


def test_the_whole_file_is_sound():
    content = Contents("x.dat", WHOLE.encode())
    samples = delimited.samples_of(content, toa5.layout_of_toa5(content, replace(LAYOUT, utc_offset_h=-3.5)))
    assert samples.start == np.datetime64("2020-01-01T15:30")

"""Whatever happens to a file, reading ends with samples or with a ReadError."""

from dataclasses import replace

import numpy as np
import pytest

from fluxkit.raw.formats import toa5
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import Contents
from fluxkit.raw.text import delimited

CLOCK = np.datetime64("2020-01-01T12:00", "ms") + np.arange(1, 61) * np.timedelta64(50, "ms")
HEAD = '"TOA5","x"\r\n"TIMESTAMP","RECORD","Ux","Ts"\r\n"TS","RN","m/s","C"\r\n"","","Smp","Smp"\r\n'
WHOLE = HEAD + "".join(f'"{str(t).replace("T", " ")}",{k},{k / 8},20.5\r\n' for k, t in enumerate(CLOCK))
LAYOUT = Layout(
    "toa5",
    20.0,
    (LayoutColumn("u", "Ux"), LayoutColumn("t_sonic", "Ts")),
    "records",
    0.0,
    sample_time_is="end",
)


@pytest.mark.parametrize("at", range(len(HEAD) + 100, len(WHOLE), 97))
def test_every_truncation_keeps_what_precedes(at):
    data = WHOLE[:at].encode()
    samples = delimited.delimited_samples(Contents("x.dat", data), toa5.dialect(Contents("x", data), LAYOUT))
    whole_lines = WHOLE[len(HEAD) : at].count("\n")
    u = samples.data["u"]
    np.testing.assert_array_equal(u[:whole_lines], np.arange(whole_lines) / 8)
    assert u.size - whole_lines in (0, 1)


def test_the_whole_file_is_sound():
    content = Contents("x.dat", WHOLE.encode())
    samples = delimited.delimited_samples(content, toa5.dialect(content, replace(LAYOUT, utc_offset_h=-3.5)))
    assert samples.start == np.datetime64("2020-01-01T15:30")

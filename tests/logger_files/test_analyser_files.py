"""Series written as instruments write them come back as they were, but for printed digits."""

import numpy as np
import pytest

from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.raw.series import FileClosure, InstrumentFlux, Series
from tests.logger_files.analyser_files import write_analyser_file

START = np.datetime64("2024-05-13T10:00:00", "ns")
SECOND = np.timedelta64(1, "s")
#: Half a unit of the last digit that is written. [mol mol-1, K, Pa]
ROUNDING = {
    "co2": 5.1e-12,
    "ch4": 5.1e-15,
    "n2o": 5.1e-15,
    "h2o": 5.1e-9,
    "t_chamber": 5.1e-3,
    "p_chamber": 5.1,
}
FORMATS = ("licor-trace-gas", "li-8100", "smart-chamber", "li-8250", "lgr")


def made(form: str) -> Series:
    rng = np.random.default_rng(3)
    n = 240 if form != "li-8250" else 130
    t = np.arange(n)
    data = {
        "co2": (410 + 0.1 * t + rng.normal(0, 0.2, n)) * 1e-6,
        "ch4": (2000 + 0.01 * t) * 1e-9,
        "h2o": np.linspace(0.010, 0.012, n),
        "t_chamber": np.linspace(288.0, 289.0, n),
        "p_chamber": np.full(n, 98_760.0),
    }
    if form in ("licor-trace-gas", "lgr"):
        data = {name: data[name] for name in ("co2", "ch4", "h2o")}
    if form == "li-8100":
        del data["ch4"]
    flux = InstrumentFlux(
        "co2",
        "exponential",
        3.25e-6,
        flux_cv=0.02,
        slope=1.5e-7,
        r2=0.99,
        a=0.01,
        c0=4.1e-4,
        cx=4.5e-4,
        t0=2.0,
        points=90,
    )
    closures = []
    for k in range(0 if len(data) == 3 else n // 120):
        # A Smart Chamber's file begins with closing; the others' with some samples before.
        begin = START + (120 * k + (0 if form == "smart-chamber" else 10)) * SECOND
        closures.append(
            FileClosure(
                id=f"{k}",
                label=f"collar {k}",
                port=f"{k + 1}",
                start=begin,
                end=START + (120 * k + 119) * SECOND,
                area=0.0318,
                volume=0.0061,
                height=0.02,
                deadband=20.0,
                stop=110.0,
                fluxes=(flux,) if form in ("li-8100", "smart-chamber") else (),
            )
        )
    model = {"lgr": "LGR/ABB", "li-8100": "LI-8100"}.get(form, "LI-7810")
    return Series(START + t * SECOND, data, format=form, model=model, serial="XY-1", closures=closures)


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_written_is_read(form, tmp_path):
    series = made(form)
    path = write_analyser_file(series, tmp_path / "file", utc_offset_h=2.0)
    found = open_analyser(path, utc_offset_h=2.0)
    assert found.format == form
    assert found.model == series.model
    assert found.serial == "XY-1"
    assert np.array_equal(found.time, series.time)
    assert found.utc_offset_h == 2.0
    for name, values in series.data.items():
        allowed = np.full(values.size, ROUNDING[name])
        if form == "lgr":  # seven digits of a power of ten
            allowed = np.maximum(allowed, values * 5.1e-7)
        if form in ("li-8250", "smart-chamber"):
            allowed = np.maximum(allowed, np.abs(values) * 1e-15)
        assert np.all(np.abs(found.data[name] - values) <= allowed), name


@pytest.mark.parametrize("form", ["li-8100", "smart-chamber", "li-8250"])
def test_closures_come_back(form, tmp_path):
    series = made(form)
    found = open_analyser(write_analyser_file(series, tmp_path / "file"), utc_offset_h=0.0)
    assert len(found.closures) == len(series.closures)
    for a, b in zip(found.closures, series.closures, strict=True):
        assert (a.start, a.end, a.label) == (b.start, b.end, b.label)
        for name in ("area", "volume", "height", "deadband"):
            assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-9), name
        if b.fluxes:
            assert a.fluxes[0].flux == pytest.approx(3.25e-6, rel=1e-9)
            assert a.fluxes[0].selected


def test_the_same_series_makes_the_same_bytes(tmp_path):
    first = write_analyser_file(made("li-8250"), tmp_path / "a").read_bytes()
    assert write_analyser_file(made("li-8250"), tmp_path / "b").read_bytes() == first


def test_what_a_format_needs_is_named(tmp_path):
    lacking = Series(START + np.arange(3) * SECOND, {"co2": np.full(3, 4e-4)}, format="lgr")
    with pytest.raises(ValueError, match="holds h2o, the series does not"):
        write_analyser_file(lacking, tmp_path / "x")
    with pytest.raises(ValueError, match="no writer for 'gaia'"):
        write_analyser_file(Series(lacking.time, {}, format="gaia"), tmp_path / "x")
    with pytest.raises(ValueError, match="consists of closures"):
        write_analyser_file(Series(lacking.time, made("li-8100").data, format="li-8100"), tmp_path / "x")

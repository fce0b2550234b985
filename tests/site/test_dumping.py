import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from fluxkit.site.models import Site
from fluxkit.site.sections.equipment import Station
from fluxkit.site.sections.methods import Condition, Decide, PlanarFit
from fluxkit.site.sections.reading import Column, LagWindow
from fluxkit.site.tables import Output
from fluxkit.site.toml.dumping import dump, method_lines
from fluxkit.site.toml.loading import load, loads

SITES = sorted((Path(__file__).parents[1] / "sites").glob("*.toml"))
BASE = load(Path(__file__).parents[1] / "sites" / "synthetic_b.toml")

numbers = st.floats(-1e6, 1e6)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

stations = st.builds(
    Station,
    id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,8}", fullmatch=True),
    name=words,
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    altitude=st.floats(-430, 9000),
    utc_offset_h=st.floats(-12, 14),
    canopy_height=st.floats(0, 100),
    displacement_height=st.none() | st.floats(0, 100),
)
conditions = st.builds(
    Condition,
    despiking=st.sampled_from(["vickers-mahrt-1997", "mauder-2013", "none"]),
    spike_limit=st.dictionaries(st.sampled_from(["u", "w", "co2"]), st.floats(0.1, 10)),
    limits=st.dictionaries(
        st.sampled_from(["u", "w", "nh3", "signal_co2"]), st.tuples(numbers, numbers), max_size=3
    ),
    absolute_limits=st.booleans(),
    max_missing=st.floats(0.01, 0.99),
    precision=st.sampled_from(["float64", "float32"]),
)
decisions = st.builds(
    Decide,
    rotation=st.sampled_from(["double", "none"]),
    lag=st.sampled_from(["constant", "none", "covariance-maximum", "covariance-maximum-default"]),
    arithmetic=st.sampled_from(["fluxkit", "eddypro-6"]),
)
carbon = st.builds(
    Column,
    column=words | st.integers(1, 99),
    unit=st.sampled_from(["mmol m-3", "mg m-3"]),
    instrument=st.just("irga"),
    gain=numbers,
    offset=numbers,
    lag=st.none() | st.floats(0, 5).map(lambda x: LagWindow(nominal=x, min=x - 1, max=x + 2)),
)


@settings(max_examples=40)
@given(
    preset=st.sampled_from(["fluxkit", "eddypro-6"]),
    station=stations,
    condition=conditions,
    decide=decisions,
    co2=carbon,
    files=words | st.lists(words, max_size=3),
    output=st.builds(Output, title=words, license=words),
)
def test_loads_of_dump_is_the_same_site(preset, station, condition, decide, co2, files, output):
    site = Site(
        preset=preset,
        station=station,
        instruments=BASE.instruments,
        raw=BASE.raw.model_copy(update={"files": files}),
        columns=BASE.columns | {"co2": co2},
        condition=condition,
        decide=decide,
        output=output,
    )
    assert loads(dump(site)) == site


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.stem)
def test_example_sites_survive(path):
    site = load(path)
    assert loads(dump(site)) == site


def test_only_what_differs_from_the_preset_is_active():
    site = BASE.model_copy(update={"decide": Decide(rotation="none")})
    text = dump(site)
    assert tomllib.loads(text)["decide"] == {"rotation": "none"}
    assert tomllib.loads(text)["condition"] == {}
    assert '# detrending = "block"' in text
    assert 'or: "linear"' in text
    assert "# degrees north" in text


def test_preset_counts_as_default():
    text = dump(
        Site.model_validate({**BASE.model_dump(exclude={"decide", "condition"}), "preset": "eddypro-6"})
    )
    assert tomllib.loads(text)["decide"] == {}
    assert '# arithmetic = "eddypro-6"' in text
    assert loads(text).condition.precision == "float32"


def test_method_lines_are_all_comments():
    lines = method_lines("decide", "eddypro-6")
    assert len(lines) == sum(not isinstance(value, BaseModel) for _, value in Decide())
    assert all(line.startswith("# ") for line in lines)


def test_a_table_within_a_section_survives():
    decide = Decide(planar_fit=PlanarFit(sectors=[90.0, 270.0], rolling=True))
    text = dump(BASE.model_copy(update={"decide": decide}))
    assert "planar_fit.sectors = [90.0, 270.0]" in text
    assert "min_speed" not in text
    assert loads(text).decide == decide

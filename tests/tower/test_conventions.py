"""Each convention of arithmetic makes a difference, and a mixture of them decides fluxes."""

import re
from dataclasses import asdict, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.constants import SI
from fluxkit.tower import conventions, settings
from fluxkit.tower.conventions import EDDYPRO_6, FLUXKIT, Conventions
from fluxkit.tower.plan import Plan
from fluxkit.tower.quality_control import quality
from tests.tower import mast
from tests.tower.conventions_cases import CASES

NAMES = tuple(f.name for f in fields(Conventions))

#: Convention -> case in which one of the two programs' numbers change with it.
SEEN = {
    "constants": "plain",
    "short_file_shortens_period": "ends early",
    "polar_direction": "polar",
    "rounded_axes": "axes",
    "keep_unpaired": "turned",
    "ignored_diagnostic_bits": "words",
    "missing_word_loses_sample": "words",
    "thermocouple_bits_act": "words",
    "sonic_word": "sonic words",
    "analyser_word_loses_air": "words",
    "cell_temperature_falls_back": "words",
    "window_lengths": "gap and spike",
    "spike_beside_gap": "gap and spike",
    "mad_gap_is_value": "median",
    "mad_zero_scale": "mostly equal",
    "temperature_before_head": "gill",
    "cross_wind_of_w": "gill",
    "attack_angle_tolerance": "gill",
    "test_gap_is_value": "tests",
    "drop_out_stay": "tests",
    "discontinuities": "tests",
    "test_molar_volume": "narrow limits",
    "vapour_limit_scale": "tests",
    "lag_test_of_automatic_windows": "automatic windows",
    "lag_test_default": "expected lag",
    "lag_test_beyond_window": "default lag",
    "plane_wind": "planes",
    "open_path_electronics": "automatic windows",
    "lag_below_detection": "drowned",
    "gas_mean": "expected lag",
    "running_mean_at_gaps": "running mean",
    "line_at_gaps": "chunks",
    "saturation": "plain",
    "humidity_iterations": "no slow temperature",
    "molar_volume": "no slow temperature",
    "impossible_humidity": "dripping",
    "vapour_of_slow_sensor": "slow humidity",
    "analyser_response": "irgason",
    "cospectral_band": "moncrieff",
    "low_frequency_squared": "plain",
    "chunk_transfer": "chunks",
    "running_mean_transfer": "running mean",
    "mean_after_filter": "exponential",
    "line_average": "moncrieff",
    "laminar_tube": "tube",
    "tube_diffusivity": "tube",
    "low_frequency_of_all": "averaging alone",
    "massman_heat": "massman",
    "massman_momentum_peak": "massman",
    "massman_responses": "massman",
    "massman_separation": "massman",
    "massman_cell_speed": "massman, tube",
    "massman_laminar_tube": "massman, tube",
    "massman_chunks": "massman, chunks",
    "horst_paths": "horst",
    "stability_passes": "moncrieff, stable",
    "stability_heat": "plain",
    "stability_temperature": "plain",
    "in_situ_base": "ibrom",
    "in_situ_ustar": "ibrom",
    "in_situ_reading": "fitted",
    "own_cospectrum": "fratini",
    "own_factor_with_averaging": "fratini",
    "in_situ_after_failure": "first stable",
    "stable_spectra_limits": "stable",
    "cutoff_classes": "fitted",
    "humidity_fit": "sticky",
    "ibrom_cutoffs": "fitted",
    "corrections": "plain",
    "momentum": "plain",
    "temperature_scale": "plain",
    "storage_of": "plain",
    "storage_change": "plain",
    "storage_height": "raised analyser",
    "error_reach": "plain",
    "error_counts_gaps": "gap and spike",
    "correlation_reach": "plain",
    "errors_spectrally_corrected": "plain",
    "random_error_of": "plain",
    "stationarity_of_momentum": "plain",
    "turbulence_test_scales": "ibrom",
    "turbulence_test_range": "very stable",
    "solar_day": "foken",
    "footprint_in_whole_metres": "hsieh",
}
#: The same with EddyPro 6's other conventions: fluxkit's own hide the difference.
SEEN_IN_EDDYPRO_6 = {"drop_outs_in_whole_numbers": "tests", "lag_test_signed": "default lag"}

MOVED = {"changes": [{"start": "2024-07-02T00:00:00+01:00", "instruments": {"s": {"height": 3.4}}}]}
#: Convention -> what it changes in a station's plan, where a difference of fluxes would need weeks of data.
PLANNED = {
    "planes_across_moves": lambda: settings.fitting(plan(**MOVED), biased=True).changes,
    "plane_limit_of_w": lambda: settings.fitting(plan(), biased=True).absolute_w,
    "filter_rate": lambda: plan(condense={"high_pass": "exponential"}, rate=12.8).high_pass.window,
}
STEADY, DEVELOPED = np.array([2.0, 3.0]), np.array([3.0, 1.0])
#: Convention -> classes that it changes where a percentage or a pair of classes is just so.
CLASSED = {
    "classes_in_whole_numbers": lambda how: quality.classes(
        np.array([15.5]), whole_numbers=how.classes_in_whole_numbers
    ),
    "foken_2003_third_class": lambda how: quality.flag_foken_2003(
        STEADY, DEVELOPED, third_class=how.foken_2003_third_class
    ),
    "goeckede_2004_combinations": lambda how: quality.flag_goeckede_2004(
        STEADY, DEVELOPED, listed_only=how.goeckede_2004_combinations == "listed"
    ),
}


def plan(*, rate: float | None = None, **sections: Any) -> Plan:
    site = mast.make_site(**sections)
    if rate is not None:
        site = site.model_copy(update={"raw": site.raw.model_copy(update={"rate": rate})})
    return settings.make_plan(site)


@pytest.fixture(autouse=True)
def restored():
    """Leave the table as it was."""
    before = dict(conventions.ARITHMETIC)
    yield
    conventions.ARITHMETIC.update(before)


def numbers(case: str, how: Conventions) -> dict[str, np.ndarray]:
    """All numbers of a case: moments and fluxes."""
    conventions.ARITHMETIC["fluxkit"] = how
    site = CASES[case].site()
    moments = fk.condense(CASES[case].raw(), site)
    fluxes = fk.decide(moments, site, biomet=CASES[case].biomet())
    return {f"moments {k}": x.values for k, x in moments.items()} | {
        str(k): x.values for k, x in fluxes.items()
    }


kept = cache(numbers)


def differs(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    if a.keys() != b.keys():
        return True
    kinds = {"f": True, "c": True, "i": False, "u": False}
    return any(
        not np.array_equal(a[k], b[k], equal_nan=kinds[a[k].dtype.kind])
        for k in a
        if a[k].dtype.kind in kinds
    )


def test_every_convention_is_seen_somewhere():
    tables = (SEEN, SEEN_IN_EDDYPRO_6, PLANNED, CLASSED)
    assert sorted(name for table in tables for name in table) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_two_instances_differ_in_every_convention(name):
    assert getattr(FLUXKIT, name) != getattr(EDDYPRO_6, name)


@pytest.mark.parametrize("name", NAMES)
def test_every_convention_is_read_by_the_tower(name):
    folder = Path(conventions.__file__).parent
    texts = [path.read_text("utf-8") for path in folder.rglob("*.py") if path.name != "conventions.py"]
    assert any(re.search(rf"\.{name}\b", text) for text in texts)


@pytest.mark.parametrize("name", SEEN)
def test_a_convention_changes_a_number(name):
    changed = replace(FLUXKIT, **{name: getattr(EDDYPRO_6, name)})
    assert differs(kept(SEEN[name], FLUXKIT), numbers(SEEN[name], changed))


@pytest.mark.parametrize("name", SEEN_IN_EDDYPRO_6)
def test_a_convention_changes_a_number_of_eddypro_6(name):
    case, changed = SEEN_IN_EDDYPRO_6[name], replace(EDDYPRO_6, **{name: getattr(FLUXKIT, name)})
    assert differs(kept(case, EDDYPRO_6), numbers(case, changed))


@pytest.mark.parametrize("name", PLANNED)
def test_a_convention_changes_the_plan(name):
    ours = PLANNED[name]()
    conventions.ARITHMETIC["fluxkit"] = replace(FLUXKIT, **{name: getattr(EDDYPRO_6, name)})
    assert PLANNED[name]() != ours


@pytest.mark.parametrize("name", CLASSED)
def test_a_convention_changes_a_class(name):
    assert (CLASSED[name](FLUXKIT) != CLASSED[name](EDDYPRO_6)).any()


def test_another_program_is_one_more_instance():
    """Positive momentum of the one, storage of the other, and constants of neither."""
    third = replace(
        FLUXKIT,
        constants=SI._replace(kappa=0.39),
        momentum="downward",
        corrections="sequential",
        storage_height="analyser",
    )
    ours, theirs = kept("raised analyser", FLUXKIT), kept("raised analyser", EDDYPRO_6)
    mixed = numbers("raised analyser", third)
    assert third not in (FLUXKIT, EDDYPRO_6)
    assert (ours["TAU"] < 0).all()
    assert (mixed["TAU"] > 0).all()
    np.testing.assert_allclose(mixed["TAU"], -ours["TAU"], rtol=0.01)
    assert (mixed["FC"] != ours["FC"]).all()
    assert (mixed["FC"] != theirs["FC"]).all()
    # Half a metre more air below the analyser than below the sonic.
    np.testing.assert_allclose(mixed["SC"][1:] / ours["SC"][1:], 3.7 / 3.2)
    # Stability follows kappa.
    np.testing.assert_allclose(mixed["MO_LENGTH"] / ours["MO_LENGTH"], 0.40 / 0.39, rtol=0.01)


def test_instances_hold_nothing_but_plain_values():
    for value in (asdict(FLUXKIT) | asdict(EDDYPRO_6)).values():
        assert value is None or isinstance(value, bool | int | float | str | tuple)

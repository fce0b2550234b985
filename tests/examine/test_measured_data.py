"""Faults planted in the configurations of measured data; what is not altered raises no doubt."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fluxkit.archive.run import run
from tests.examine.test_seeded_faults import checked, exchanged, replaced

SITES = Path(__file__).parents[1] / "sites"
FINSE_BIOMET = """
[biomet]
files = "{folder}/biomet_data.csv"
time_columns = ["TIMESTAMP"]
time_is = "end"
[biomet.columns]
t_air = {{ column = "TA_2_1_1_1_1", unit = "degC" }}
sw_in = {{ column = "SWIN_6_10_1_1_1", unit = "W m-2" }}
"""

pytestmark = pytest.mark.reference


def text_of(name: str, shared: Path) -> str:
    """The configuration kept beside the tests, its files looked for in the shared folder."""
    text = (SITES / f"{name}.toml").read_text()
    return text.replace('"data/', f'"{shared.as_posix()}/data/')


def doubts(told: list[str]) -> list[str]:
    """Leave out what a configuration leaves open about its instruments, and what headers say."""
    return [line for line in told if not line.startswith(("! instruments.", "! headers"))]


@pytest.mark.parametrize(
    "name", ["ameriflux_gold", "finse", "de-hoh", "fluxpart", "synthetic_a", "synthetic_b"]
)
def test_no_false_alarm(name: str, shared: Path, tmp_path: Path) -> None:
    code, told = checked(tmp_path, text_of(name, shared), "--strict")
    assert (code, doubts(told)) == (0, [])


def swapped_positions(one: str, other: str) -> Callable[[str], str]:
    """Exchange the positions of two columns of the gold file."""

    def change(text: str) -> str:
        found = {name: re.search(rf"^{name} = {{ column = (\d)", text, re.M) for name in (one, other)}
        a, b = (match.group(1) for match in found.values() if match)
        text = re.sub(rf"^({one} = {{ column = )\d", rf"\g<1>{b}", text, flags=re.M)
        return re.sub(rf"^({other} = {{ column = )\d", rf"\g<1>{a}", text, flags=re.M)

    return change


GOLD: dict[str, tuple[Callable[[str], str], str]] = {
    "u and w": (swapped_positions("u", "w"), "columns.w"),
    "forgotten gain of co2": (replaced("gain = 3.0, offset = 10.0, ", ""), "columns.co2"),
    "forgotten gain of h2o": (replaced("gain = 200.0, ", ""), "columns.h2o"),
    "degC given as K": (replaced('column = 4, unit = "degC"', 'column = 4, unit = "K"'), "columns.t_sonic"),
    "mmol given as mg": (
        replaced('unit = "mmol m-3", gain = 3.0', 'unit = "mg m-3", gain = 3.0'),
        "'mmol m-3' instead of 'mg m-3'",
    ),
    "canopy of 25 m over a sonic at 2 m": (
        replaced("canopy_height = 0.25", "canopy_height = 25.0"),
        "displacement height of 16.8 m",
    ),
}


@pytest.mark.parametrize("fault", GOLD)
def test_gold_file(fault: str, shared: Path, tmp_path: Path) -> None:
    change, words = GOLD[fault]
    code, told = checked(tmp_path, change(text_of("ameriflux_gold", shared)), "--strict")
    assert any(words in line for line in doubts(told)), told
    assert code == 2


FINSE: dict[str, tuple[Callable[[str], str], str]] = {
    "u and w": (lambda text: exchanged(text, "u_m/s", "w_m/s"), "columns.w"),
    "mmol given as umol": (replaced('"H2O_ppt", unit = "mmol', '"H2O_ppt", unit = "umol'), "'mmol mol-1'"),
    "stamps": (replaced('file_time = "records"', 'file_time = "records"\nsample_time_is = "end"'), "its end"),
}


@pytest.mark.parametrize("fault", FINSE)
def test_finse(fault: str, shared: Path, tmp_path: Path) -> None:
    change, words = FINSE[fault]
    code, told = checked(tmp_path, change(text_of("finse", shared)), "--strict")
    assert any(words in line for line in told), told
    assert code == 2


def test_the_sign_of_w_at_finse(shared: Path, tmp_path: Path) -> None:
    """One half hour does not show it for sure; an archive does."""
    config = tmp_path / "site.toml"
    change = replaced('"w_m/s", unit = "m s-1"', '"w_m/s", unit = "m s-1", gain = -1.0')
    config.write_text(change(text_of("finse", shared)))
    told = run(config, tmp_path / "out").fluxes.attrs["doubts"]
    assert len(told) == 1
    assert "columns.w: momentum goes upwards in 100 % of the windy periods" in told[0]
    assert "heat flux is negative" in told[0]


def test_the_clock_of_the_slow_measurements_of_finse(shared: Path, tmp_path: Path) -> None:
    """It is two hours off by the sun, and one by the temperature of the sonic."""
    folder = (shared / "data" / "ec_raw" / "finse_10hz").as_posix()
    config = tmp_path / "site.toml"
    config.write_text(text_of("finse", shared) + FINSE_BIOMET.format(folder=folder))
    told = run(config, tmp_path / "out").fluxes.attrs["doubts"]
    assert len(told) == 2
    assert "2.1 h ahead of the sun" in told[0]
    assert "(by -2 h)" in told[0]
    assert "1.1 h ahead of the sonic's" in told[1]
    assert "(by -1 h)" in told[1]
    code, printed = checked(tmp_path, config.read_text(), "--strict")
    assert (code, doubts(printed)) == (2, [f"! {told[0]}"])

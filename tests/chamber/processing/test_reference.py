"""From analyser files to windows and slopes, against the points that goFlux fitted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.chamber.campaign.models import Analyser, Campaign, ClosureSource, Fits, Plots
from fluxkit.chamber.chain import process
from fluxkit.chamber.closures.closures import Closures
from fluxkit.chamber.processing.inputs import ChamberInputs

pytestmark = pytest.mark.reference

#: Data set -> what its reader must be told beside the offset.
ASKED = {
    "goflux_UGGA": {"day_first": True},
    "goflux_LI7810": {},
    "goflux_LI8100": {},
    "goflux_LI8200": {},
    "goflux_LI8250": {},
    "ff_TG10": {},
    "ff_Tree": {},
}
#: Sets whose windows in cases.csv already begin behind the dead band.
BEHIND = ("goflux_LI8200", "goflux_LI8250")
CLOCKS = {
    "goflux_UGGA": lambda time: (time + np.timedelta64(500, "ms")).astype("M8[s]").astype("M8[ns]"),
    "goflux_LI7810": lambda time: time.astype("M8[s]").astype("M8[ns]"),
    "ff_TG10": lambda time: time.astype("M8[s]").astype("M8[ns]"),
    "ff_Tree": lambda time: time.astype("M8[s]").astype("M8[ns]"),
}
GASES = {
    "CO2dry_ppm": ("co2", 1.0),
    "CH4dry_ppb": ("ch4", 1e3),
    "N2Odry_ppb": ("n2o", 1e3),
    "H2O_ppm": ("h2o", 1.0),
}


def closures_of(cases: pd.DataFrame) -> Closures:
    one = cases.drop_duplicates("measurement")
    return Closures.of(
        pd.to_datetime(one.start_time).to_numpy(),
        pd.to_datetime(one.end_time).to_numpy(),
        id=one.measurement.to_numpy(str),
        area=one.area_cm2 * 1e-4,
        volume=one.volume_L * 1e-3,
        t_air=one.T_air_C + 273.15,
        p_air=one.P_air_kPa * 1e3,
        deadband=0.0 if one.dataset.iloc[0] in BEHIND else one.deadband_s,
    )


def settings(**tables) -> Plots:
    return Plots(
        campaign=Campaign(id="Test", utc_offset_h=0),
        analysers=[Analyser(name="a", files="*")],
        closures=ClosureSource(source="files"),
        fits=Fits(models=["linear"], choice="linear"),
        **tables,
    )


@pytest.fixture(scope="module")
def tables(shared):
    folder = shared / "reference" / "chamber"
    return pd.read_csv(folder / "cases.csv"), pd.read_csv(folder / "ref_goflux.csv").set_index("case_id")


@pytest.mark.parametrize("dataset", list(ASKED))
def test_windows_hold_the_same_points_and_slopes(shared, tables, dataset):
    """With goFlux's clock: fractions of seconds cut or rounded, which moves slopes by percents."""
    cases = tables[0][tables[0].dataset == dataset]
    path = shared / "data" / "chamber" / cases.input_file.iloc[0]
    series = open_analyser(path, utc_offset_h=0, trust_zone=False, **ASKED[dataset])
    exact = compared(fluxes_of(series, cases), cases, tables[1])
    clock = CLOCKS.get(dataset, lambda time: time)(series.time)
    counts, slope, flux = compared(fluxes_of(replace(series, time=clock), cases), cases, tables[1])
    print(
        f"{dataset}: {len(cases)} cases, slope {slope:.1e}, flux {flux:.1e}; true clock: slope {exact[1]:.1e}"
    )
    assert counts == 0
    assert slope < 1e-9
    assert flux < 1e-9


def fluxes_of(series, cases):
    records = ChamberInputs(series={"a": [series]}).records(settings())
    return process(closures_of(cases), records, settings(), gas_constant=8.314)


def compared(fluxes, cases, reference):
    """Largest difference of points, and relative ones of the line's slope and flux."""
    found = []
    for case in cases.itertuples():
        gas, factor = GASES[case.gas]
        one = fluxes.sel(closure=case.measurement, gas=gas, fit="linear")
        told = reference.loc[case.case_id]
        found.append(
            (
                abs(int(one["n_obs"]) - case.n_obs),
                abs(float(one["fit_slope"]) * factor / told["LM.slope"] - 1),
                abs(float(one["fit_flux"]) * factor / told["LM.flux"] - 1),
            )
        )
    return tuple(max(column) for column in zip(*found, strict=True))

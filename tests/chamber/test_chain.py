from dataclasses import replace

import numpy as np
import pytest

from fluxkit.chamber import chain, flags
from fluxkit.chamber import decisions as review
from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.chamber.campaign import models as plots
from fluxkit.chamber.campaign.models import Chamber, Fits, Window
from fluxkit.chamber.chain import process, with_geometry
from fluxkit.chamber.fits import fits
from fluxkit.chamber.fits.choice import FLAGS, RULES
from fluxkit.chamber.fits.models import MODELS, NEEDED
from fluxkit.constants import SI
from tests.chamber.made_closures import SLOPE, closures, record, settings

TERM = 0.01 * 1e5 * 0.99 / (SI.R * 293.15 * 0.05)


def raised(fluxes, name, gas="co2"):
    return flags.raised(fluxes["flags"].sel(gas=gas).values, name)


def test_the_planted_flux_comes_back():
    fluxes = process(closures(), [record()], settings())
    one = fluxes.sel(gas="co2")
    np.testing.assert_allclose(one["flux"], SLOPE * TERM * 1e6, rtol=0.02)
    assert one["flux"].attrs["units"] == "umol m-2 s-1"
    assert (np.abs(one["flux"] - SLOPE * TERM * 1e6) < 4 * one["flux_se"]).all()
    np.testing.assert_allclose(one["flux_term"], TERM, rtol=1e-12)
    assert (one["n_obs"] == 241).all()
    assert not raised(fluxes, "below_detection").any()


def test_extrapolation_gives_the_flux_at_closing():
    """A curve that saturates has lost exp(-kappa 30 s) of its slope when the window begins."""
    kappa = 0.006
    one = record(noise=0.01e-6, kappa=kappa)
    fits = Fits(choice="hm")
    late = process(closures(), [one], settings(window=Window(deadband_s=30), fits=fits))
    window = Window(deadband_s=30, extrapolate=True)
    closing = process(closures(), [one], settings(window=window, fits=fits))
    np.testing.assert_allclose(closing["flux"].sel(gas="co2"), SLOPE * TERM * 1e6, rtol=0.01)
    ratio = late["flux"].sel(gas="co2") / closing["flux"].sel(gas="co2")
    np.testing.assert_allclose(ratio, np.exp(-30 * kappa), rtol=0.01)


def test_water_vapour_is_a_gas_that_is_not_diluted_by_itself():
    fluxes = process(closures(), [record()], settings())
    assert fluxes["flux_term"].sel(gas="h2o").values == pytest.approx(np.full(6, TERM / 0.99))


def test_each_gas_is_diluted_by_the_water_of_its_own_analyser():
    one = record()
    one.data.update(n2o=one.data["co2"], h2o_2=np.full(one.time.size, 0.02))
    one.water.update(n2o="h2o_2", co2="h2o")
    fluxes = process(closures(), [one], settings())
    assert (fluxes["h2o"].sel(gas="n2o") == 0.02).all()
    assert (fluxes["h2o"].sel(gas="co2") == 0.01).all()


def test_what_is_assumed_is_flagged():
    one = record()
    del one.data["h2o"]
    bare = replace(closures(), t_air=np.full(6, np.nan), p_air=np.full(6, np.nan))
    fluxes = process(bare, [one], settings())
    for name in ("temperature_assumed", "pressure_assumed", "humidity_missing"):
        assert raised(fluxes, name).all()
    assert (fluxes["t_air"] == 288.15).all()
    assert (fluxes["p_air"] == 101325).all()


def test_implausible_air_is_told_and_not_used():
    """A thermistor reads 173 degC: the next source counts, then what is assumed; a glitch is passed over."""
    one = record()
    one.data["t_chamber"] = np.full(one.time.size, 446.0)
    one.data["p_air"] = np.full(one.time.size, 3e5)
    one.data["h2o"] = np.where(np.arange(one.time.size) % 400 == 60, 0.3, 0.01)
    bare = replace(closures(), t_air=np.full(6, 446.26), p_air=np.full(6, 0.0))
    fluxes = process(bare, [one], settings())
    assert raised(fluxes, "temperature_assumed").all()
    assert raised(fluxes, "pressure_assumed").all()
    assert (fluxes["h2o"].sel(gas="co2") == 0.01).all()
    assert "6 of 6 closures are implausible (173.1 degC): not used" in fluxes.attrs["air"]
    assert "(0 kPa)" in fluxes.attrs["air"]
    assert "(300 mmol mol-1)" in fluxes.attrs["air"]
    one.data["t_air"] = np.full(one.time.size, 290.0)
    again = process(bare, [one], settings(chamber=Chamber(p_air="98 kPa")))
    assert (again["t_air"] == 290.0).all()
    assert again["p_air"].values == pytest.approx(np.full(6, 98e3))
    hot = again["flux"].sel(gas="co2").values
    for kind in ("sealed", "vented"):  # the broken probe is no course of temperature either
        fits = Fits(air=kind)
        del one.data["p_air"]
        other = process(bare, [one], settings(chamber=Chamber(p_air="98 kPa"), fits=fits))
        np.testing.assert_allclose(other["flux"].sel(gas="co2").values, hot, rtol=0.03)
        one.data["p_air"] = np.full(one.time.size, 3e5)
    assert process(closures(), [record()], settings()).attrs["air"] == ""


def test_the_broken_thermistor_of_a_file(shared):
    series = open_analyser(shared / "cases" / "chamber" / "li8100_tcham_173C.81x.gz", utc_offset_h=0.0)
    fluxes = chain.fluxes(
        [series],
        plots=settings(
            analysers=[plots.Analyser(name="analyser", files="")], chamber=Chamber(t_air="15 degC")
        ),
    )
    assert (fluxes["t_air"] == 288.15).all()
    assert "2 of 2 closures are implausible (173.1 degC)" in fluxes.attrs["air"]


def test_the_altitude_gives_the_pressure():
    given = settings().model_copy(
        update={"campaign": plots.Campaign(id="Test", utc_offset_h=0, altitude=1500)}
    )
    bare = replace(closures(), p_air=np.full(6, np.nan))
    fluxes = process(bare, [record()], given)
    assert fluxes["p_air"].values == pytest.approx(np.full(6, 101300 * np.exp(-1500 / 8200)))


def test_measured_air_comes_before_constants_and_cells_never():
    one = record()
    for name, value in {"t_chamber": 300.0, "t_cell": 318.0, "p_cell": 2e4}.items():
        one.data[name] = np.full(one.time.size, value)
    bare = replace(closures(), t_air=np.full(6, np.nan), p_air=np.full(6, np.nan))
    given = settings(chamber=Chamber(t_air="20 degC", p_air="98 kPa"))
    fluxes = process(bare, [one], given)
    assert (fluxes["t_air"] == 300.0).all()
    assert fluxes["p_air"].values == pytest.approx(np.full(6, 98e3))
    assert not raised(fluxes, "temperature_assumed").any()


def test_closures_without_readings_or_geometry_have_no_flux_and_stop_nobody():
    odd = replace(
        closures(), area=np.array([0.05, np.nan, 0.05, 0.05, 0.05, 0.05]), volume=np.full(6, 0.01)
    ).shifted(np.array([0, 0, 9000.0, 0, 0, 0]))
    fluxes = process(odd, [record()], settings()).sel(gas="co2")
    assert np.isfinite(fluxes["flux"].values).tolist() == [True, False, False, True, True, True]
    assert flags.raised(fluxes["flags"].values, "no_data").tolist() == [False] * 2 + [True] + [False] * 3
    assert flags.raised(fluxes["flags"].values, "no_geometry")[1]


def test_two_points_gaps_and_repeated_stamps_are_told():
    one = record()
    time = one.time.copy()
    co2 = one.data["co2"].copy()
    co2[62:301] = np.nan  # two points left of the first closure
    co2[520:640] = np.nan  # a gap in the second
    time[861:1100:2] = time[860:1099:2]  # the third repeats its stamps
    broken = replace(one, time=time, data={"co2": co2, "h2o": one.data["h2o"]})
    fluxes = process(closures(), [broken], settings())
    assert raised(fluxes, "few_points")[0]
    assert raised(fluxes, "gap")[1]
    assert raised(fluxes, "lost_values")[:2].all()
    assert raised(fluxes, "repeated_times")[2]
    assert np.isfinite(fluxes["flux"].sel(gas="co2")[1:]).all()
    print({name: raised(fluxes, name).tolist() for name in ("few_points", "gap", "repeated_times", "no_fit")})


def test_decisions_move_windows_choose_models_and_discard():
    told = [
        review.Decision("c0", np.datetime64("NaT"), "co2", "", 40.0, 120.0, "linear", "people near"),
        review.Decision("c1", np.datetime64("NaT"), "", "discard", np.nan, np.nan, "", "lid open"),
        review.Decision("no such", np.datetime64("NaT"), "", "discard", np.nan, np.nan, "", ""),
    ]
    fluxes = process(closures(), [record()], settings(), decisions=told)
    assert float(fluxes["window_start"].sel(gas="co2")[0]) == 40
    assert int(fluxes["n_obs"].sel(gas="co2")[0]) == 81
    assert fluxes["model"].sel(gas="co2").values[0] == "linear"
    assert fluxes["discarded"].values[1].all()
    assert np.isfinite(fluxes["flux"].values[1]).all()
    assert raised(fluxes, "reviewed").tolist() == [True, True] + [False] * 4
    assert "no such" in fluxes.attrs["decisions_unused"]


def test_of_two_analysers_the_named_or_the_fuller_one_counts():
    first, second = record(), replace(record(seed=2), name="b")
    first.data["co2"][:900] = np.nan
    both = settings(
        analysers=[plots.Analyser(name="a", files="*"), plots.Analyser(name="b", files="*")],
    )
    fluxes = process(closures(), [first, second], both)
    assert fluxes["analyser"].sel(gas="co2").values.tolist() == ["b", "b", "b", "a", "a", "a"]
    named = closures(extra={"analyser": np.full(6, "b")})
    fluxes = process(named, [first, second], both)
    assert set(fluxes["analyser"].sel(gas="co2").values) == {"b"}


def test_sealed_air_that_warms_keeps_its_moles():
    """Pressure rises as temperature does: nothing changes. At constant pressure moles would be lost."""
    plain, warm = record(noise=0.0), record(noise=0.0)
    ramp = 1.0 + 1e-4 * (np.arange(plain.time.size) % 400)
    warm.data.update(t_chamber=293.15 * ramp, p_chamber=1e5 * ramp)
    fits = Fits(air="sealed", choice="linear", models=["linear"])
    expected = process(closures(), [plain], settings(fits=fits))["flux"]
    np.testing.assert_allclose(
        process(closures(), [warm], settings(fits=fits))["flux"], expected, rtol=1e-9, atol=1e-9
    )
    del warm.data["p_chamber"]
    assert (process(closures(), [warm], settings(fits=fits))["flux"] < 0.95 * expected).sel(gas="co2").all()


def test_vented_air_that_warms_stretches_time():
    one = record(noise=0.0)
    ramp = 293.15 + 0.02 * (np.arange(one.time.size) % 400)
    one.data["t_chamber"] = ramp
    fits = Fits(air="vented", choice="linear", models=["linear"])
    steady = process(closures(), [record(noise=0.0)], settings(fits=fits))["flux"].sel(gas="co2")
    warm = process(closures(), [one], settings(fits=fits))["flux"].sel(gas="co2")
    # A line through time stretched by up to 240 s x 0.02 K/s / 294 K: 0.8 % on the mean.
    assert 0.985 < float((warm / steady).mean()) < 0.999


def test_geometry_from_configuration_and_sheet():
    names = np.array(["", "tall", "", "", "", ""])
    height = np.array([np.nan, np.nan, 0.4, np.nan, np.nan, np.nan])
    collar = np.array([np.nan, np.nan, np.nan, 0.05, np.nan, np.nan])
    bare = replace(
        closures(extra={"chamber": names, "height": height, "collar_height": collar}),
        area=np.full(6, np.nan),
        volume=np.array([np.nan] * 5 + [0.02]),
    )
    given = settings(
        chamber=Chamber(
            area="500 cm2", volume="10 L", collar_height="2 cm", tubing_volume="100 ml", cover="dark"
        ),
        chambers={"tall": Chamber(area="1000 cm2", height="1 m", cover="clear")},
    )
    found = with_geometry(bare, given)
    assert found.area == pytest.approx([0.05, 0.1, 0.05, 0.05, 0.05, 0.05])
    assert found.volume == pytest.approx([0.0111, 0.1021, 0.0211, 0.0126, 0.0111, 0.0211])
    assert found.cover.tolist() == ["dark", "clear", "dark", "dark", "dark", "dark"]


def test_the_volume_of_a_file_is_whole():
    told = replace(closures(), source=np.full(6, "file"))
    given = settings(chamber=Chamber(area="500 cm2", collar_height="2 cm"))
    assert with_geometry(told, given).volume == pytest.approx([0.01] * 6)


def test_configurations_name_what_the_room_knows():
    assert set(NEEDED) == set(RULES), "enter a rule in NEEDED (fits/models.py) and RULES (fits/choice.py)"
    assert set(MODELS) == set(fits.FITS), "enter a model in MODELS (fits/models.py) and FITS (fits/fits.py)"
    assert set(FLAGS) <= set(flags.MEANINGS)
    assert len(flags.MEANINGS) <= 31  # bits of a positive int32


def test_flags_are_told_as_cf_asks():
    told = flags.attributes()
    assert len(told["flag_masks"]) == len(str(told["flag_meanings"]).split())


def test_files_that_tell_of_their_closures_need_nothing_else():
    from fluxkit.chamber.chain import fluxes
    from fluxkit.raw.series import FileClosure, Series

    one, table = record(), closures()
    told = [
        FileClosure(name, name, start, end, area=0.05, volume=0.01, t_air=293.15, p_air=1e5)
        for name, start, end in zip(table.id, table.start, table.end, strict=True)
    ]
    series = Series(one.time, one.data, path="x.82z", precision=one.precision, closures=told)
    found = fluxes([series])
    expected = process(table, [one], settings())
    np.testing.assert_array_equal(found["flux"].values, expected["flux"].values)
    with pytest.raises(ValueError, match="no closure"):
        fluxes([Series(one.time, one.data)])

"""A table as EddyPro's full output: lines of groups, names and units; the time is the END of a record."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from fluxkit.exchange.columns import Array, ExchangeError, column, local_starts, rows, site_of
from fluxkit.export.atomic import write_text
from fluxkit.locations import location

KELVIN = 273.15
_CO2, _H2O, _W, _N = "[µmol+1s-1m-2]", "[mmol+1s-1m-2]", "[W+1m-2]", "[#]"
_TAU, _SPEED = "[kg+1m-1s-2]", "[m+1s-1]"
_FLAGS = "8u/v/w/ts/co2/h2o/ch4/none"


class Column(NamedTuple):
    """A column there: ``name [unit] = scale * source + shift``."""

    name: str
    unit: str
    source: str = ""  #: name here; none: fluxkit has nothing like it, -9999 throughout
    scale: float = 1.0
    shift: float = 0.0
    power: int = 1  #: a variance is the square of a standard deviation


def _of(text: str, unit: str, **given: str) -> list[Column]:
    return [Column(name, unit, given.get(name.strip("*%()/-"), "")) for name in text.split()]


def _flux(name: str, unit: str, source: str, scale: float = 1.0) -> list[Column]:
    return [
        Column(name, unit, source, scale),
        Column(f"qc_{name}", _N, f"{source}_SSITC_TEST"),
        Column(f"rand_err_{name}", unit, f"{source}_RANDUNC_HF", abs(scale)),
    ]


def _gas(name: str, source: str, scale: float, amount: str) -> list[Column]:
    density, share = (f"[{amount}+1m-3]", amount)
    return [
        Column(f"{name}_molar_density", density.replace("µmol", "mmol"), f"{source}_MOLAR_DENSITY", scale),
        Column(f"{name}_mole_fraction", f"[{share}+1mol_a-1]", source, scale),
        Column(f"{name}_mixing_ratio", f"[{share}+1mol_d-1]", f"{source}_MIXING_RATIO", scale),
        Column(f"{name}_time_lag", "[s]", f"{source}_TLAG_USED"),
        Column(f"{name}_def_timelag", "[1=default]"),
    ]


def layout(further: tuple[str, ...] = ()) -> dict[str, list[Column]]:
    """Return group -> columns, in the order of EddyPro 6 and 7.

    Parameters
    ----------
    further : tuple of {"ch4", "n2o"}
        Gases beside CO2 and H2O.
    """
    more = {"ch4": "CH4", "n2o": "N2O"}
    nano = 1e-3  # nmol here, µmol there
    return {
        "file_info": [
            Column("daytime", "[1=daytime]", "NIGHT", -1.0, 1.0),
            Column("file_records", _N, "FILE_RECORDS"),
            Column("used_records", _N, "USED_RECORDS"),
        ],
        "corrected_fluxes_and_quality_flags": [
            *_flux("Tau", _TAU, "TAU"),
            *_flux("H", _W, "H"),
            *_flux("LE", _W, "LE"),
            *_flux("co2_flux", _CO2, "FC"),
            *_flux("h2o_flux", _H2O, "FH2O"),
            *[c for gas in further for c in _flux(f"{gas}_flux", _CO2, f"F{more[gas]}", nano)],
        ],
        "storage_fluxes": [
            Column("H_strg", _W, "SH"),
            Column("LE_strg", _W, "SLE"),
            Column("co2_strg", _CO2, "SC"),
            Column("h2o_strg", _H2O, "SH2O"),
            *[Column(f"{gas}_strg", _CO2, f"S{more[gas]}", nano) for gas in further],
        ],
        "vertical_advection_fluxes": [
            Column("co2_v-adv", _CO2),
            Column("h2o_v-adv", _H2O),
            *[Column(f"{gas}_v-adv", _CO2) for gas in further],
        ],
        "gas_densities_concentrations_and_timelags": [
            *_gas("co2", "CO2", 1.0, "µmol"),
            *_gas("h2o", "H2O", 1.0, "mmol"),
            *[c for gas in further for c in _gas(gas, more[gas], nano, "µmol")],
        ],
        "air_properties": [
            Column("sonic_temperature", "[K]", "T_SONIC", 1.0, KELVIN),
            Column("air_temperature", "[K]", "TA", 1.0, KELVIN),
            Column("air_pressure", "[Pa]", "PA", 1e3),
            Column("air_density", "[kg+1m-3]", "RHO"),
            Column("air_heat_capacity", "[J+1kg-1K-1]", "CP"),
            Column("air_molar_volume", "[m+3mol-1]"),
            Column("ET", "[mm+1hour-1]", "ET"),
            Column("water_vapor_density", "[kg+1m-3]", "RHO_V"),
            Column("e", "[Pa]", "E", 100.0),
            Column("es", "[Pa]", "ES", 100.0),
            Column("specific_humidity", "[kg+1kg-1]", "Q"),
            Column("RH", "[%]", "RH"),
            Column("VPD", "[Pa]", "VPD", 100.0),
            Column("Tdew", "[K]", "TDEW", 1.0, KELVIN),
        ],
        "unrotated_wind": [Column(f"{c}_unrot", _SPEED) for c in "uvw"],
        "rotated_wind": [
            *[Column(f"{c}_rot", _SPEED) for c in "uvw"],
            Column("wind_speed", _SPEED, "WS"),
            Column("max_wind_speed", _SPEED, "WS_MAX"),
            Column("wind_dir", "[deg_from_north]", "WD"),
        ],
        "rotation_angles_for_tilt_correction": [
            Column(name, "[deg]", f"ROT_{name.upper()}") for name in ("yaw", "pitch", "roll")
        ],
        "turbulence": [
            Column("u*", _SPEED, "USTAR"),
            Column("TKE", "[m+2s-2]", "TKE"),
            Column("L", "[m]", "MO_LENGTH"),
            Column("(z-d)/L", _N, "ZL"),
            Column("bowen_ratio", _N, "BOWEN"),
            Column("T*", "[K]", "TSTAR"),
        ],
        "footprint": [
            Column("model", "[0=KJ/1=KM/2=HS]"),
            Column("x_peak", "[m]", "FETCH_MAX"),
            Column("x_offset", "[m]", "FETCH_OFFSET"),
            *[Column(f"x_{share}%", "[m]", f"FETCH_{share}") for share in (10, 30, 50, 70, 90)],
        ],
        "uncorrected_fluxes": [
            *[Column("un_Tau", _TAU, "TAU_UNCORR"), Column("Tau_scf", _N, "TAU_SCF")],
            *[Column("un_H", _W, "H_UNCORR"), Column("H_scf", _N, "H_SCF")],
            *[Column("un_LE", _W, "LE_UNCORR"), Column("LE_scf", _N, "LE_SCF")],
            *[Column("un_co2_flux", _CO2, "FC_UNCORR"), Column("co2_scf", _N, "FC_SCF")],
            *[Column("un_h2o_flux", _H2O, "FH2O_UNCORR"), Column("h2o_scf", _N, "FH2O_SCF")],
            *[
                c
                for gas in further
                for c in (
                    Column(f"un_{gas}_flux", _CO2, f"F{more[gas]}_UNCORR", nano),
                    Column(f"{gas}_scf", _N, f"F{more[gas]}_SCF"),
                )
            ],
        ],
        "statistical_flags": [
            *_of("spikes_hf amplitude_resolution_hf drop_out_hf absolute_limits_hf", _FLAGS),
            *_of("skewness_kurtosis_hf skewness_kurtosis_sf discontinuities_hf discontinuities_sf", _FLAGS),
            *_of("timelag_hf timelag_sf", "8co2/h2o/ch4/none"),
            *_of("attack_angle_hf", "8aa"),
            *_of("non_steady_wind_hf", "8U"),
        ],
        "spikes": [
            Column(f"{name}_spikes", _N, f"{source}_NUM_SPIKES")
            for name, source in (
                *(("u", "U"), ("v", "V"), ("w", "W"), ("ts", "T_SONIC"), ("co2", "CO2"), ("h2o", "H2O")),
                *((gas, more[gas]) for gas in further),
            )
        ],
        "variances": [
            *[Column(f"{c}_var", "[m+2s-2]", f"{c.upper()}_SIGMA", power=2) for c in "uvw"],
            Column("ts_var", "[K+2]", "T_SONIC_SIGMA", power=2),
        ],
        "covariances": [Column("w/ts_cov", "[m+1K+1s-1]", "W_T_SONIC_COV")],
    }


def write_eddypro(ds: xr.Dataset, folder: Path | str) -> tuple[Path, list[str]]:
    """Write ``<SITE>_full_output.csv`` as EddyPro 6 and 7 lay out their full output.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours or hours over ``time`` (START, UTC) with the variables and units of a run.
    folder : Path or str
        Where to write.

    Returns
    -------
    path : Path
        The file written.
    said : list of str
        Which of its columns fluxkit has nothing for: they are -9999.

    Raises
    ------
    ExchangeError
        No flux at all, or records that are neither half hours nor hours.

    Notes
    -----
    Units are EddyPro's: K, Pa, CH4 and N2O in µmol; the momentum flux has the sign of the run. Flags of
    Vickers and Mahrt, which it writes as digits of one number, are left at -9999.

    References
    ----------
    LI-COR, EddyPro 7 help, "Output files: full output"; headers of public files (CH-FRU 2024, Harwood 2014).

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(48) * np.timedelta64(30, "m")
    >>> ds = xr.Dataset({"TA": ("time", np.full(48, 10.0)), "H": ("time", np.full(48, 50.0))}, {"time": time})
    >>> path, _ = fk.exchange.write_eddypro(ds, tempfile.mkdtemp())
    >>> lines = path.read_text(encoding="utf-8").splitlines()
    >>> lines[0].split(",")[0], lines[1].split(",")[1:4], lines[3].split(",")[1:4]
    ('file_info', ['date', 'time', 'DOY'], ['2020-06-01', '00:30', '153.0208'])
    """
    local, step = local_starts(ds)
    further = tuple(gas for gas in ("ch4", "n2o") if column(ds, f"F{gas.upper()}") is not None)
    groups = layout(further)
    empty = np.full(local.size, np.nan)
    data: list[Array] = []
    absent: list[str] = []
    for c in (c for each in groups.values() for c in each):
        values = column(ds, c.source) if c.source else None
        if values is None:
            absent.append(c.name)
        data.append(empty if values is None else c.scale * values**c.power + c.shift)
    fluxes = {c.name for c in groups["corrected_fluxes_and_quality_flags"]}
    if fluxes <= set(absent):
        raise ExchangeError("none of TAU, H, LE, FC and FH2O is there: no full output without a flux")
    path = location(folder) / f"{site_of(ds)}_full_output.csv"
    write_text(path, _head(groups) + "\n".join(rows(_times(local, step), data, ",")) + "\n")
    return path, [f"-9999 throughout, as fluxkit has nothing like it here: {', '.join(absent)}"]


def _times(local: np.ndarray, step: int) -> list[list[str]]:
    """Return file, date, time and day of the year of the end of each record."""
    end = local + np.timedelta64(step, "s")
    day = end.astype("datetime64[D]")
    seconds = (end - day.astype("datetime64[s]")).astype(np.int64)
    of_year = (day - day.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64) + 1
    clock = [f"{s // 3600:02d}:{s % 3600 // 60:02d}" for s in seconds.tolist()]
    fraction = [f"{x:.4f}" for x in (of_year + seconds / 86400.0).tolist()]
    return [["fluxkit"] * local.size, np.datetime_as_string(day).tolist(), clock, fraction]


def _head(groups: dict[str, list[Column]]) -> str:
    first = ["file_info", "", "", ""]
    names = ["filename", "date", "time", "DOY"]
    units = ["", "[yyyy-mm-dd]", "[HH:MM]", "[ddd.ddd]"]
    for group, columns in groups.items():
        first += ["" if group == "file_info" else group, *[""] * (len(columns) - 1)]
        names += [c.name for c in columns]
        units += [c.unit for c in columns]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([first, names, units])
    return text.getvalue()

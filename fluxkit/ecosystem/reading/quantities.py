"""The quantities that are read from a table of half hours: names, units, ranges, spellings elsewhere.

A table of 250 columns is read for these alone. Names and units are those of the FLUXNET standard.
"""

from typing import Literal, NamedTuple

#: How parts of a half hour become one value.
How = Literal["mean", "sum", "rms", "angle", "worst", "noise"]


class Quantity(NamedTuple):
    """One quantity of the table."""

    unit: str
    low: float  #: of a half hour, as AmeriFlux' format allows where it has the name; removes nothing
    high: float
    spellings: tuple[str, ...] = ()  #: elsewhere: EddyPro, REddyProc; the first that is there counts
    how: How = "mean"
    full_output: str = ""  #: unit in EddyPro's full output, where it is another one


_FLUX = "umol m-2 s-1"
_NANO = "nmol m-2 s-1"
_POWER = "W m-2"

#: Name -> what it is.
QUANTITIES: dict[str, Quantity] = {
    "NEE": Quantity(_FLUX, -100.0, 100.0, ("NEE_UNCLEANED", "NEE_uStar_orig")),
    "FC": Quantity(_FLUX, -100.0, 100.0, ("co2_flux",)),
    "SC": Quantity(_FLUX, -100.0, 100.0, ("SC_SINGLE", "co2_strg")),
    "FCH4": Quantity(_NANO, -500.0, 4000.0, ("ch4_flux",), full_output=_FLUX),
    "SCH4": Quantity(_NANO, -500.0, 4000.0, ("SCH4_SINGLE", "ch4_strg"), full_output=_FLUX),
    "FN2O": Quantity(_NANO, -100.0, 1000.0, ("n2o_flux",), full_output=_FLUX),
    "SN2O": Quantity(_NANO, -100.0, 1000.0, ("SN2O_SINGLE", "n2o_strg"), full_output=_FLUX),
    **{f"FC_P_{mark}": Quantity(_FLUX, -100.0, 0.0) for mark in ("CEC", "MREA", "FVS")},
    **{f"FC_R_{mark}": Quantity(_FLUX, 0.0, 100.0) for mark in ("CEC", "MREA", "FVS")},
    "LE": Quantity(_POWER, -450.0, 900.0, ("LE_UNCLEANED", "LE_PI")),
    "SLE": Quantity(_POWER, -150.0, 150.0, ("SLE_SINGLE", "LE_strg")),
    "H": Quantity(_POWER, -450.0, 900.0, ("H_UNCLEANED",)),
    "SH": Quantity(_POWER, -150.0, 150.0, ("SH_SINGLE", "H_strg")),
    "G": Quantity(_POWER, -250.0, 400.0),
    "TAU": Quantity("kg m-1 s-2", -10.0, 2.0, ("Tau",)),
    "USTAR": Quantity("m s-1", 0.0, 8.0, ("Ustar", "ustar", "u*"), "rms"),
    "W_SIGMA": Quantity("m s-1", 0.0, 5.0, (), "rms"),
    "U_SIGMA": Quantity("m s-1", 0.0, 12.0, (), "rms"),
    "V_SIGMA": Quantity("m s-1", 0.0, 10.0, (), "rms"),
    "WS": Quantity("m s-1", 0.0, 40.0, ("wind_speed",)),
    "WD": Quantity("degree", 0.0, 360.0, ("wind_dir",), "angle"),
    "ZL": Quantity("1", -1e4, 1e4, ("(z-d)/L", "z-d/L")),
    "SW_IN": Quantity(_POWER, 0.0, 1300.0, ("Rg", "SWin", "SW_in", "Rg_in")),
    "SW_OUT": Quantity(_POWER, 0.0, 800.0, ("SWout",)),
    "SW_DIF": Quantity(_POWER, 0.0, 750.0),
    "LW_IN": Quantity(_POWER, 50.0, 600.0, ("LWin",)),
    "LW_OUT": Quantity(_POWER, 100.0, 750.0, ("LWout",)),
    "NETRAD": Quantity(_POWER, -200.0, 1100.0, ("Rn",)),
    "PPFD_IN": Quantity(_FLUX, 0.0, 2400.0, ("PPFD", "PAR")),
    "PPFD_OUT": Quantity(_FLUX, 0.0, 2000.0),
    "PPFD_DIF": Quantity(_FLUX, 0.0, 1400.0),
    "TA": Quantity("degC", -50.0, 50.0, ("Tair", "Ta", "air_temperature", "TA_EP"), full_output="K"),
    "T_SONIC": Quantity("degC", -50.0, 50.0, ("sonic_temperature",), full_output="K"),
    "TS": Quantity("degC", -40.0, 65.0, ("Tsoil", "Ts")),
    "RH": Quantity("%", 0.0, 100.0, ("rH", "Rh", "RH_EP")),
    "VPD": Quantity("hPa", 0.0, 80.0, ("VPD_EP",), full_output="Pa"),
    "PA": Quantity("kPa", 45.0, 105.0, ("Pa", "air_pressure", "PA_EP"), full_output="Pa"),
    "P": Quantity("mm", 0.0, 50.0, ("P_RAIN", "Precip"), "sum"),
    "SWC": Quantity("%", 0.0, 100.0, ("SMC",)),
    "CO2": Quantity("umol mol-1", 150.0, 1200.0, ("co2_mole_fraction",)),
    "FETCH_70": Quantity("m", 0.0, 10000.0, ("x_70%", "x_70")),
    "FETCH_80": Quantity("m", 0.0, 12000.0, ("x_80%",)),
    "FETCH_90": Quantity("m", 0.0, 15000.0, ("x_90%", "x_90")),
    "FC_SSITC_TEST": Quantity("1", 0.0, 2.0, ("qc_co2_flux", "NEE_SSITC_TEST"), "worst"),
    "LE_SSITC_TEST": Quantity("1", 0.0, 2.0, ("qc_LE",), "worst"),
    "H_SSITC_TEST": Quantity("1", 0.0, 2.0, ("qc_H",), "worst"),
    "TAU_SSITC_TEST": Quantity("1", 0.0, 2.0, ("qc_Tau",), "worst"),
    "FCH4_SSITC_TEST": Quantity("1", 0.0, 2.0, ("qc_ch4_flux",), "worst"),
    "FN2O_SSITC_TEST": Quantity("1", 0.0, 2.0, ("qc_n2o_flux",), "worst"),
    "FC_QC": Quantity("1", 0.0, 2.0, ("NEE_QC", "NEE_QCF", "qcNEE"), "worst"),
    "LE_QC": Quantity("1", 0.0, 2.0, ("qcLE",), "worst"),
    "H_QC": Quantity("1", 0.0, 2.0, ("qcH",), "worst"),
    "FCH4_QC": Quantity("1", 0.0, 2.0, ("FCH4_QCF",), "worst"),
    "FC_RANDUNC_HF": Quantity(
        _FLUX, 0.0, 100.0, ("NEE_RANDUNC_HF", "rand_err_co2_flux", "FC_RANDUNC"), "noise"
    ),
    "LE_RANDUNC_HF": Quantity(_POWER, 0.0, 900.0, ("rand_err_LE",), "noise"),
    "H_RANDUNC_HF": Quantity(_POWER, 0.0, 900.0, ("rand_err_H",), "noise"),
    "FCH4_RANDUNC_HF": Quantity(_NANO, 0.0, 4000.0, ("rand_err_ch4_flux", "FCH4_RANDUNC"), "noise", _FLUX),
    "FN2O_RANDUNC_HF": Quantity(_NANO, 0.0, 1000.0, ("rand_err_n2o_flux", "FN2O_RANDUNC"), "noise", _FLUX),
    **{
        f"{flux}_UNC_{part}": Quantity(unit, 0.0, high, (), "noise" if part == "LAG" else "mean")
        for flux, unit, high in (("FC", _FLUX, 100.0), ("FCH4", _NANO, 4000.0), ("FN2O", _NANO, 1000.0))
        for part in ("LAG", "SPECTRAL", "CALIBRATION")
    },
}

#: Columns of a filled product of which the measured part (quality 0) stands for a quantity, best first.
PRODUCTS: dict[str, tuple[str, ...]] = {
    "NEE": (
        *("NEE_VUT_REF", "NEE_CUT_REF", "NEE_VUT_USTAR50", "NEE_CUT_USTAR50", "NEE_VUT_50", "NEE_CUT_50"),
    ),
    "PA": ("PA_F",),
    "P": ("P_F",),
    "WS": ("WS_F",),
    **{
        name: (f"{name}_F_MDS", f"{name}_F", f"{name}_F_MDS_1")
        for name in ("TA", "SW_IN", "VPD", "LW_IN", "LE", "H", "G", "CO2", "TS", "SWC", "FCH4", "PPFD_IN")
    },
}

"""How EddyPro 6 writes units, sensors, variables and methods, and what they are here."""

from fluxkit.site.eddypro.ledger import Verdict

UNITS = {
    "m_sec": "m s-1",
    "cm_sec": "cm s-1",
    "mm_sec": "mm s-1",
    "celsius": "degC",
    "ccelsius": "cdegC",
    "kelvin": "K",
    "pa": "Pa",
    "hpa": "hPa",
    "kpa": "kPa",
    "mol_m3": "mol m-3",
    "mmol_m3": "mmol m-3",
    "umol_m3": "umol m-3",
    "kg_m3": "kg m-3",
    "g_m3": "g m-3",
    "mg_m3": "mg m-3",
    "ug_m3": "ug m-3",
    "ppt": "mmol mol-1",  # parts per thousand in this program
    "ppm": "umol mol-1",
    "ppb": "nmol mol-1",
    "volt": "V",
    "mvolt": "mV",
    "dimensionless": "1",
    "degrees": "deg",
    "": "1",
}

QUANTITIES = {"molar_density": "density", "mole_fraction": "mole_fraction", "mixing_ratio": "mixing_ratio"}

#: Names of sensors without the number that distinguishes two of a kind.
SONICS = {
    "csat3": "csat3",
    "csat3b": "csat3b",
    "hs_50": "hs-50",
    "hs_100": "hs-100",
    "r3_50": "r3-50",
    "r3_100": "r3-100",
    "r3a_100": "r3a-100",
    "r2": "r2",
    "usa1_standard": "usa-1",
    "usa1_fast": "usa-1-fast",
    "wm": "windmaster",
    "wmpro": "windmaster-pro",
    "81000": "young-81000",
    "81000v": "young-81000",
    "81000re": "young-81000",
    "81000vre": "young-81000",
    "generic_sonic": "generic",
}
ANALYSERS = {
    "li7500": "li-7500",
    "li7500a": "li-7500a",
    "li7500rs": "li-7500rs",
    "li7500ds": "li-7500ds",
    "li7200": "li-7200",
    "li7200rs": "li-7200rs",
    "li7700": "li-7700",
    "li7000": "li-7000",
    "li6262": "li-6262",
    "generic_open_path": "generic-open",
    "generic_closed_path": "generic-closed",
}

#: Variables that the project selects by column number: key -> ours.
SELECTED = {
    "col_co2": "co2",
    "col_h2o": "h2o",
    "col_ch4": "ch4",
    "col_n2o": "n2o",
    "col_cell_t": "t_cell",
    "col_int_t_1": "t_cell_in",
    "col_int_t_2": "t_cell_out",
    "col_int_p": "p_cell",
    "col_air_t": "t_air",
    "col_air_p": "p_air",
    "col_diag_72": "diag_gas",
    "col_diag_75": "diag_gas",
    "col_diag_77": "diag_gas",
    "col_diag_anem": "diag_sonic",
}
#: How its anemometers write the wind.
WIND_FORMATS = {"uvw": "uvw", "polar_w": "polar", "axis": "axis"}
#: Variables that belong to the master sonic: ours -> the metadata's; a speed of sound does for a temperature.
MASTER = {"u": ("u",), "v": ("v",), "w": ("w",), "t_sonic": ("ts", "sos")}

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": "whitespace"}
FILE_TYPES = {
    0: "LI-COR GHG",
    1: "text table",
    2: "TOB1",
    3: "EddySoft SLT",
    4: "EdiRe SLT",
    5: "generic binary",
}

#: (section, key) -> default code, our setting, {code: (our method, verdict, its name)}.
Choice = tuple[int, str, dict[int, tuple[str, Verdict, str]]]
METHODS: dict[tuple[str, str], Choice] = {
    ("RawProcess_Settings", "rot_meth"): (
        1,
        "rotation",
        {
            0: ("none", "same", "no rotation"),
            1: ("double", "same", "double rotation"),
            2: ("triple", "same", "triple rotation"),
            3: ("wilczak-2001", "same", "planar fit"),
            4: ("van-dijk-2004", "same", "planar fit without bias"),
        },
    ),
    ("RawProcess_Settings", "detrend_meth"): (
        0,
        "detrending",
        {
            0: ("block", "same", "block average"),
            1: ("linear", "same", "linear detrending"),
            2: ("running-mean", "same", "running mean"),
            3: (
                "exponential",
                "near",
                "exponential running mean; gaps are skipped here, taken as numbers there",
            ),
        },
    ),
    ("RawProcess_Settings", "tlag_meth"): (
        2,
        "lag",
        {
            0: ("none", "same", "no lag compensation"),
            1: ("constant", "same", "constant lag"),
            2: ("covariance-maximum-default", "same", "covariance maximum with default"),
            3: ("covariance-maximum", "same", "covariance maximum"),
            4: ("humidity-classes", "same", "time-lag optimisation"),
        },
    ),
    ("Project", "hf_meth"): (
        1,
        "high_frequency",
        {
            0: ("none", "same", "no low-pass correction"),
            1: ("moncrieff-1997", "same", "Moncrieff et al. (1997)"),
            2: ("horst-1997", "near", "Horst (1997), in situ; distance of sensors is left out"),
            3: ("ibrom-2007", "same", "Ibrom et al. (2007), in situ"),
            4: ("fratini-2012", "same", "Fratini et al. (2012), in situ"),
            5: ("massman-2000", "same", "Massman (2000, 2001)"),
        },
    ),
    ("Project", "foot_meth"): (
        1,
        "footprint",
        {
            0: ("none", "same", "no footprint"),
            1: ("kljun-2004", "same", "Kljun et al. (2004)"),
            2: ("kormann-meixner-2001", "same", "Kormann & Meixner (2001)"),
            3: ("hsieh-2000", "near", "Hsieh et al. (2000), in steps of 1 m; not compared"),
        },
    ),
    ("Project", "lf_meth"): (
        1,
        "low_frequency",
        {
            0: ("none", "same", "no high-pass correction"),
            1: ("moncrieff-2004", "same", "Moncrieff et al. (2004)"),
        },
    ),
    ("Project", "wpl_meth"): (
        1,
        "density",
        {0: ("none", "same", "no density correction"), 1: ("webb-1980", "same", "Webb et al. (1980)")},
    ),
    ("Project", "qc_meth"): (
        1,
        "quality",
        {
            0: ("none", "same", "no quality flags"),
            1: ("mauder-foken-2004", "same", "Mauder and Foken (2004), flags 0, 1, 2"),
            2: ("foken-2003", "same", "Foken (2003), classes 1 to 9"),
            3: ("goeckede-2004", "same", "Goeckede et al. (2004), classes 1 to 5"),
        },
    ),
    ("RawProcess_RandomUncertainty_Settings", "ru_meth"): (
        0,
        "random_error",
        {
            0: ("none", "same", "no random error"),
            1: ("finkelstein-sims-2001", "same", "Finkelstein and Sims (2001)"),
            2: ("mann-lenschow-1994", "same", "Mann and Lenschow (1994)"),
        },
    ),
    ("RawProcess_RandomUncertainty_Settings", "ru_its_meth"): (
        1,
        "time_scale",
        {
            0: ("e-folding", "same", "integral time scale until the correlation is 1/e"),
            1: ("first-zero", "same", "integral time scale until the correlation's first zero"),
            2: ("all", "same", "integral time scale over all lags"),
        },
    ),
}

_OUTPUT = "selects that program's output files; no effect on results"
_PATH = "a path or title of that program's project; no effect on results"

#: Keys that change no result here: (section pattern, key pattern, remark); * matches anything.
WITHOUT_EFFECT: tuple[tuple[str, str, str], ...] = (
    ("Project", "sw_version", "version of that program"),
    ("Project", "ini_version", "version of that program's files"),
    ("Project", "creation_date", "date of that program's project file"),
    ("Project", "last_change_*", "date of that program's project file"),
    ("Project", "file_name", _PATH),
    ("Project", "project_*", _PATH),
    ("Project", "title", _PATH),
    ("Project", "id", _PATH),
    ("Project", "use_pfile", _PATH),
    ("Project", "proj_file", _PATH),
    ("Project", "out_*", _OUTPUT),
    ("Project", "fix_out_format", _OUTPUT),
    ("Project", "err_label", _OUTPUT),
    (
        "Project",
        "make_dataset",
        "gaps are filled with -9999 in that program's output; the CSV here is complete",
    ),
    ("Project", "run_mode", "express or advanced mode; no effect on results"),
    ("Project", "binary_*", "layout of binary files; the files are text"),
    ("Project", "tob1_format", "layout of TOB1 files; the files are text"),
    ("Project", "start_date", "date of that program's project file"),
    ("Project", "end_date", "date of that program's project file"),
    ("Project", "bin_sp_avail", "spectra of an earlier run; only for in-situ spectral corrections"),
    ("Project", "full_sp_avail", "spectra of an earlier run; only for in-situ spectral corrections"),
    ("Project", "hf_correct_ghg_*", "instrument-specific; only for GHG files"),
    ("Project", "sonic_output_rate", "only for angle-of-attack corrections"),
    ("RawProcess_General", "data_path", "folder of the raw files; see raw.files"),
    ("RawProcess_Settings", "out_*", _OUTPUT),
    ("RawProcess_Settings", "tap_win", "taper of the spectra in the output; no effect on fluxes"),
    ("RawProcess_Settings", "power_of_two", "length of the spectra in the output; no effect on fluxes"),
    ("Files", "*", "layout of files other than text tables; no effect here"),
    ("Station", "*", "names of station and logger; no effect on results"),
    ("Site", "site_name", "name of the site"),
    ("Instruments", "instr_*_manufacturer", "given by the model"),
    ("Instruments", "instr_*_sw_version", "firmware of a sensor; no effect on results"),
    ("Instruments", "instr_*_sn", "serial number; no effect on results"),
    ("Instruments", "instr_*_id", "the user's name of a sensor; the model's name is used"),
    ("FileDescription", "data_label", "text that separates header and data; header_rows is used"),
)

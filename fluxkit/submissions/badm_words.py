"""Words of BADM: codes of instruments, formats of winds, dates.

Names of groups and variables are those of AmeriFlux' public pages (BADM groups INSTOM and INST, 2021-03, and
their step-by-step instructions) and of public BIF files as others read them (GRP_LOCATION, GRP_UTC_OFFSET,
GRP_HEIGHTC, GRP_VAR_INFO). The list of codes for INST_MODEL could be seen in parts: its form is
KIND-maker model.
"""

import re
from datetime import datetime

#: Model here -> maker and model as the vocabulary writes them.
MODELS = {
    "csat3": "Campbell CSAT-3", "csat3a": "Campbell CSAT-3A", "csat3b": "Campbell CSAT-3B",
    "irgason": "Campbell IRGASON", "hs-50": "Gill HS-50", "hs-100": "Gill HS-100", "r2": "Gill R2",
    "r3-50": "Gill R3-50", "r3-100": "Gill R3-100", "r3a-100": "Gill R3A-100",
    "windmaster": "Gill WindMaster", "windmaster-pro": "Gill WindMaster Pro",
    "usa-1": "Metek USA-1", "usa-1-fast": "Metek USA-1 fast",
    "usonic-3-scientific": "Metek uSonic-3 Scientific", "usonic-3-class-a": "Metek uSonic-3 Class A",
    "usonic-3-omni": "Metek uSonic-3 Omni", "young-81000": "Young 81000", "ati-k": "ATI K",
    "li-7500": "LI-COR LI-7500", "li-7500a": "LI-COR LI-7500A", "li-7500rs": "LI-COR LI-7500RS",
    "li-7500ds": "LI-COR LI-7500DS", "li-7200": "LI-COR LI-7200", "li-7200rs": "LI-COR LI-7200RS",
    "li-7700": "LI-COR LI-7700", "li-7000": "LI-COR LI-7000", "li-6262": "LI-COR LI-6262",
    "ec150": "Campbell EC150", "ec155": "Campbell EC155", "lgr-fgga": "LGR FGGA", "lgr-fma": "LGR FMA",
    "lgr-n2o-co": "LGR N2O-CO", "picarro-g2311-f": "Picarro G2311-f", "picarro-g2301-f": "Picarro G2301-f",
    "aerodyne-qcl": "Aerodyne QCL",
}  # fmt: skip
FORMATS = {"uvw": "U, V, W", "polar": "Polar and W", "axis": "Axis"}
ALIGN = {"spar": "spar", "axis": "axis", "na": "NA"}
#: Fluxes and means of the sonic and its analysers, whose height is that of the sonic.
AT_SONIC = ("FC", "LE", "H", "TAU", "USTAR", "WS", "WD", "T_SONIC", "CO2", "H2O")
_MAKERS = ("campbell", "gill", "metek", "licor", "young", "ati", "picarro", "aerodyne", "lgr", "losgatos")


def known_model(text: str) -> str:
    """Return the model here that a code of the vocabulary names, empty if none.

    Examples
    --------
    >>> from fluxkit.submissions.badm_words import known_model
    >>> known_model("GA_CP-LI-COR LI-7200"), known_model("SA-Gill HS-50"), known_model("SA-Other")
    ('li-7200', 'hs-50', '')
    """
    plain = _plain(text.partition("-")[2])
    for maker in _MAKERS:
        plain = plain.removeprefix(maker)
    models = {_plain(name): name for name in MODELS}
    models |= {_plain(written.partition(" ")[2]): name for name, written in MODELS.items()}
    return models.get(plain, models.get(plain.removesuffix("sonicanemometer"), ""))


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def date_of(text: str) -> datetime | None:
    """Return a date as BADM writes it: YYYY, YYYYMM, YYYYMMDD or YYYYMMDDHHMM."""
    digits = text.strip()
    forms = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 12: "%Y%m%d%H%M"}
    try:
        return datetime.strptime(digits, forms[len(digits)])
    except (KeyError, ValueError):
        return None

"""Which paper a method's name stands for."""

from collections.abc import Iterable

#: Method, as in the configuration -> where it is described.
PAPERS: dict[str, str] = {
    "double": "Kaimal & Finnigan 1994, Atmospheric Boundary Layer Flows, Oxford University Press",
    "webb-1980": "Webb, Pearman & Leuning 1980, Q. J. R. Meteorol. Soc. 106, 85-100",
    "schotanus-1983": "Schotanus, Nieuwstadt & de Bruin 1983, Boundary-Layer Meteorol. 26, 81-93",
    "moncrieff-1997": "Moncrieff et al. 1997, J. Hydrol. 188-189, 589-611",
    "moncrieff-2004": "Moncrieff et al. 2004, in Handbook of Micrometeorology, Kluwer, 7-31",
    "finkelstein-sims-2001": "Finkelstein & Sims 2001, J. Geophys. Res. 106, 3503-3509",
    "mauder-foken-2004": "Mauder & Foken 2004, Arbeitsergebnisse 26, Universität Bayreuth",
    "mauder-2013": "Mauder et al. 2013, Agric. For. Meteorol. 169, 122-135",
    "vickers-mahrt-1997": "Vickers & Mahrt 1997, J. Atmos. Oceanic Technol. 14, 512-526",
    "kljun-2004": "Kljun, Calanca, Rotach & Schmid 2004, Boundary-Layer Meteorol. 112, 503-523",
    "kormann-meixner-2001": "Kormann & Meixner 2001, Boundary-Layer Meteorol. 99, 207-224",
    "hsieh-2000": "Hsieh, Katul & Chi 2000, Adv. Water Resour. 23, 765-772",
    "ibrom-2007": "Ibrom et al. 2007, Tellus B 59, 937-946",
}


def cited(methods: Iterable[str]) -> list[str]:
    """Return the papers of these methods, each once, in the order given; other words are passed over."""
    return [PAPERS[method] for method in dict.fromkeys(methods) if method in PAPERS]

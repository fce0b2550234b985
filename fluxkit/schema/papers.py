"""The papers behind the names of methods."""

from collections.abc import Iterable

#: Method, as in the configuration -> where it is described.
PAPERS: dict[str, str] = {
    "double": "Kaimal & Finnigan 1994, Atmospheric Boundary Layer Flows, Oxford University Press",
    "triple": "McMillen 1988, Boundary-Layer Meteorol. 43, 231-245",
    "wilczak-2001": "Wilczak, Oncley & Stage 2001, Boundary-Layer Meteorol. 99, 127-150",
    "van-dijk-2004": "van Dijk, Moene & de Bruin 2004, The Principles of Surface Flux Physics, Wageningen",
    "webb-1980": "Webb, Pearman & Leuning 1980, Q. J. R. Meteorol. Soc. 106, 85-100",
    "burba-2008": "Burba et al. 2008, Glob. Change Biol. 14, 1854-1876",
    "mcdermitt-2011": "McDermitt et al. 2011, Appl. Phys. B 102, 391-405",
    "schotanus-1983": "Schotanus, Nieuwstadt & de Bruin 1983, Boundary-Layer Meteorol. 26, 81-93",
    "moncrieff-1997": "Moncrieff et al. 1997, J. Hydrol. 188-189, 589-611",
    "massman-2000": "Massman 2000, Agric. For. Meteorol. 104, 185-198; 2001, 107, 247-251",
    "horst-1997": "Horst 1997, Boundary-Layer Meteorol. 82, 219-233",
    "peltola-2021": "Peltola et al. 2021, Atmos. Meas. Tech. 14, 5071-5088",
    "moncrieff-2004": "Moncrieff et al. 2004, in Handbook of Micrometeorology, Kluwer, 7-31",
    "finkelstein-sims-2001": "Finkelstein & Sims 2001, J. Geophys. Res. 106, 3503-3509",
    "mann-lenschow-1994": "Mann & Lenschow 1994, J. Geophys. Res. 99, 14519-14526",
    "billesbach-2011": "Billesbach 2011, Agric. For. Meteorol. 151, 394-405",
    "lenschow-2000": "Lenschow, Wulfmeyer & Senff 2000, J. Atmos. Oceanic Technol. 17, 1330-1347",
    "langford-2015": "Langford et al. 2015, Atmos. Meas. Tech. 8, 4197-4213",
    "goeckede-2004": "Goeckede, Rebmann & Foken 2004, Agric. For. Meteorol. 127, 175-188",
    "foken-2003": "Foken 2003, Angewandte Meteorologie, Springer; Foken et al. 2004, in Handbook of "
    "Micrometeorology, Kluwer, 181-208",
    "mauder-foken-2004": "Mauder & Foken 2004, Arbeitsergebnisse 26, Universität Bayreuth",
    "mauder-2013": "Mauder et al. 2013, Agric. For. Meteorol. 169, 122-135",
    "brock-1986": "Brock 1986, J. Atmos. Oceanic Technol. 3, 51-58",
    "vitale-2020": "Vitale et al. 2020, Biogeosciences 17, 1367-1386",
    "vickers-mahrt-1997": "Vickers & Mahrt 1997, J. Atmos. Oceanic Technol. 14, 512-526",
    "kljun-2004": "Kljun, Calanca, Rotach & Schmid 2004, Boundary-Layer Meteorol. 112, 503-523",
    "kljun-2015": "Kljun, Calanca, Rotach & Schmid 2015, Geosci. Model Dev. 8, 3695-3713",
    "kormann-meixner-2001": "Kormann & Meixner 2001, Boundary-Layer Meteorol. 99, 207-224",
    "hsieh-2000": "Hsieh, Katul & Chi 2000, Adv. Water Resour. 23, 765-772",
    "ibrom-2007": "Ibrom et al. 2007, Tellus B 59, 937-946 (dry mixing ratios); "
    "Ibrom et al. 2007, Agric. For. Meteorol. 147, 140-156 (spectra)",
    "fratini-2012": "Fratini et al. 2012, Agric. For. Meteorol. 165, 53-63",
    "aslan-2021": "Aslan et al. 2021, Atmos. Meas. Tech. 14, 5089-5106",
    "horst-lenschow-2009": "Horst & Lenschow 2009, Boundary-Layer Meteorol. 130, 275-300",
    "horst-lenschow-2009-full": "Horst & Lenschow 2009, Boundary-Layer Meteorol. 130, 275-300",
    "moore-1986": "Moore 1986, Boundary-Layer Meteorol. 37, 17-35",
    "liu-2001": "Liu, Peters & Foken 2001, Boundary-Layer Meteorol. 100, 459-468",
    "nakai-2006": "Nakai, van der Molen, Gash & Kodama 2006, Agric. For. Meteorol. 136, 19-30",
    "nakai-shimoyama-2012": "Nakai & Shimoyama 2012, Agric. For. Meteorol. 162-163, 14-26",
    "horst-2015": "Horst, Semmer & Maclean 2015, Boundary-Layer Meteorol. 155, 371-395",
    "running-mean": "McMillen 1988, Boundary-Layer Meteorol. 43, 231-245; "
    "Rannik & Vesala 1999, Boundary-Layer Meteorol. 91, 259-280",
    "exponential": "McMillen 1988, Boundary-Layer Meteorol. 43, 231-245",
    "linear-chunks": "Rannik & Vesala 1999, Boundary-Layer Meteorol. 91, 259-280",
    "vitale-2024": "Vitale et al. 2024, Environ. Ecol. Stat. 31, 219-244",
    "zahn-2022": "Zahn et al. 2022, Agric. For. Meteorol. 315, 108790",
    "thomas-2008": "Thomas et al. 2008, Agric. For. Meteorol. 148, 1210-1229",
    "scanlon-2019": "Scanlon, Schmidt & Skaggs 2019, Agric. For. Meteorol. 279, 107732",
    "campbell-norman-1998": "Campbell & Norman 1998, An Introduction to Environmental Biophysics, Springer",
    "torrence-compo-1998": "Torrence & Compo 1998, Bull. Am. Meteorol. Soc. 79, 61-78",
}


def cited(methods: Iterable[str]) -> list[str]:
    """Return the papers of these methods, each once, in the order given; other texts are skipped."""
    return [PAPERS[method] for method in dict.fromkeys(methods) if method in PAPERS]

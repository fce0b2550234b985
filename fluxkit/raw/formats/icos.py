"""The half-hourly eddy-covariance files of ICOS ecosystem stations.

One header line of ICOS labels, commas, no time stamps; the name,
``CC-Xxx_EC_YYYYMMDDHHMM_L##_F##.csv``, tells the end of the half hour (ICOS ETC, file
format for eddy covariance, https://doi.org/10.18160/v5jt-9f66). Which time the name gives
is in the layout, since files in use differ.
"""

from dataclasses import replace

from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.text.structure import structure_of

#: Name of a file by the network's rule, for ``raw.name_pattern``: site, EC, end of the half hour, numbers of
#: logger and file with two digits each. A zip or gzip file adds its ending.
NAME_PATTERN = "??-???_EC_%Y%m%d%H%M_L??_F??.csv"
_WIND = {"U", "V", "W"}
_SONIC_TEMPERATURE = {"T_SONIC", "SOS"}


def sniff(head: bytes) -> bool:
    """Whether the first line holds ICOS labels of the wind and the sonic temperature, and numbers follow."""
    found = structure_of(head)
    if found is None or found.delimiter != "," or found.header_rows != 1 or found.names is None:
        return False
    names = set(found.names)
    return names >= _WIND and bool(names & _SONIC_TEMPERATURE)


def dialect(content: Contents, layout: Layout) -> Layout:
    """Return the layout with commas and one line of names; see `fluxkit.raw.reader.Reader`."""
    return replace(layout, delimiter=",", header_rows=1, names_row=1)


READER = Reader(
    "icos",
    sniff,
    dialect=dialect,
    what="half-hourly files of ICOS ecosystem stations, `CC-Xxx_EC_YYYYMMDDHHMM_L##_F##.csv`: one "
    "header line with ICOS labels, commas",
    times="the file name",
)

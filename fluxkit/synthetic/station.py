"""The configuration file of the synthetic station."""

import tomllib

from fluxkit.site.models import Site
from fluxkit.site.sections.instruments import geometry
from fluxkit.synthetic.rig import Rig

SITE_ID = "XX-Dem"
NAME = "Demo meadow"
LATITUDE, LONGITUDE, ALTITUDE = 47.0, 8.0, 450.0
UTC_OFFSET_H = 1.0
CANOPY_HEIGHT = 0.3  #: [m]

_HEAD = """\
# Synthetic station: the files beside this one were made by fluxkit.synthetic, and truth.csv
# says which fluxes they hold. Lengths in metres, times in seconds, angles in degrees.

preset = "fluxkit"

[station]
id = "{id}"
name = "{name}"
latitude = {latitude}          # degrees north
longitude = {longitude}          # degrees east
altitude = {altitude}         # above sea level
utc_offset_h = {utc_offset}        # local standard time minus UTC, no daylight saving
canopy_height = {canopy}

[[instruments]]
kind = "sonic"
id = "sonic"
model = "{sonic}"
height = {height}
north_offset = {north_offset}     # clockwise from north
{reference}
[[instruments]]
kind = "gas_analyser"
id = "irga"
model = "{analyser}"
bandwidth = 5.0          # set in the analyser, Hz
{tube}
[raw]
files = "raw/*{suffix}"
rate = {rate:g}                # Hz
"""

_TOA5 = """\
format = "toa5"
file_time = "records"    # the stamps in the file
sample_time_is = "end"   # a stamp ends its sampling interval
"""

_CSV = """\
format = "delimited"
file_time = "name"
name_pattern = "*_%Y%m%d-%H%M.csv*"
name_time_is = "start"
file_minutes = {minutes:g}
delimiter = ","
header_rows = 2          # names, then units
names_row = 1
missing = ["-9999"]
"""

_WIND = """\

[columns]                # what each column of the files is, and in which unit it was written
u = {{ column = "Ux", unit = "m s-1", instrument = "sonic" }}
v = {{ column = "Uy", unit = "m s-1", instrument = "sonic" }}
w = {{ column = "Uz", unit = "m s-1", instrument = "sonic" }}
t_sonic = {{ column = "Ts", unit = "degC", instrument = "sonic" }}
t_air = {{ column = "T_air", unit = "degC" }}
p_air = {{ column = "P_air", unit = "kPa" }}
"""

_OPEN = """\
diag_sonic = {{ column = "diag_csat", unit = "1", instrument = "sonic" }}

[columns.co2]
column = "CO2"
unit = "mg m-3"
quantity = "density"
instrument = "irga"
lag = {{ nominal = {lag_co2}, min = -0.5, max = 1.0 }}   # where to look for the delay behind the wind

[columns.h2o]
column = "H2O"
unit = "g m-3"
quantity = "density"
instrument = "irga"
lag = {{ nominal = {lag_h2o}, min = -0.5, max = 1.0 }}
"""

_CLOSED = """\
t_cell = {{ column = "T_cell", unit = "degC", instrument = "irga" }}
p_cell = {{ column = "P_cell", unit = "kPa", instrument = "irga" }}

[columns.co2]
column = "CO2_cell"      # in the cell: becomes a mixing ratio, sample by sample
unit = "mmol m-3"
quantity = "density"
instrument = "irga"
lag = {{ nominal = {lag_co2}, min = 0.0, max = 1.5 }}   # where to look for the delay behind the wind

[columns.h2o]
column = "H2O_cell"
unit = "mmol m-3"
quantity = "density"
instrument = "irga"
lag = {{ nominal = {lag_h2o}, min = 0.0, max = 2.5 }}
"""

_TAIL = """\

[condense]
period = {minutes:g}              # minutes

[output]
title = "Synthetic eddy covariance data with known fluxes"
institution = "none: invented station"
license = "BSD-3-Clause"
"""

_TUBE = """\
tube_length = 4.5
tube_diameter = 0.0053
tube_flow = 15.0         # litres per minute
"""


def site_toml(rig: Rig, *, rate: float, minutes: float, logger: str, suffix: str) -> str:
    """Return the text of a configuration that reads the files of this tower.

    Parameters
    ----------
    rig : Rig
        Instruments.
    rate : float
        Sampling rate. [Hz]
    minutes : float
        Averaging period and length of a file. [min]
    logger : {"toa5", "csv"}
        Form of the raw files.
    suffix : str
        Their ending.

    Returns
    -------
    str
        TOML, already checked against the models.
    """
    parts = _HEAD, _TOA5 if logger == "toa5" else _CSV, _WIND, _OPEN if rig.path == "open" else _CLOSED, _TAIL
    reference = 'wind_reference = "spar"    # what the offset refers to\n' if rig.sonic == "r3-50" else ""
    text = "".join(parts).format(
        id=SITE_ID, name=NAME, latitude=LATITUDE, longitude=LONGITUDE, altitude=ALTITUDE,
        utc_offset=UTC_OFFSET_H, canopy=CANOPY_HEIGHT, sonic=rig.sonic, height=rig.height,
        north_offset=rig.north_offset, reference=reference, analyser=rig.analyser,
        tube=_TUBE if geometry("gas_analyser", rig.analyser, {}).closed else "", suffix=suffix, rate=rate,
        minutes=minutes, lag_co2=rig.lag_co2, lag_h2o=rig.lag_h2o,
    )  # fmt: skip
    Site.model_validate(tomllib.loads(text))
    return text

"""fluxkit does without matplotlib until a figure is asked for."""

import subprocess
import sys

ASK = """
import sys
sys.modules["matplotlib"] = None
import fluxkit.report.page, fluxkit.ecosystem.page.page  # which do without it
import xarray as xr
import fluxkit as fk
from fluxkit.errors import FluxkitError
assert "fingerprint" in dir(fk.plot)
try:
    fk.plot.wind_rose(xr.Dataset({"WS": ("time", [1.0, 2.0]), "WD": ("time", [0.0, 90.0])}))
except FluxkitError as error:
    print(error)
"""


def test_one_sentence_says_what_to_install():
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "fluxkit.plot: matplotlib is not installed: pip install 'fluxkit[plot]'"

"""fluxkit does without matplotlib until a figure is asked for."""

import subprocess
import sys

ASK = """
import sys
sys.modules["matplotlib"] = None
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


def test_the_pages_do_not_load_it():
    ask = (
        "import sys, fluxkit.report.page, fluxkit.ecosystem.page.page; assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", ask], check=True)

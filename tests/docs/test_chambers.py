"""The pages about chambers: every key, fit and rule is there, and instants cost what the formula says."""

import math
import re
from pathlib import Path

import pytest

from fluxkit.chamber.campaign.models import Plots
from fluxkit.chamber.fits.choice import RULES
from fluxkit.chamber.fits.models import DESCRIBED, MODELS, NEEDED, RULES_DESCRIBED

DOCS = Path(__file__).parents[2] / "docs"


def test_every_fit_and_rule_is_described() -> None:
    assert list(DESCRIBED) == list(MODELS)
    assert list(RULES_DESCRIBED) == list(RULES) == list(NEEDED)


def test_every_key_of_a_campaign_is_in_the_table() -> None:
    page = (DOCS / "generated" / "chamber_settings.md").read_text(encoding="utf-8")
    for name, model in Plots.model_json_schema()["$defs"].items():
        for key in model["properties"]:
            assert f"| `{key}` |" in page, (name, key)
    assert "`decisions`" in page


def test_what_a_dead_band_costs() -> None:
    page = (DOCS / "coming-from-soilfluxpro.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (0\.\d+) \| (-[\d.]+) % \| (-[\d.]+) % \| (-[\d.]+) % \|$", page, re.M)
    assert len(rows) == 4
    for kappa, *told in rows:
        for seconds, share in zip((10.0, 30.0, 60.0), told, strict=True):
            expected = 100.0 * (math.exp(-float(kappa) * seconds) - 1.0)
            assert float(share) == pytest.approx(expected, abs=0.06)

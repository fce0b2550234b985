"""The script, loaded once."""

import pytest

from tests.report.web.script import Script


@pytest.fixture(scope="session")
def script() -> Script:
    return Script()

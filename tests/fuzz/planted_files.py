"""The table of sound files with planted values: every reader has one at least."""

from tests.fuzz.planted import LOGGERS
from tests.fuzz.planted_analysers import ANALYSERS
from tests.fuzz.planted_others import OTHERS

PLANTED = {**LOGGERS, **OTHERS, **ANALYSERS}

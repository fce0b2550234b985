"""Run the kernels' tests with bounds checked: `make kernels`.

Uncompiled, where coverage sees the lines and no index below zero is taken (see `checked`), then compiled with
numba's own check. Each file of the kernels is to have nine tenths of its lines run.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
LEAST = 90.0  #: of a file's lines [%]
#: Statistics of long series, which take minutes uncompiled and reach no line that others do not.
LONG = (
    "nearer_to_the_truth", "three_rounds", "neither_shift_nor_scale", "sound_turbulence", "fine_grid",
    "known_delay",
)  # fmt: skip


def run(report: Path, *more: str, **env: str) -> None:
    """Run the tests in one way, coverage added to what is there; end where they fail."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(FOLDER)]
    coverage = ["--cov=fluxkit/kernels", "--cov-append", f"--cov-report=json:{report}", "--cov-report="]
    clean = {k: v for k, v in os.environ.items() if k not in ("NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK")}
    done = subprocess.run([*command, *coverage, *more, *sys.argv[1:]], env=clean | env, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def lacking(report: Path) -> list[str]:
    """Return what has too few lines run: file, share and the lines left out."""
    out = []
    for name, file in sorted(json.loads(report.read_text(encoding="utf-8"))["files"].items()):
        share = file["summary"]["percent_covered"]
        if share < LEAST:
            out.append(
                f"{name}: {share:.0f} % of the lines run, not {', '.join(map(str, file['missing_lines']))}"
            )
    return out


def main() -> None:
    """Run both ways and say which lines no test runs."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        data = str(Path(folder) / "data")  # not a name that begins the report's: they would be combined
        run(report, "-k", f"not ({' or '.join(LONG)})", NUMBA_DISABLE_JIT="1", COVERAGE_FILE=data)
        run(report, NUMBA_BOUNDSCHECK="1", COVERAGE_FILE=data)
        missing = lacking(report)
    print("\n".join(missing) or f"each file of the kernels has at least {LEAST:.0f} % of its lines run")
    if missing:
        sys.exit(1)


if __name__ == "__main__":
    main()

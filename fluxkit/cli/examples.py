"""What each command is typed like: shown at the end of its help."""

#: Command -> lines as they are typed, each with what it does.
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "demo": (
        ("fluxkit demo demo", "a day of a tower"),
        ("fluxkit demo demo --chamber", "a chamber campaign"),
    ),
    "inspect": (("fluxkit inspect raw/2024_07_01_1000.dat", "format, columns, units, rate, gaps, ranges"),),
    "init": (
        ("fluxkit init raw/*.dat -o site.toml", "a configuration from example files"),
        ("fluxkit init --chamber analyser.data sheet.csv -o plots.toml", "the same for chambers"),
    ),
    "import-eddypro": (("fluxkit import-eddypro project.eddypro -o site.toml", "translate a project"),),
    "import-badm": (("fluxkit import-badm US-Xyz_BIF.csv -o site.toml", "begin from BADM"),),
    "check": (
        ("fluxkit check site.toml", "before a run"),
        ("fluxkit check upload/US-Xyz_HH_2024.csv --for ameriflux", "before an upload"),
    ),
    "run": (
        ("fluxkit run site.toml -o out --dry-run", "what it would do, and how long"),
        ("fluxkit run site.toml -o out --start 2024-06-01 --end 2024-07-01", "one month"),
    ),
    "condense": (("fluxkit condense site.toml -o out --shard 3/16", "one job of an array"),),
    "decide": (("fluxkit decide site.toml -o out --set rotation=triple", "otherwise, without raw files"),),
    "export": (
        ("fluxkit export out --for ameriflux -o upload", "the file to upload"),
        ("fluxkit export out --as reddyproc -o others", "for another program"),
    ),
    "report": (("fluxkit report site.toml -o out", "the page anew"),),
    "status": (("fluxkit status out", "what is done, missing, damaged, not used"),),
    "watch": (("fluxkit watch site.toml -o out --every 60", "keep up with a logger"),),
    "footprint": (("fluxkit footprint site.toml -o out", "where the fluxes come from"),),
    "compare": (("fluxkit compare out full_output.csv", "which decision explains the difference"),),
    "diff": (("fluxkit diff before after -o differences", "what changed, by variable, period and decision"),),
    "chamber": (("fluxkit chamber plots.toml -o out --report", "closures to fluxes, with a page to review"),),
    "ecosystem": (
        ("fluxkit ecosystem out -o years", "of fluxkit's results"),
        ("fluxkit ecosystem site.toml -o years", "from raw files"),
        (
            "fluxkit ecosystem DE-Abc_HH.csv -o years --latitude 51 --longitude 13.6 --utc-offset-h 1",
            "a table",
        ),
    ),
    "replay": (("fluxkit replay out -o again", "whether the same comes out"),),
    "atlas": (("fluxkit atlas years other-years -o atlas.html", "side by side"),),
    "explore": (("fluxkit explore out --config site.toml", "decisions in a browser"),),
    "doctor": (("fluxkit doctor", "what is installed, and what is missing for which command"),),
    "budget": (("fluxkit budget budget.toml -o out", "all methods on one page"),),
    "schema": (("fluxkit schema", "for editors that complete settings"),),
    "version": (("fluxkit version", "to tell with a question"),),
}


def epilog(command: str) -> str:
    """Return the end of a command's help; the first character keeps its lines as they are."""
    lines = [f"  {typed}\n      {words}" for typed, words in EXAMPLES[command]]
    return "\b\nExamples:\n" + "\n".join(lines)

from fluxkit.site.toml.explain import line_numbers, line_of

TEXT = """\
preset = "fluxkit"

[station]
id = "XX-Abc"
[[instruments]]
kind = "sonic"
[[instruments]]
kind = "gas_analyser"   # second
[columns]
u = { column = "Ux", unit = "m s-1" }
w.column = "Uz"
[columns."co2"]
unit = "ppm"
"""


def test_tables_lists_and_dotted_keys_have_their_line():
    lines = line_numbers(TEXT)
    assert lines["preset",] == 1
    assert lines["station", "id"] == 4
    assert lines["instruments", 0, "kind"] == 6
    assert lines["instruments", 1, "kind"] == 8
    assert lines["columns", "w", "column"] == 11
    assert lines["columns", "co2", "unit"] == 13


def test_key_inside_inline_table_falls_back_to_its_line():
    lines = line_numbers(TEXT)
    assert line_of(("columns", "u", "unit"), lines) == 10
    assert line_of(("station", "latitude"), lines) == 3
    assert line_of(("raw", "files"), lines) is None

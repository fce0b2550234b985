"""Writing site.toml: comments and order stay, and the difference is shown before."""

import tomllib

import pytest

import fluxkit as fk
from fluxkit.errors import ConfigError
from fluxkit.explore.site_file import edit_of, edited, write

LAYOUTS = {
    "no section": 'preset = "fluxkit"  # p\n',
    "a section": '# top\n[decide]   # here\n# rotation = "triple"   # not yet\nlag = "constant"   # why\n'
    '\n# of output\n[output]\ntitle = "x"\n',
    "dotted": "[decide]\ntime_lag.spread = 2.0  # wide\nplanar_fit.sectors = [360]\n\n\n[output]\n",
    "at the root": 'decide.lag = "none"  # root\npreset = "fluxkit"\n[output]\n',
    "inline": 'decide = { lag = "none", rotation = "double" }\n[output]\n',
    "tables below": '[decide]\nlag = "none"\n\n[decide.time_lag]\nspread = 2.0\n\n[output]\ntitle = "é"\n',
    "only below": "[decide.planar_fit]\nsectors = [360.0]  # one\n",
    "last, no line end": '[output]\n[decide]\nlag = "none"',
}
CHOSEN = {
    "rotation": "wilczak-2001",
    "planar_fit.sectors": [180, 180],
    "time_lag.spread": 3.0,
    "policy.spikes": "remove",
    "lag": "covariance-maximum",
}


def put(data, key, value):
    *path, last = key.split(".")
    for part in path:
        data = data.setdefault(part, {})
    data[last] = value


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_read_again_with_the_choices_and_nothing_else(name):
    text = LAYOUTS[name]
    wanted = tomllib.loads(text)
    for key, value in CHOSEN.items():
        put(wanted, f"decide.{key}", value)
    made = edited(text, CHOSEN)
    assert tomllib.loads(made) == wanted
    for line in text.splitlines():
        comment = line.partition("#")[2]
        assert comment in made, "a comment is lost"


def test_new_keys_stand_before_what_belongs_to_the_next_table():
    lines = edited(LAYOUTS["a section"], {"rotation": "triple"}).splitlines()
    assert lines.index('rotation = "triple"') == lines.index('lag = "constant"   # why') + 1
    assert lines[lines.index("[output]") - 1] == "# of output"


def test_a_key_can_be_taken_out():
    assert "lag" not in tomllib.loads(edited(LAYOUTS["a section"], {"lag": None}))["decide"]


def test_the_difference_is_that_of_the_file_and_writing_makes_it(copied):
    site = fk.load(copied)
    chosen = {"rotation": "triple", "columns.co2.lag": {"nominal": 0.1, "min": 0.0, "max": 0.5}}
    before = copied.read_text(encoding="utf-8")
    edit = edit_of(copied, site, chosen)
    assert copied.read_text(encoding="utf-8") == before
    assert '+rotation = "triple"' in edit.difference.splitlines()
    kept = [line for line in before.splitlines() if not line.startswith("lag = ")]
    write(edit, edit.sha256)
    after = copied.read_text(encoding="utf-8")
    assert [line for line in after.splitlines() if line in kept and line] == [line for line in kept if line]
    assert "# where to look for the delay behind the wind" in after
    assert fk.load(copied).decide.rotation == "triple"
    assert fk.load(copied).columns["co2"].lag.max == 0.5


def test_windows_line_ends_stay(copied):
    copied.write_bytes(copied.read_bytes().replace(b"\n", b"\r\n"))
    edit = edit_of(copied, fk.load(copied), {"rotation": "triple"})
    write(edit, edit.sha256)
    assert copied.read_bytes().count(b"\n") == copied.read_bytes().count(b"\r\n")
    assert fk.load(copied).decide.rotation == "triple"


def test_a_file_that_was_changed_meanwhile_is_left_alone(copied):
    edit = edit_of(copied, fk.load(copied), {"rotation": "triple"})
    mine = copied.read_text(encoding="utf-8") + "# mine\n"
    copied.write_text(mine, encoding="utf-8")
    with pytest.raises(ConfigError, match="was changed since its difference was shown"):
        write(edit, edit.sha256)
    assert copied.read_text(encoding="utf-8") == mine


def test_a_file_that_says_something_else_by_now_is_not_edited(copied):
    site = fk.load(copied)
    copied.write_text(copied.read_text(encoding="utf-8") + '\n[decide]\nlag = "none"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="by hand"):
        edit_of(copied, site, {"rotation": "triple"})


def test_a_link_stays_a_link(copied, tmp_path):
    link = tmp_path / "link.toml"
    link.symlink_to(copied)
    edit = edit_of(link, fk.load(copied), {"rotation": "triple"})
    write(edit, edit.sha256)
    assert link.is_symlink()
    assert fk.load(copied).decide.rotation == "triple"

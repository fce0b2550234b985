import pytest

from fluxkit.chamber.synthetic.plots import make_campaign


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaign")
    make_campaign(folder, plots=1)
    return folder


def test_a_campaign_to_fluxes_and_page(call, campaign, tmp_path):
    code, out, _ = call("chamber", campaign / "plots.toml", "-o", tmp_path / "out", "--report")
    assert code == 0
    assert "18 closures: 18 with co2" in out
    assert "clock: concentrations begin to change +" in out
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


def test_a_template_that_is_not_filled_in(call, tmp_path):
    code, out, _ = call("init", "--chamber", "-o", tmp_path / "plots.toml")
    assert code == 0
    assert "to complete; then: fluxkit chamber" in out
    code, _, err = call("chamber", tmp_path / "plots.toml", "-o", tmp_path / "out")
    assert code == 3
    assert "no file matches raw/*" in err
    assert call("init", "--chamber", "-o", tmp_path / "plots.toml")[0] == 2


def test_a_wrong_configuration(call, tmp_path):
    path = tmp_path / "plots.toml"
    path.write_text('[campaign]\nid = "A"\n', encoding="utf-8")
    code, _, err = call("chamber", path, "-o", tmp_path / "out")
    assert code == 2
    assert "campaign.utc_offset_h: missing" in err


def test_the_demo_of_chambers(call, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "fluxkit.chamber.synthetic.plots.make_campaign", lambda folder: make_campaign(folder, plots=1)
    )
    code, out, _ = call("demo", "--chamber", tmp_path / "demo")
    assert code == 0
    assert f"open {tmp_path / 'demo' / 'out' / 'report.html'}" in out

import pytest

from fluxkit.synthetic.tower import make_day


def test_demo_makes_data_fluxes_and_a_report(call, tmp_path, monkeypatch):
    monkeypatch.setattr("fluxkit.synthetic.tower.make_demo", lambda folder: make_day(folder, hours=0.5))
    code, out, _ = call("demo", tmp_path / "demo")
    assert code == 0
    assert f"open {tmp_path / 'demo' / 'out' / 'report.html'}" in out
    assert "1 averaging periods: 1 with NEE" in out
    assert call("demo", tmp_path / "demo", "--quiet")[0] == 0  # again in the same folder


def test_demo_does_not_touch_what_is_not_its_own(call, tmp_path):
    (tmp_path / "thesis.txt").touch()
    code, _, err = call("demo", tmp_path)
    assert code == 2
    assert "exists and is not a demo folder" in err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_the_whole_demo(call, tmp_path):
    code, out, _ = call("demo", tmp_path / "demo")
    assert code == 0
    assert "48 averaging periods: 45 with NEE" in out

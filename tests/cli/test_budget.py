import pytest

from fluxkit.budget.synthetic.site import make_site


def test_a_budget_is_printed_and_its_page_named(call, tmp_path):
    config = make_site(tmp_path / "site", chambers=False)
    code, out, _ = call("budget", config, "-o", tmp_path / "out")
    assert code == 0
    assert "NEP (−NEE): 299 (257 to 341) g C m-2 a-1" in out
    assert "GPP of MOD17-like: 1180 (error not known)" in out
    assert "budget.html" in out
    assert (tmp_path / "out" / "budget.html").is_file()


def test_a_wrong_configuration_ends_with_2(call, tmp_path):
    (tmp_path / "b.toml").write_text('[budget]\nid = "x"\n')
    code, _, err = call("budget", tmp_path / "b.toml", "-o", tmp_path / "out")
    assert code == 2
    assert "no method is given" in err


@pytest.mark.slow
def test_the_demo_of_a_budget(call, tmp_path):
    code, out, _ = call("demo", tmp_path / "demo", "--budget")
    assert code == 0
    assert "NPP = NEP + Rh" in out
    assert f"open {tmp_path / 'demo' / 'out' / 'budget.html'}" in out

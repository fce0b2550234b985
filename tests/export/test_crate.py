"""The crate of a results folder: read by an independent library, in step with the files, and complete."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

import fluxkit as fk
from fluxkit.archive.products import stale_products
from fluxkit.export.citation import citation_text
from fluxkit.export.crate import CRATE, MOST_INPUTS, crate_text
from fluxkit.export.discovery import methods_used


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("crate") / "out"
    fk.run("data_samples/closed_path/site.toml", out)
    return out


def test_an_independent_reader_finds_everything(results: Path) -> None:
    crate = ROCrate(results)
    files = {entity.id: entity for entity in crate.data_entities}
    there = {path.name for path in results.iterdir() if path.is_file() and not path.name.startswith(".")}
    assert set(files) == there - {CRATE}
    for name, entity in files.items():
        content = (results / name).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest(), name
        assert entity["contentSize"] == str(len(content))
    (action,) = [entity for entity in crate.contextual_entities if entity.type == "CreateAction"]
    assert action["instrument"]["name"] == "fluxkit"
    record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert {e["sha256"] for e in action["object"]} == {entry["sha256"] for entry in record["inputs"]}
    assert {e["name"] for e in crate.root_dataset["citation"]} == {each[2] for each in record["methods"]}
    assert crate.root_dataset["datePublished"] == record["finished"]


def test_every_reference_leads_to_an_entity(results: Path) -> None:
    graph = json.loads((results / CRATE).read_text(encoding="utf-8"))["@graph"]
    known = {entity["@id"] for entity in graph}

    def references(value):
        if isinstance(value, list):
            for each in value:
                yield from references(each)
        elif isinstance(value, dict):
            yield from [value["@id"]] if set(value) == {"@id"} else references(list(value.values()))

    used = {name for entity in graph for name in references(list(entity.values()))}
    outside = {name for name in used - known if not name.startswith("http")}
    assert not outside
    assert len(known) == len(graph)


def test_a_crate_that_is_not_of_the_record_is_stale(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(results, out)
    names = [path.name for path in out.iterdir()]
    assert not stale_products(out, names)
    with (out / "run.json").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert list(stale_products(out, names)) == [CRATE]
    (out / CRATE).write_text("[]", encoding="utf-8")
    assert list(stale_products(out, names)) == [CRATE]


def test_many_inputs_stand_in_the_record_alone() -> None:
    inputs = [{"path": f"raw/{k}.dat", "sha256": f"{k:064x}", "bytes": 10} for k in range(MOST_INPUTS + 1)]
    text = crate_text({"inputs": inputs, "started": "2024-01-01T00:00:00Z"}, {}, {}, title="X")
    (found,) = [entity for entity in json.loads(text)["@graph"] if entity["@id"] == "#inputs"]
    assert found["name"].startswith(f"{MOST_INPUTS + 1} files")
    assert found["contentSize"] == str(10 * (MOST_INPUTS + 1))
    other = crate_text({"inputs": inputs[::-1], "started": "2024-01-01T00:00:00Z"}, {}, {}, title="X")
    assert text == other, "the checksum of all does not depend on their order"


def test_methods_that_cannot_act_are_not_cited() -> None:
    open_path, closed_path = (
        {each.name for each in methods_used(fk.load(f"data_samples/{name}/site.toml"))}
        for name in ("open_path", "closed_path")
    )
    assert "fratini-2012" in closed_path  # sorption in a tube
    assert not {"fratini-2012", "mcdermitt-2011"} & open_path
    assert "webb-1980" in open_path


def test_texts_of_users_cannot_write_lines() -> None:
    text = citation_text({"methods": [["a\nb", "c", "d\x1b[2J"]], "versions": {}})
    assert "\x1b" not in text
    assert len(text.splitlines()) == citation_text({"methods": [["a", "c", "d"]], "versions": {}}).count("\n")

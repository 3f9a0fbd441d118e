"""README tables: made from results, and known to be out of date when they are."""

from __future__ import annotations

import json

import pytest

from benchmarks.__main__ import main
from benchmarks.baselines.tables import KIND
from benchmarks.figures import Figure
from benchmarks.headline import HEADLINES, headline
from benchmarks.tables import TableError, documents, fill

ENVIRONMENT = {
    "commit": "0123456789abcdef",
    "uncommitted_changes": False,
    "command": "python -m benchmarks accuracy",
    "hardware": {"cpu": "A CPU", "cores": 2, "memory_gib": 8},
}
README = "# Title\n\n<!-- benchmark:accuracy -->\nold\n<!-- /benchmark -->\n\nend\n"


def write_results(folder, *figures: Figure, name="accuracy", **environment):
    document = {
        "environment": ENVIRONMENT | environment,
        "figures": [figure.to_json() for figure in figures],
    }
    (folder / f"{name}.json").write_text(json.dumps(document))


def test_table_shows_what_was_asked_beside_what_was_measured(tmp_path):
    write_results(
        tmp_path,
        Figure(what="light", measure="f1@1frame", measured=0.9712, at_least=0.95),
        Figure(what="light", measure="false", measured=0.03, at_most=0.02, worst=0.05),
        Figure(what="all", measure="peak memory", measured=0.5, unit="GiB"),
    )
    filled = fill(README, results=tmp_path)
    assert filled.startswith("# Title\n\n<!-- benchmark:accuracy -->\n| what |")
    assert "| light | f1@1frame | ≥ 0.95 | 0.971 |\n" in filled
    assert "| light | false | ≤ 0.02 | **0.03 (worst 0.05), missed** |\n" in filled
    assert "| all | peak memory | – | 0.5 GiB |\n" in filled
    assert "at commit `0123456789ab`, 2 cores (A CPU), 8 GiB." in filled
    assert filled.endswith("<!-- /benchmark -->\n\nend\n")
    assert "old" not in filled


def test_results_of_several_methods_stand_above_what_was_asked_and_how_much_is_met(tmp_path):
    write_results(
        tmp_path,
        Figure(what="light", measure="f1@1frame", measured=0.97, at_least=0.95),
        Figure(what="light", measure="false", measured=0.03, at_most=0.02),
        Figure(what="light", measure="edge.p90", measured=0.0),
    )
    path = tmp_path / "accuracy.json"
    scores = {"f1@1frame": 0.97, "f1@0.1s": 0.98, "false": 0.03}
    case = {"methods": {"syncclip": {"scores": scores}}}
    methods = {"syncclip": {"title": "SyncClip", "what": "itself"}}
    rows = [{"what": "light", "cases": [case]}]
    results = json.loads(path.read_text()) | {"kind": KIND, "methods": methods, "rows": rows}
    path.write_text(json.dumps(results))
    filled = fill(README, results=tmp_path)
    assert "| light | **0.970** / **0.980** |" in filled
    assert "Of 2 figures asked for, 1 are met." in filled
    assert "| light | false | ≤ 0.02 | **0.03, missed** |" in filled
    assert "| light | edge.p90 | – | 0 |" in filled


def test_filling_twice_changes_nothing_more(tmp_path):
    write_results(tmp_path, Figure(what="a", measure="b", measured=1.0))
    once = fill(README, results=tmp_path)
    assert fill(once, results=tmp_path) == once


def test_each_marker_gets_its_own_results(tmp_path):
    write_results(tmp_path, Figure(what="first", measure="m", measured=1.0))
    write_results(tmp_path, Figure(what="second", measure="m", measured=2.0), name="speed")
    text = README + "<!-- benchmark:speed --><!-- /benchmark -->"
    filled = fill(text, results=tmp_path)
    assert filled.index("first") < filled.index("end") < filled.index("second")


def test_results_of_changed_sources_say_so(tmp_path):
    write_results(tmp_path, Figure(what="a", measure="b", measured=1.0), uncommitted_changes=True)
    assert "with uncommitted changes" in fill(README, results=tmp_path)


def test_results_of_a_busy_machine_say_so(tmp_path):
    write_results(tmp_path, Figure(what="a", measure="b", measured=1.0), load_average=6.8)
    assert "8 GiB, at a load average of 6.8." in fill(README, results=tmp_path)


def test_missing_results_and_lone_markers_are_refused(tmp_path):
    with pytest.raises(TableError, match=r"no results accuracy\.json"):
        fill(README, results=tmp_path)
    with pytest.raises(TableError, match="no partner"):
        fill("<!-- benchmark:accuracy -->", results=tmp_path)
    with pytest.raises(TableError, match="no partner"):
        fill(README + "<!-- /benchmark -->", results=tmp_path)


def test_check_fails_until_the_table_was_written(tmp_path, capsys):
    write_results(tmp_path, Figure(what="a", measure="b", measured=1.0))
    readme = tmp_path / "README.md"
    readme.write_text(README)
    words = ["table", "--document", str(readme), "--results", str(tmp_path)]
    assert main([*words, "--check"]) == 1
    assert "out of date" in capsys.readouterr().out
    assert readme.read_text() == README
    assert main(words) == 0
    assert main([*words, "--check"]) == 0


def test_pages_with_tables_are_found_beside_the_readme_too(tmp_path):
    (tmp_path / "docs").mkdir()
    pages = [
        tmp_path / "README.md",
        tmp_path / "README.zh-CN.md",
        tmp_path / "docs" / "measured.md",
    ]
    for page in pages:
        page.write_text(README)
    (tmp_path / "docs" / "plain.md").write_text("# Nothing measured\n")
    (tmp_path / "CHANGELOG.md").write_text(README)
    assert documents(tmp_path) == pages


def side_by_side_results(**scores: list[float | None]):
    """Accuracy over all rows of the headlines, every case with the same scores; and costs."""
    measures = ("f1@1frame", "false")
    cases = [
        {"methods": {name: {"scores": dict(zip(measures, each, strict=True))}
                     for name, each in scores.items()}}
    ]  # fmt: skip
    whats = HEADLINES["headline"].rows
    methods = {name: {"title": name.title()} for name in scores}
    costs = {
        "match time ÷ commentary duration": 0.34,
        "index time ÷ decode-only time": 1.409,
        "index size per film hour": 52.5,
    }
    return {
        "accuracy": {"methods": methods, "rows": [{"what": w, "cases": cases} for w in whats]},
        "matching": {"figures": [{"measure": m, "measured": v} for m, v in costs.items()]},
    }


def test_a_headline_names_the_best_of_the_others():
    results = side_by_side_results(syncclip=[0.95, 0.0], hough=[0.8, 0.1], warping=[0.85, 0.3])
    text = headline("headline", results)
    assert "| 9:16 with blurred bars | **0.950** | 0.850 (Warping) |" in text
    assert "0.34 × the commentary's length" in text
    assert "indexing 1.41 ×" in text
    assert "an hour of film 52.5 MB" in text


def test_a_headline_shows_false_claims_where_nothing_is_to_be_found():
    results = side_by_side_results(syncclip=[None, 0.0], hough=[None, 0.1], warping=[None, 0.3])
    text = headline("headline", results)
    assert "| nothing from the movie: claimed all the same | **0.0%** | 10.0% (Hough) |" in text


def test_headlines_show_the_same_rows_in_every_language():
    results = side_by_side_results(syncclip=[0.95, 0.0], hough=[0.8, 0.1])
    english, chinese = (headline(name, results).splitlines() for name in HEADLINES)
    assert len(english) == len(chinese)
    assert list(HEADLINES["headline"].rows) == list(HEADLINES["headline-zh"].rows)


def test_a_headline_without_its_results_is_refused(tmp_path):
    text = "<!-- benchmark:headline --><!-- /benchmark -->"
    with pytest.raises(TableError, match=r"no results accuracy\.json"):
        fill(text, results=tmp_path)
    results = side_by_side_results(syncclip=[0.9, 0.0], hough=[0.8, 0.1])
    results["accuracy"]["rows"].pop()
    for name, document in results.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    with pytest.raises(TableError, match="have nothing called 'nothing from the movie'"):
        fill(text, results=tmp_path)


@pytest.mark.parametrize(
    ("limits", "measured", "met"),
    [
        ({"at_least": 0.9}, 0.9, True),
        ({"at_least": 0.9}, 0.8999, False),
        ({"at_most": 0.02}, 0.02, True),
        ({"at_most": 0.02}, 0.0201, False),
        ({"at_least": 0.9}, None, False),
        ({}, 0.1, None),
    ],
)
def test_figure_is_met_at_its_limit(limits, measured, met):
    figure = Figure(what="a", measure="b", measured=measured, **limits)
    assert figure.met is met
    assert figure.to_json()["met"] is met

"""Every command is: read the options, make one library call, print. The call is watched here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import syncclip
from syncclip.cli import app
from syncclip.cli.options import short_names
from syncclip.config import MatchConfig, RenderConfig
from syncclip.errors import SyncClipError, VideoError
from syncclip.progress import Progress
from tests.command_line import commands
from tests.unit.results_strategies import a_result

AWKWARD = '-电影 "it\'s"\n[bold red].mp4'


class Api:
    """Stands in for the library and remembers its last call."""

    def __init__(self) -> None:
        self.args: tuple[Any, ...] = ()
        self.options: dict[str, Any] = {}
        self.outcome: object = None
        self.raises: BaseException | None = None

    def __call__(self, *args: object, **options: Any) -> object:
        self.args, self.options = args, options
        if on_progress := options.get("on_progress"):
            on_progress(Progress("Reading [bold]movie", 0, 100, "frames"))
            on_progress(Progress("Reading [bold]movie", 100, 100, "frames"))
        if self.raises is not None:
            raise self.raises
        return self.outcome


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Api:
    fake = Api()
    one = ("index_movie", "match", "render", "export", "search", "describe")
    for name in (*one, "index_movies", "match_many"):
        monkeypatch.setattr(syncclip, name, fake, raising=False)
    monkeypatch.delenv("SYNCCLIP_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    return fake


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def indexed(path: str = "film.idx", **changes: object) -> object:
    facts: dict[str, Any] = {
        "path": Path(path),
        "built": True,
        "frames": 2400,
        "duration_s": 100.0,
        "bytes": 1_500_000,
        "seconds": 12.5,
        "notes": ("2 packets lost at 00:00:10",),
        "encoders": ("builtin",),
        "why": "CLIP is not installed",
    }
    from dataclasses import make_dataclass

    return make_dataclass("IndexOutcome", facts | changes)(**(facts | changes))


def matched() -> object:
    return SimpleNamespace(
        result=a_result(),
        folder=Path("out/proceed"),
        files={"result": Path("out/proceed/r.json"), "video": Path("out/proceed/final.mp4")},
        selfcheck=None,
        notes=("threshold relaxed to 0.7",),
    )


def searched() -> object:
    place = SimpleNamespace(
        movie="a.mp4", start_s=1.0, at_s=2.5, end_s=4.0, score=0.9123, clip=Path("clips/01.mp4")
    )
    notes = ("1 of 2 indexes have no track of CLIP",)
    return SimpleNamespace(places=(place,), encoder="clip", sheet=Path("s.png"), notes=notes)


def rendered() -> object:
    return SimpleNamespace(video=Path("final.mp4"), frames=300, selfcheck=None, notes=())


def test_index_hands_its_options_over_and_prints_where_the_index_lies(api: Api) -> None:
    api.outcome = indexed()
    result = run(
        *("index", "film.mp4", "-o", "x.idx", "--force", "--reader", "decord"),
        *("--encoder", "clip", "--clip-model", "ViT-B-16", "--device", "cuda:1"),
    )
    assert result.exit_code == 0
    assert api.args == (Path("film.mp4"), Path("x.idx"))
    assert (api.options["reader"], api.options["force"]) == ("decord", True)
    assert (api.options["encoder"], api.options["clip_model"]) == ("clip", "ViT-B-16")
    assert api.options["device"] == "cuda:1"
    assert result.stdout == (
        "film.idx: written in 12.5 s, 1.5 MB for 2400 frames, 100.0 s; "
        "encoded by builtin (CLIP is not installed)\n"
    )
    assert "note: 2 packets lost at 00:00:10" in result.stderr


def test_an_index_that_was_current_is_said_to_be(api: Api) -> None:
    api.outcome = indexed(built=False)
    assert "film.idx: already current, " in run("index", "film.mp4").stdout


def test_index_without_options_lets_the_encoder_be_chosen(api: Api) -> None:
    api.outcome = indexed()
    run("index", "film.mp4")
    assert (api.options["encoder"], api.options["clip_model"]) == ("auto", None)
    assert api.options["device"] == "auto"


def test_index_prints_json(api: Api) -> None:
    api.outcome = indexed("电影.idx")
    document = json.loads(run("index", "film.mp4", "--json").stdout)
    assert (document["path"], document["frames"], document["built"]) == ("电影.idx", 2400, True)


def indexed_many(**changes: object) -> object:
    from syncclip import IndexManyOutcome
    from syncclip.pipeline import IndexedFilm

    film = IndexedFilm(
        movie="/films/a.mkv",
        index="/idx/a.idx",
        status="indexed",
        duration_s=60,
        bytes=2_000_000,
        seconds=3,
        notes=("2 packets lost",),
    )
    lost = IndexedFilm(movie="/films/b.mkv", index=None, status="failed", reason="no video")
    return IndexManyOutcome(folder="/idx", films=(film, lost), seconds=4.0)


def test_many_movies_are_handed_over_together_and_told_as_a_table(api: Api) -> None:
    api.outcome = indexed_many()
    result = run("index", "a.mkv", "s3://films/b.mkv", "--jobs", "3", "--force", "-o", "idx")
    assert result.exit_code == 1  # one of them failed
    assert api.args == ([Path("a.mkv"), "s3://films/b.mkv"], Path("idx"))
    assert (api.options["jobs"], api.options["cluster"]) == (3, None)
    assert (api.options["force"], api.options["encoder"]) == (True, "auto")
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["a.mkv", "a.idx", "indexed", "2.0", "MB,", "60.0", "s", "of", "film"] in [
        row[:9] for row in rows
    ]
    assert ["b.mkv", "-", "failed", "no", "video"] in rows
    assert "1 indexed, 0 already current, 1 failed; in /idx, 4.0 s" in result.stdout
    assert "note: a.mkv: 2 packets lost" in result.stderr
    document = json.loads(run("index", "films.csv", "--json").stdout)
    assert api.args == ([Path("films.csv")], "indexes")
    assert [film["status"] for film in document["films"]] == ["indexed", "failed"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["/f/a.mkv", "/f/b/c.mkv"], ["a.mkv", "c.mkv"]),
        (["/f/x/a.mkv", "/f/a.mkv"], ["x/a.mkv", "a.mkv"]),
        (["s3://f/a.mkv", "/f/a.mkv"], ["s3://f/a.mkv", "/f/a.mkv"]),
        ([], []),
    ],
)
def test_names_in_a_table_are_as_short_as_they_can_be(names: list[str], shown: list[str]) -> None:
    assert short_names(names) == shown


def batch() -> object:
    from syncclip import BatchOutcome
    from syncclip.reports import BatchEntry

    entries = (
        BatchEntry(
            commentary="/c/a.mp4", status="standing", folder="/o/a_synced/proceed",
            result=a_result(), notes=("no sound",),
        ),
        BatchEntry(commentary="/c/b.mp4", status="failed", folder=None, reason="no such file"),
    )  # fmt: skip
    return BatchOutcome(entries=entries, files={"batch_report": "/o/batch.json"}, seconds=2.0)


def test_many_commentaries_are_handed_over_together_and_told_as_a_table(api: Api) -> None:
    api.outcome = batch()
    result = run(
        *("match", "a.mp4", "b.mp4", "-i", "idx", "-i", "s3://lib/idx", "--no-render"),
        *("-o", "s3://out", "--jobs", "2", "--cluster", "head:6379", "--threshold", "0.5"),
    )
    assert result.exit_code == 1
    assert api.args == ([Path("a.mp4"), Path("b.mp4")], [Path("idx"), "s3://lib/idx"])
    assert (api.options["output"], api.options["jobs"]) == ("s3://out", 2)
    assert (api.options["cluster"], api.options["render"]) == ("head:6379", None)
    assert api.options["config"].threshold == 0.5
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["a.mp4", "already", "matched", "80.0%", "/o/a_synced/proceed"] in rows
    assert ["b.mp4", "failed", "-", "no", "such", "file"] in rows
    assert "0 matched, 1 already matched, 1 failed; 2.0 s" in result.stdout
    assert "note: a.mp4: no sound" in result.stderr
    document = json.loads(run("match", "list.csv", "--json").stdout)
    assert api.args == ([Path("list.csv")], [])  # the list names indexes, or the library says so
    assert [each["status"] for each in document["commentaries"]] == ["standing", "failed"]


def test_one_file_on_a_cluster_is_a_batch_of_one(api: Api) -> None:
    api.outcome = batch()
    run("match", "a.mp4", "-i", "idx", "--cluster", "auto")
    assert api.args == ([Path("a.mp4")], [Path("idx")])
    api.outcome = indexed_many()
    run("index", "a.mkv", "--cluster", "auto")
    assert api.options["cluster"] == "auto"


def test_a_movie_or_subtitles_in_a_store_make_a_batch_of_one(api: Api) -> None:
    api.outcome = batch()
    run("match", "a.mp4", "-i", "idx", "--movie", "file:///x.mkv", "--movie", "b.mkv")
    assert api.options["movies"] == ["file:///x.mkv", Path("b.mkv")]
    words = ("--transcribe", "tiny", "--subtitles", "s3://films/x.srt")
    run("match", "a.mp4", "-i", "idx", *words)
    assert api.options["config"].subtitles == ("s3://films/x.srt",)
    assert api.args == ([Path("a.mp4")], [Path("idx")])


@pytest.mark.parametrize(
    "words",
    [
        ("library", "list", "-l", "file:///shelf"),
        ("library", "add", "file:///shelf", "-l", "indexes"),
        ("library", "merge", "other", "-l", "file:///shelf"),
        ("library", "verify", "--library=file:///shelf"),
        ("search", "a train", "-i", "idx", "-i", "file:///shelf"),
        ("render", "file:///shelf"),
        ("render", "result.json", "--movie", "a.mkv", "--movie", "file:///shelf"),
        ("export", "result.json", "-o", "file:///shelf"),
        ("review", "file:///shelf", "accept", "1"),
        ("info", "file:///shelf"),
    ],
)
def test_an_address_is_refused_where_a_file_of_this_machine_is_wanted(
    api: Api, words: tuple[str, ...]
) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert result.stderr == (
        "error: file:///shelf is an address; name a file or folder of this machine here\n"
    )
    assert api.args == ()
    there = run(*(word.replace("file:///", "s3://films/") for word in words))
    assert "error: s3://films/shelf is an address" in there.stderr


def test_match_without_options_asks_for_what_the_settings_say(api: Api) -> None:
    api.outcome = matched()
    assert run("match", "recap.mp4", "--index", "film.idx").exit_code == 0
    assert api.args == ("recap.mp4", [Path("film.idx")])
    assert api.options["config"] == MatchConfig()
    assert api.options["render"] == RenderConfig()
    assert (api.options["output"], api.options["movies"]) == (None, ())
    assert api.options["workers"] is None  # one process for each core


def test_match_hands_every_option_over(api: Api) -> None:
    api.outcome = matched()
    result = run(
        *("match", "recap.mp4", "-i", "a.idx", "-i", "b.idx", "-o", "out"),
        *("--threshold", "0.5", "--frame-interval", "0.4", "--no-time-jumps"),
        *("--movie", "a.mkv", "--movie", "b.mkv", "--audio", "mix", "--gaps", "slate"),
        *("--framing", "commentary", "--retime", "none", "--transition", "crossfade"),
        *("--workers", "3", "--crf", "23", "--preset", "fast", "--reader", "decord", "--force"),
        *("--encoder", "clip", "--clip-model", "tiny/", "--device", "cpu"),
        *("--blip-model", "blip/"),
    )
    assert result.exit_code == 0, result.stderr
    assert api.args[1] == [Path("a.idx"), Path("b.idx")]
    config = api.options["config"]
    assert (config.encoder, config.clip_model) == ("clip", "tiny/")
    assert config.blip_model == "blip/"
    assert api.options["device"] == "cpu"
    assert (config.threshold, config.frame_interval_s, config.time_jumps) == (0.5, 0.4, False)
    assert api.options["render"] == RenderConfig(
        audio="mix",
        gaps="slate",
        framing="commentary",
        retime="none",
        transition="crossfade",
        workers=3,
        crf=23,
        preset="fast",
    )
    assert api.options["workers"] == 3  # the search's processes too
    assert api.options["movies"] == [Path("a.mkv"), Path("b.mkv")]
    assert (api.options["output"], api.options["reader"]) == (Path("out"), "decord")
    assert api.options["force"] is True


def test_no_render_asks_for_no_video(api: Api) -> None:
    api.outcome = matched()
    run("match", "recap.mp4", "-i", "film.idx", "--no-render")
    assert api.options["render"] is None


def test_match_prints_what_was_found_and_says_notes_on_stderr(api: Api) -> None:
    api.outcome = matched()
    result = run("match", "recap.mp4", "-i", "film.idx")
    assert "found 80.0% of recap.mp4 (8.0 s of 10.0 s), mean confidence 83 %" in result.stdout
    assert "segments: 2 exact, 1 review, 1 unmatched" in result.stdout
    assert str(Path("out/proceed/final.mp4")) in result.stdout
    assert "note: threshold relaxed to 0.7" in result.stderr
    assert "note" not in result.stdout


def test_match_prints_json(api: Api) -> None:
    api.outcome = matched()
    document = json.loads(run("match", "recap.mp4", "-i", "film.idx", "--json").stdout)
    assert document["quality_info"]["coverage"] == pytest.approx(0.8)
    assert document["files"]["video"] == str(Path("out/proceed/final.mp4"))
    assert document["notes"] == ["threshold relaxed to 0.7"]


def test_render_hands_its_options_over(api: Api) -> None:
    api.outcome = rendered()
    result = run("render", "r.json", "-o", "new.mp4", "--movie", "a.mkv", "--gaps", "black")
    assert api.args == (Path("r.json"),)
    assert api.options["output"] == Path("new.mp4")
    assert api.options["config"] == RenderConfig(gaps="black")
    assert result.stdout == "final.mp4: 300 frames\n"


def test_search_hands_its_options_over(api: Api) -> None:
    api.outcome = searched()
    result = run(
        *("search", "a train", "-i", "a.idx", "-i", "lib", "--top", "3", "--sheet", "s.png"),
        *("--cut", "clips", "--clip-model", "tiny/", "--device", "mps", "--movie", "a.mkv"),
    )
    assert result.exit_code == 0, result.stderr
    assert api.args == ("a train",)
    assert api.options["index"] == [Path("a.idx"), Path("lib")]
    assert (api.options["count"], api.options["image"]) == (3, None)
    assert (api.options["sheet"], api.options["cut"]) == (Path("s.png"), Path("clips"))
    assert (api.options["clip_model"], api.options["device"]) == ("tiny/", "mps")
    assert (api.options["encoder"], api.options["movies"]) == ("auto", [Path("a.mkv")])
    lines = result.stdout.splitlines()
    assert lines[3].split() == ["1", "a.mp4", "1.00", "s", "2.50", "s", "4.00", "s", "0.912"]
    assert lines[-2:] == ["clips/01.mp4", "s.png"]
    assert "note: 1 of 2 indexes" in result.stderr


def test_info_shows_nested_facts_and_lists(api: Api) -> None:
    api.outcome = {
        "kind": "index",
        "frame_rate": "24",
        "size": 1.5,
        "source": {"path": AWKWARD, "has_audio": True},
        "encoders": ["builtin"],
        "segments": [{"movie": None}],
    }
    assert run("info", "film.idx").stdout.splitlines() == [
        "kind        index",
        "frame rate  24",
        "size        1.5",
        "source",
        '  path       -电影 "it\'s"\\n[bold red].mp4',
        "  has audio  yes",
        "encoders    builtin",
        "segments 1",
        "  movie  -",
    ]
    assert json.loads(run("info", "film.idx", "--json").stdout) == api.outcome


@pytest.mark.parametrize(
    "args",
    [
        ("index", "film.mp4"),
        ("match", "recap.mp4", "-i", "film.idx"),
        ("render", "r.json"),
        ("info", "film.idx"),
    ],
    ids=lambda args: args[0],
)
def test_a_known_error_is_one_line_on_stderr_and_exit_code_1(
    api: Api, args: tuple[str, ...]
) -> None:
    api.raises = VideoError(f"{AWKWARD}: not a video; choose another file")
    result = run(*args, *(() if args[0] == "info" else ("--quiet",)))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        'error: -电影 "it\'s"\\n[bold red].mp4: not a video; choose another file\n'
    )


def test_a_bug_is_one_line_that_says_how_to_see_where(api: Api) -> None:
    api.raises = ZeroDivisionError("division\nby zero")
    result = run("info", "film.idx")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: ZeroDivisionError: division\\nby zero (a bug: SYNCCLIP_DEBUG=1 shows where)\n"
    )


@pytest.mark.parametrize("error", [VideoError("no"), ZeroDivisionError("no")], ids=repr)
def test_the_debug_variable_shows_the_traceback(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setenv("SYNCCLIP_DEBUG", "1")
    api.raises = error
    assert "Traceback (most recent call last)" in run("info", "film.idx").stderr


def test_ctrl_c_says_that_the_next_run_continues(api: Api) -> None:
    api.raises = KeyboardInterrupt()
    result = run("index", "film.mp4", "--quiet")
    assert result.exit_code == 130
    assert result.stderr == "stopped: the same command goes on with what is finished\n"


def test_an_impossible_setting_is_an_error_and_not_a_traceback(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.raises = SyncClipError("preset must be one of: …")
    assert run("render", "r.json", "--preset", "warp").exit_code == 1


@pytest.mark.parametrize(
    "args",
    [
        ("index",),
        ("match", "recap.mp4"),
        ("match", "recap.mp4", "-i", "a.idx", "--audio", "loud"),
        ("match", "recap.mp4", "-i", "a.idx", "--crf", "99"),
        ("match", "recap.mp4", "-i", "a.idx", "--threshold", "2"),
        ("render", "r.json", "--workers", "0"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2_and_calls_nothing(api: Api, args: tuple[str, ...]) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr
    assert api.args == ()


@pytest.mark.parametrize("written", [["--", AWKWARD], [f"./{AWKWARD}"]], ids=["dashes", "folder"])
def test_names_that_start_with_a_dash_reach_the_library(api: Api, written: list[str]) -> None:
    api.outcome = indexed()
    assert run("index", *written).exit_code == 0
    assert api.args[0] == Path(AWKWARD)


def test_names_that_start_with_a_dash_work_as_values_of_options(api: Api) -> None:
    api.outcome = matched()
    result = run("match", "--index", "-film.idx", "--output", "-out", "--", "-recap.mp4")
    assert result.exit_code == 0, result.stderr
    assert (api.args, api.options["output"]) == (
        ("-recap.mp4", [Path("-film.idx")]),
        Path("-out"),
    )


def test_a_name_is_printed_as_it_is_and_never_as_markup(api: Api) -> None:
    api.outcome = indexed(AWKWARD)
    assert run("index", "film.mp4").stdout.startswith('-电影 "it\'s"\\n[bold red].mp4: written')


def test_export_hands_its_options_over_and_prints_the_files(api: Api) -> None:
    api.outcome = SimpleNamespace(
        files={"edl": Path("t/a.edl")}, notes=("film.mkv is not at hand",)
    )
    result = run("export", "r.json", "--to", "edl, otio", "--out", "t", "--drop-frame",
                 "--framing", "commentary", "--movie", "m.mkv")  # fmt: skip
    assert result.exit_code == 0
    assert api.args == (Path("r.json"), ["edl", "otio"])
    assert (api.options["output"], api.options["drop_frame"]) == (Path("t"), True)
    assert (api.options["framing"], api.options["movies"]) == ("commentary", [Path("m.mkv")])
    assert result.stdout == "edl  t/a.edl\n"
    assert "note: film.mkv is not at hand" in result.stderr
    assert json.loads(run("export", "r.json", "--json").stdout)["files"] == {"edl": "t/a.edl"}


def test_match_asks_for_the_timelines_that_were_named(api: Api) -> None:
    api.outcome = matched()
    assert run("match", "c.mp4", "-i", "x.idx", "--timelines", "otio,edl").exit_code == 0
    assert api.options["timelines"] == ["otio", "edl"]


def test_progress_is_told_in_plain_lines_where_stderr_is_no_terminal(api: Api) -> None:
    api.outcome = indexed()
    lines = run("index", "film.mp4").stderr.splitlines()
    assert lines[0] == "Reading [bold]movie …"
    assert lines[1].startswith("Reading [bold]movie: done, 100 frames in 0")


def test_quiet_shows_no_progress_and_still_says_notes(api: Api) -> None:
    api.outcome = indexed()
    result = run("index", "film.mp4", "--quiet")
    assert api.options["on_progress"] is None
    assert result.stderr == "note: 2 packets lost at 00:00:10\n"


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_has_help(name: str) -> None:
    command = commands()[name]
    assert command.help
    assert len(command.get_short_help_str()) > 10
    helpless = [p.name for p in command.params if not getattr(p, "help", None)]
    assert not helpless


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_that_takes_a_value_tells_its_default(name: str) -> None:
    for param in commands()[name].params:
        takes_value = param.param_type_name == "option" and not param.is_flag
        if takes_value and not param.required and param.default is not None:
            assert param.show_default, param.name


def test_the_commands_are_those_that_are_promised() -> None:
    assert set(commands()) == {
        *("index", "match", "render", "export", "search", "ui", "info", "demo", "doctor"),
        *("library list", "library add", "library remove", "library verify"),
        *("library merge", "library stats"),
        *("models list", "models fetch", "models path"),
        *("review list", "review accept", "review reject", "review swap", "review nudge"),
        *("review set", "review undo", "review truth"),
    }


@pytest.mark.parametrize("make", [indexed, matched, rendered])
def test_an_outcome_is_printed_on_a_terminal_that_knows_only_ascii(
    api: Api, make: Callable[[], object]
) -> None:
    api.outcome = make()
    name = {"indexed": "index", "matched": "match", "rendered": "render"}[make.__name__]
    options = ("-i", "电影.idx") if name == "match" else ()
    result = CliRunner(charset="ascii").invoke(app, [name, "f", *options, "--json", "--quiet"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)

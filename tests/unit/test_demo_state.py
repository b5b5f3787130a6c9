"""State of the demo on disk: a damaged file ends in a sentence that leads on, and Ctrl-C in none of ours."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from miernik_local import start
from miernik_local.commands import app
from miernik_local.demo_reset import reset_demo
from miernik_local.demo_state import DemoState
from miernik_local.keys import signing_keys
from miernik_local.postgres import Cluster
from miernik_local.private_files import DamagedFile
from miernik_local.supervisor import end_leftovers

DAMAGED = ("", "{", "[]", "null", '"text"', '{"client_keys": {}', "\x00\x00\x00")


@pytest.mark.parametrize("content", [*DAMAGED, '{"colour": "red"}', '{"region": {"unknown": 1}}', '{"region": 5}'])
def test_damaged_state_is_said_with_the_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    done = CliRunner().invoke(app, ["demo", "--state", str(tmp_path)])
    assert done.exit_code == 1
    assert f"{tmp_path}/state.json is damaged" in done.output
    assert f"demo-reset --state {tmp_path} drops the demo" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("content", [*DAMAGED, '{"calls": 5, "contracts": {}, "indicators": {}, "gateway": {}}'])
def test_damaged_keys_are_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(DamagedFile, match=r"keys\.json is damaged"):
        signing_keys(tmp_path / "keys.json")


@pytest.mark.parametrize("content", [*DAMAGED, '{"port": 1}', '{"password": "x"}'])
def test_damaged_notes_of_the_cluster_are_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "cluster.json").write_text(content)
    with pytest.raises(DamagedFile, match=r"cluster\.json is damaged"):
        Cluster(tmp_path).url()


@pytest.mark.parametrize("content", DAMAGED)
def test_reset_drops_a_damaged_demo(tmp_path: Path, content: str) -> None:
    directory = tmp_path / "state"
    (directory / "logs").mkdir(parents=True)
    for name in ("state.json", "launcher.json", "logs/children.json"):
        (directory / name).write_text(content)
    assert reset_demo(directory)
    assert not directory.exists()


@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_note_of_children_does_not_stop_a_start(tmp_path: Path, content: str) -> None:
    note = tmp_path / "children.json"
    note.write_text(content)
    end_leftovers(note)
    assert not note.exists()


def test_state_survives_being_read_again(tmp_path: Path) -> None:
    assert DemoState.read(tmp_path).role_passwords == DemoState.read(tmp_path).role_passwords


def test_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(app, ["demo", "--state", str(tmp_path / "file")])
    assert done.exit_code == 1
    assert str(tmp_path / "file") in done.output
    assert "Traceback" not in done.output


def test_ctrl_c_during_the_imports_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "miernik_local.commands", SimpleNamespace(app=interrupted))
    with pytest.raises(SystemExit) as ended:
        start.main()
    assert ended.value.code == start.INTERRUPTED
    assert capsys.readouterr().err == "\nStopped.\n"

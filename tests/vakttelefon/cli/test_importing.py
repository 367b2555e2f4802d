"""`import` and `export`: the difference first, all or nothing, and twice is once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dispatcher.organisations import Organisations, save_version
from dispatcher.store.tables import organisation_versions
from roster.reading import read_organisation
from tests.hotline.rig import ORGANISATION
from tests.vakttelefon.cli.shell import Shell, somebody_types
from vakttelefon.cli import asking, importing
from vakttelefon.cli.stored import stored_history
from vakttelefon.wiring import example_organisation

CHANGED = ORGANISATION.replace("Per Berg", "Per Bergheim")


def versions(shell: Shell) -> list[int]:
    return [row["number"] for row in shell.rows(organisation_versions)]


def test_the_first_import_shows_all_as_new_and_stores_it(shell: Shell) -> None:
    told = shell.ok("import", shell.write("org.toml", ORGANISATION))
    assert "+ person kari: name Kari Nordmann" in told
    assert "Imported as version 1: 5 people, 1 schedule, 1 ladder, 1 hotline." in told
    assert "vakttelefon provision" in told
    assert shell.acts() == ["organisation-imported"]
    assert stored_history(str(shell.config_file)).current == read_organisation(ORGANISATION, filename="x")


def test_importing_the_same_again_changes_nothing(shell: Shell) -> None:
    file = shell.write("org.toml", ORGANISATION)
    shell.ok("import", file)
    assert shell.ok("import", file) == "Nothing to change.\n"
    assert versions(shell) == [1]
    assert shell.acts() == ["organisation-imported"]


def test_a_change_is_shown_line_by_line_and_becomes_a_version(shell: Shell) -> None:
    shell.import_organisation()
    told = shell.ok("import", shell.write("org.toml", CHANGED))
    assert told.splitlines() == [
        "~ person per: name: Per Berg → Per Bergheim",
        "Imported as version 2: 5 people, 1 schedule, 1 ladder, 1 hotline.",
    ]
    assert versions(shell) == [1, 2]


def test_an_invalid_file_ends_with_2_and_every_problem_and_changes_nothing(shell: Shell) -> None:
    file = shell.write("org.toml", ORGANISATION.replace('"+4790000001"', '"112"').replace("weekly", "weakly"))
    told = shell.refused("import", file, code=2)
    assert len(told.splitlines()) == 2
    assert all(line.startswith(f"{file}:") for line in told.splitlines())
    assert versions(shell) == []


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_at_a_terminal_a_no_changes_nothing(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    somebody_types(monkeypatch, asking)
    file = small_shell.write("org.toml", ORGANISATION)
    assert "nothing was changed" in small_shell.refused("import", file, typed=answer)
    assert versions(small_shell) == []
    small_shell.ok("import", file, "--yes")
    assert versions(small_shell) == [1]


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.import_organisation()
    other = read_organisation(ORGANISATION.replace("Siri Vik", "Siri Fjell"), filename="x")

    def meanwhile(*_arguments: object, **_options: object) -> None:
        with shell.database() as database, database.write() as connection:
            present = Organisations(database).current(connection)
            save_version(connection, other, replaces=present, at=datetime.now(UTC), actor="other")

    monkeypatch.setattr(importing, "confirm", meanwhile)
    told = shell.refused("import", shell.write("org.toml", CHANGED))
    assert "was changed by somebody else meanwhile" in told
    assert stored_history(str(shell.config_file)).current == other


def test_a_clock_that_was_set_back_does_not_break_history(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_shell.import_organisation()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    monkeypatch.setattr(importing, "present_instant", lambda: yesterday)
    small_shell.ok("import", small_shell.write("org.toml", CHANGED))
    assert len(stored_history(str(small_shell.config_file)).versions) == 2


def test_what_export_writes_imports_back_to_the_same(shell: Shell) -> None:
    shell.ok("import", str(example_organisation()))
    text = shell.ok("export")
    assert shell.ok("import", shell.write("back.toml", text)) == "Nothing to change.\n"
    assert shell.ok("export") == text


def test_export_writes_a_file_that_only_its_owner_reads(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_shell.import_organisation()
    file = small_shell.folder / "out.toml"
    assert small_shell.ok("export", str(file)) == ""
    assert file.stat().st_mode & 0o077 == 0
    written = file.read_text(encoding="utf-8")
    file.write_text("mine", encoding="utf-8")
    somebody_types(monkeypatch, asking)
    small_shell.refused("export", str(file), typed="n\n")
    assert file.read_text(encoding="utf-8") == "mine"
    small_shell.ok("export", str(file), "--yes")
    assert file.read_text(encoding="utf-8") == written


def test_what_is_missing_is_told_with_the_command_that_mends_it(small_shell: Shell, tmp_path: Path) -> None:
    nothing = "database: no organisation is imported: import one with `vakttelefon import FILE`"
    assert small_shell.refused("export") == nothing
    assert small_shell.refused("roster", "who") == nothing
    assert "No such file" in small_shell.refused("import", "nowhere.toml")
    bare = Shell(tmp_path, f"sqlite:///{tmp_path / 'none.db'}")
    bare.configure()
    for arguments in (("roster", "who"), ("export",), ("import", str(example_organisation()))):
        told = bare.refused(*arguments)
        assert told.startswith("database: the database is empty"), told
        assert told.endswith("run `vakttelefon init`"), told


def test_a_change_is_imported_over_a_document_that_an_older_program_wrote(small_shell: Shell) -> None:
    """Its text lacks the keys that came later; it is the same organisation all the same."""
    small_shell.import_organisation()
    with small_shell.database() as database, database.write() as connection:
        stored = json.loads(connection.execute(select(organisation_versions.c.document)).scalar_one())
        for person in stored["people"]:
            del person["share"], person["wishes"]
        for schedule in stored["schedules"]:
            del schedule["meant_gaps"], schedule["rules"]
        old = json.dumps({**stored, "format": 1}, separators=(",", ":"))
        connection.execute(update(organisation_versions).values(document=old))
    small_shell.ok("import", small_shell.write("org.toml", CHANGED))
    assert versions(small_shell) == [1, 2]


def test_an_override_of_a_later_import_is_explained_with_the_day_and_who_made_it(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_shell.import_organisation()
    monkeypatch.setattr(importing, "present_instant", lambda: datetime(2040, 12, 3, 9, tzinfo=UTC))
    monkeypatch.setattr(importing, "shell_user", lambda: "gerd")
    schedule = read_organisation(ORGANISATION, filename="x").schedules[0].id
    jul = (
        '  [[schedules.overrides]]\n  id = "jul"\n  people = ["ola"]\n'
        "  start = 2040-12-24T08:00:00\n  end = 2040-12-26T08:00:00\n[[ladders]]"
    )
    small_shell.ok("import", small_shell.write("org.toml", ORGANISATION.replace("[[ladders]]", jul, 1)))
    answer = json.loads(
        small_shell.ok("roster", "who", "--schedule", schedule, "--at", "2040-12-24T21:00", "--json")
    )
    assert any("jul" in each and each.endswith("3. desember 2040 av gerd.") for each in answer["because"])

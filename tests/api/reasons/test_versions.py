"""Rulebooks that were used are kept with all their files, and compared."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner import Planner
from planner.compare.words import compare_files
from planner_api.access.viewer import Role
from planner_api.execution import Stopped
from planner_api.reload import Pace, Reloader
from planner_api.service import Service
from planner_api.store.records import PageRequest
from planner_api.versions import DamagedArchive, Versions, archive_of, digest_of_files, unpacked
from tests.api.conftest import TODAY
from tests.api.schema.asking import Asker, viewer
from tests.output.small_rules import write_rules

VERSIONS = "query($first: Int, $after: String) { rulebookVersions(first: $first, after: $after) { edges { cursor node { digest } } nodes { digest name current firstUsedAt } pageInfo { hasNextPage endCursor } } }"
DIFFERENCE = """query($before: String!, $after: String!, $asOf: Date) { rulebookDifference(before: $before, after: $after) { __typename
  ... on RulebookDifference {
    before { digest current } after { digest current }
    files { file title state changes { path before after } }
    effects(asOf: $asOf) {
      asOf problems { code message file }
      projects { project changed items { code effect what } milestones { milestone before after }
        workingDaysBefore workingDaysAfter blockers { added text } whole refused }
    }
  }
  ... on NotFound { id message } } }"""
FILES = DIFFERENCE[: DIFFERENCE.index("    effects")].replace(", $asOf: Date", "") + "  } ... on NotFound { id message } } }"


def permit_of(rules: Path) -> Path:
    return rules.parent / "base" / "approvals" / "permit.yaml"


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def two(small: Service, rules: Path) -> tuple[Asker, str, str]:
    """A service that has used two rulebooks: the digest of the older, and of the one in use."""
    object.__setattr__(
        small, "reloader", Reloader(small.settings, small.live, small.versions, small.today, Pace(look=0.05, settle=0.05))
    )
    before = small.live.in_use.digest
    small.reloader.reload_now(60)
    rewrite(permit_of(rules), "期限: 20 工作日", "期限: 15 工作日")
    small.reloader.reload_now(60)
    assert small.live.in_use.digest != before
    return Asker(small), before, small.live.in_use.digest


# -- archives ------------------------------------------------------------------------------------------------------------


def test_what_was_kept_is_the_rulebook(rules: Path) -> None:
    planner = Planner.from_files(rules)
    archive = archive_of(rules, planner.rulebook.digest)
    assert archive is not None
    with unpacked(archive) as top:
        again = Planner.from_files(top)
        assert [change.file for change in compare_files(rules, top)] == ["calendar/festivals.yaml"]  # the program's, kept with it
    assert again.rulebook.digest == planner.rulebook.digest
    assert again.calendar.digest == planner.calendar.digest


def test_the_shipped_rulebook_is_kept_whole(root: Path, anshan: Planner) -> None:
    archive = archive_of(root / "rules" / "anshan", anshan.rulebook.digest)
    assert archive is not None
    with unpacked(archive) as top:
        assert Planner.from_files(top).rulebook.digest == anshan.rulebook.digest


def test_equal_rulebooks_make_equal_archives(rules: Path, tmp_path: Path) -> None:
    write_rules(tmp_path / "copy")
    permit_of(tmp_path / "copy" / "city").touch()
    (rules / "notes.txt").write_text("别的文件", encoding="utf-8")
    digest = digest_of_files(rules)
    assert digest == Planner.from_files(rules).rulebook.digest
    assert archive_of(rules, digest) == archive_of(tmp_path / "copy" / "city", digest)


def test_files_that_have_changed_since_are_not_kept_as_something_else(rules: Path, small: Service) -> None:
    planner = Planner.from_files(rules)
    rewrite(permit_of(rules), "期限: 20 工作日", "期限: 15 工作日")
    assert archive_of(rules, planner.rulebook.digest) is None
    assert small.versions.keep(planner, rules) is False
    assert small.store.rulebooks(PageRequest(10)).rows == ()
    assert archive_of(rules / "nowhere", planner.rulebook.digest) is None


@pytest.mark.parametrize("inherits", ["../elsewhere/base", "{base}"])
def test_a_layer_finds_the_one_below_wherever_that_lay(rules: Path, inherits: str) -> None:
    """What 继承 names is a place on the machine it was used on."""
    elsewhere = rules.parent / "elsewhere" / "base"
    elsewhere.parent.mkdir()
    (rules.parent / "base").rename(elsewhere)
    rewrite(rules / "rulebook.yaml", "继承: ../base", f"继承: {inherits.format(base=elsewhere.resolve())}")
    planner = Planner.from_files(rules)
    archive = archive_of(rules, planner.rulebook.digest)
    assert archive is not None
    elsewhere.rename(rules.parent / "gone")
    with unpacked(archive) as top:
        assert set(Planner.from_files(top).rulebook.approvals) == set(planner.rulebook.approvals)


def _zip(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return packed.getvalue()


SOUND = {"layers.txt": b"base\n", "base/rulebook.yaml": "名称: 层\n".encode()}


@pytest.mark.parametrize(
    "name",
    [
        "../outside.yaml",
        "base/../../outside.yaml",
        "/tmp/outside.yaml",
        "base//rulebook2.yaml",
        "base\\..\\outside.yaml",
        "C:/outside.yaml",
        "other/rulebook.yaml",
        "base/run.py",
        "base/nul\x01l.yaml",
        "base/",
        "alone.yaml",
    ],
)
def test_nothing_is_written_outside_or_that_is_no_rule_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with unpacked(_zip(SOUND)) as top:
        assert top.name == "base"
    with pytest.raises(DamagedArchive), unpacked(_zip({**SOUND, name: b"x"})):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"no zip",
        _zip({"base/rulebook.yaml": b""}),
        _zip({"layers.txt": b""}),
        _zip({"layers.txt": b"../x\n"}),
        _zip({"layers.txt": b"..\n"}),
        _zip({"layers.txt": b"\xff\n"}),
        _zip(SOUND)[:-30],
        _zip({**SOUND, **{f"base/tables/{n}.csv": b"" for n in range(20_001)}}),
    ],
)
def test_a_damaged_archive_is_refused(archive: bytes) -> None:
    with pytest.raises(DamagedArchive), unpacked(archive):
        pass


def test_more_bytes_than_a_rulebook_has_are_refused_unread() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in SOUND.items():
            archive.writestr(name, data)
        for n in range(3):
            archive.writestr(f"base/tables/{n}.csv", b"\0" * 40_000_000)
    assert len(packed.getvalue()) < 1_000_000
    with pytest.raises(DamagedArchive), unpacked(packed.getvalue()):
        pass


# -- what is asked ---------------------------------------------------------------------------------------------------------


def test_versions_are_listed_newest_first(two: tuple[Asker, str, str]) -> None:
    asker, before, after = two
    found = asker.ask(VERSIONS)["rulebookVersions"]
    assert [(node["digest"], node["current"]) for node in found["nodes"]] == [(after, True), (before, False)]
    assert {node["name"] for node in found["nodes"]} == {"试验市"}
    first = asker.ask(VERSIONS, {"first": 1})["rulebookVersions"]
    assert first["pageInfo"]["hasNextPage"] is True
    rest = asker.ask(VERSIONS, {"first": 1, "after": first["pageInfo"]["endCursor"]})["rulebookVersions"]
    assert [edge["node"]["digest"] for edge in first["edges"] + rest["edges"]] == [after, before]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert asker.send(VERSIONS, {"first": 0}).codes == {"BAD_USER_INPUT"}


def test_the_difference_is_told_file_by_file(two: tuple[Asker, str, str]) -> None:
    asker, before, after = two
    found = asker.ask(FILES, {"before": before, "after": after})["rulebookDifference"]
    assert (found["before"], found["after"]) == ({"digest": before, "current": False}, {"digest": after, "current": True})
    (file,) = found["files"]
    assert (file["file"], file["title"], file["state"]) == ("base/approvals/permit.yaml", "主许可", "CHANGED")
    assert [(change["before"], change["after"]) for change in file["changes"]] == [("20 工作日", "15 工作日")]
    assert file["changes"][0]["path"][0].startswith("法定时限")
    back = asker.ask(FILES, {"before": after, "after": before})["rulebookDifference"]
    assert [(change["before"], change["after"]) for change in back["files"][0]["changes"]] == [("15 工作日", "20 工作日")]
    assert asker.ask(FILES, {"before": after, "after": after})["rulebookDifference"]["files"] == []


def test_files_come_and_go(two: tuple[Asker, str, str], rules: Path) -> None:
    asker, before, _ = two
    (rules.parent / "base" / "approvals" / "notice.yaml").unlink()
    (rules / "notices.yaml").write_text(
        "告知:\n- {代码: told, 名称: 说一声, 性质: 提示, 当: {有风险: 是}, 内容: 注意, 依据: [{文件: 本法, 条款: 第一条}], 核验: 已核}\n",
        encoding="utf-8",
    )
    outcome = asker.service.reloader.reload_now(60)
    assert getattr(outcome, "changed", False), outcome
    found = asker.ask(FILES, {"before": before, "after": asker.service.live.in_use.digest})["rulebookDifference"]
    states = {file["file"]: file["state"] for file in found["files"]}
    assert states == {
        "base/approvals/notice.yaml": "REMOVED",
        "base/approvals/permit.yaml": "CHANGED",
        "city/notices.yaml": "ADDED",
    }


@pytest.mark.parametrize("unknown", ["", "0" * 64, "x" * 10_000, "\x00"])
def test_a_digest_that_is_not_kept_is_not_found(two: tuple[Asker, str, str], unknown: str) -> None:
    asker, before, _ = two
    for sides in ({"before": unknown, "after": before}, {"before": before, "after": unknown}):
        found = asker.ask(FILES, sides)["rulebookDifference"]
        assert found["__typename"] == "NotFound"
        assert found["id"] == unknown[:80]
        assert len(found["message"]) < 200


def test_the_effects_on_the_examples_are_told_on_a_day(services: Any, root: Path, tmp_path: Path) -> None:
    """The shipped rulebook beside one whose construction permit takes a day longer."""
    service: Service = services()
    anshan = root / "rules" / "anshan"
    using = service.live.in_use
    assert service.versions.keep(using.planner, anshan)
    for folder in ("national", "liaoning", "anshan", "calendar"):
        _copied(root / "rules" / folder, tmp_path / "rules" / folder)
    rewrite(tmp_path / "rules" / "national" / "approvals" / "construction_permit.yaml", "期限: 7 日", "期限: 9 日")
    other = Planner.from_files(tmp_path / "rules" / "anshan")
    assert service.versions.keep(other, tmp_path / "rules" / "anshan")
    asker = Asker(service)
    sides = {"before": using.digest, "after": other.rulebook.digest, "asOf": "2026-03-02"}
    found = asker.ask(DIFFERENCE, sides)["rulebookDifference"]["effects"]
    assert found["asOf"] == "2026-03-02"
    assert found["problems"] == []
    examples = len(list((root / "examples").glob("*.yaml")))
    assert len(found["projects"]) == examples
    permits = [one for project in found["projects"] for one in project["items"] if one["code"] == "construction_permit"]
    assert permits
    assert {one["effect"] for one in permits} == {"CHANGED"}
    assert any("法定时限 7 日 → 9 日" in what for one in permits for what in one["what"])
    assert asker.ask(DIFFERENCE, {**sides, "after": using.digest})["rulebookDifference"]["effects"]["projects"] == [
        {
            **one,
            "changed": False,
            "items": [],
            "milestones": [],
            "blockers": [],
            "whole": [],
            "workingDaysAfter": one["workingDaysBefore"],
        }
        for one in found["projects"]
    ]
    assert asker.send(DIFFERENCE, {**sides, "asOf": "1850-01-01"}).codes == {"BAD_USER_INPUT"}


def test_work_that_nobody_waits_for_any_more_stops_and_goes_on_where_it_was(two: tuple[Asker, str, str]) -> None:
    asker, before, after = two
    begun: list[int] = []

    def gone() -> None:
        begun.append(1)
        if len(begun) == 3:
            raise Stopped

    with pytest.raises(Stopped):
        asker.service.versions.effects(before, after, TODAY, gone)
    assert len(begun) == 3
    asker.service.versions.effects(before, after, TODAY)
    assert asker.service.versions.effects(before, after, TODAY, gone) is not None
    assert len(begun) == 3


def _copied(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            into = target / path.relative_to(source)
            into.parent.mkdir(parents=True, exist_ok=True)
            into.write_bytes(path.read_bytes())


def test_effects_tell_why_a_project_cannot_be_compared(two: tuple[Asker, str, str]) -> None:
    """The small rulebook knows none of the examples' facts."""
    asker, before, after = two
    found = asker.ask(DIFFERENCE, {"before": before, "after": after})["rulebookDifference"]["effects"]
    assert found["asOf"] == TODAY.isoformat()
    assert found["projects"]
    assert all(one["refused"] and one["changed"] for one in found["projects"])


def test_a_rulebook_the_program_no_longer_reads_is_said_with_its_own_places(small: Service, rules: Path) -> None:
    planner = small.live.in_use.planner
    small.versions.keep(planner, rules)
    permit_of(rules).write_text("代码: [", encoding="utf-8")
    digest = digest_of_files(rules)
    archive = archive_of(rules, digest)
    assert archive is not None
    small.store.keep_rulebook(digest, "坏的", archive)
    found = small.versions.effects(planner.rulebook.digest, digest, TODAY)
    assert found is not None
    assert found.projects == ()
    assert {problem.file for problem in found.problems} == {"base/approvals/permit.yaml"}


class CountedStore:
    def __init__(self, store: Any) -> None:
        self.store, self.asked = store, 0

    def rulebook(self, digest: str) -> Any:
        self.asked += 1
        return self.store.rulebook(digest)


def test_a_difference_is_worked_out_once(two: tuple[Asker, str, str]) -> None:
    asker, before, after = two
    store = CountedStore(asker.service.store)
    versions = Versions(store)  # type: ignore[arg-type]
    assert versions.files(before, after) is versions.files(before, after)
    assert versions.effects(before, after, TODAY) is versions.effects(before, after, TODAY)
    assert versions.effects(before, after, TODAY.replace(year=2025)) is not versions.effects(before, after, TODAY)
    assert store.asked == 6
    assert versions.files(before, "unknown") is None


def test_effects_and_reasons_of_refusal_are_for_those_who_look_after_rules(two: tuple[Asker, str, str]) -> None:
    asker, before, after = two
    for role in Role:
        may = role in (Role.POLICY, Role.ADMIN)
        one = asker.by(viewer(role))
        assert one.send(DIFFERENCE, {"before": before, "after": after}).codes == (set() if may else {"FORBIDDEN"})
        assert one.send("{ rulebook { refused { at } } }").codes == (set() if may else {"FORBIDDEN"})
        assert one.send("mutation { reloadRulebook { __typename } }").codes == (set() if may else {"FORBIDDEN"})
        assert one.send(VERSIONS).codes == set()


def test_a_damaged_version_is_said_to_be_damaged(two: tuple[Asker, str, str]) -> None:
    asker, before, _ = two
    digest = "f" * 64
    asker.service.store.keep_rulebook(digest, "坏的", b"no zip")
    found = asker.ask(FILES, {"before": before, "after": digest})["rulebookDifference"]
    assert found["__typename"] == "NotFound"
    assert "损坏" in found["message"]


def test_a_version_keeps_its_name_when_the_current_one_has_another(small: Service, rules: Path) -> None:
    small.versions.keep(small.live.in_use.planner, rules)
    record = small.store.rulebook(small.live.in_use.digest)
    assert record is not None
    assert record.name == "试验市"
    assert replace(record, archive=b"") in small.store.rulebooks(PageRequest(5)).rows

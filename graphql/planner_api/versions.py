"""Rulebooks this service has used, kept with all their files; and what is different between two of them.

A kept rulebook is a zip of the rule files of its layers, each in a folder of its layer's name, of the calendar beside them, and of
`layers.txt`, the names of the layers from the ground up. Equal rulebooks make equal zips. What comes out of a zip is not trusted: only rule
files at the places rule files have are written, and no more than a rulebook needs.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from planner import Diagnostic, DiagnosticError, Planner
from planner.compare.effects import ProjectChange, compare_plans
from planner.compare.words import FileChange, compare_files
from planner.project import load_projects
from planner.rulebook.layers import is_scratch, layer_folders
from planner.rulebook.load import calendar_folders, packaged_examples, packaged_rules
from planner_api.recent import Recent

if TYPE_CHECKING:
    from planner_api.store.interface import Store

_LAYERS = "layers.txt"
_CALENDAR = "calendar"
_ENDINGS = (".yaml", ".yml", ".csv")
_PART = re.compile(r"[^\x00-\x1f/\\:*?\"<>|]{1,120}")
_MOST_FILES, _MOST_BYTES = 20_000, 100_000_000
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day a zip can name: its files have no time
_INHERITS = re.compile(r"^继承[ \t]*:.*$", re.MULTILINE)
T = TypeVar("T")


class DamagedArchive(Exception):
    """A kept zip that holds something else than rule files at their places, or more of them than a rulebook has."""


def archive_of(top: Path, digest: str) -> bytes | None:
    """The zip of the rulebook whose top layer is `top`; None when its files are not those `digest` was made of."""
    try:
        layers = _layers(top)
        if digest_of(layers) != digest:
            return None
        # As plans use it: what lies beside the layers goes before what came with the program.
        calendar = {name: data for folder in calendar_folders(top)[:-1] for name, data in _rule_files(folder)}
    except OSError:
        return None
    files = {f"{folder}/{name}": data for folder, inside in [*layers, (_CALENDAR, calendar)] for name, data in inside.items()}
    files[_LAYERS] = "".join(f"{layer}\n" for layer, _ in layers).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


def digest_of_files(top: Path) -> str:
    """The digest that a rulebook loaded now from these files would have; "" when they cannot all be read."""
    try:
        return digest_of(_layers(top))
    except OSError:
        return ""


def _layers(top: Path) -> list[tuple[str, dict[str, bytes]]]:
    """The files of each layer by their names in it, from the ground up. Raises OSError."""
    folders, _ = layer_folders(top, packaged_rules(), [])
    return [(folder.resolve().name, dict(_rule_files(folder))) for folder in folders]


def digest_of(layers: Sequence[tuple[str, Mapping[str, bytes]]]) -> str:
    """The digest a rulebook of these files has (`planner.rulebook.rulebook.Rulebook.digest`)."""
    hashed = hashlib.sha256()
    for layer, files in layers:
        for name, data in sorted(files.items()):
            hashed.update(f"{layer}/{name}\0{hashlib.sha256(data).hexdigest()}\n".encode())
    return hashed.hexdigest()


def _rule_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _ENDINGS and path.is_file() and not is_scratch(path):
            yield path.relative_to(folder).as_posix(), path.read_bytes()


@contextmanager
def unpacked(archive: bytes) -> Iterator[Path]:
    """The top folder of a kept rulebook, for as long as the context lasts. Raises `DamagedArchive`."""
    with tempfile.TemporaryDirectory(prefix="rulebook-") as temporary:
        root = Path(temporary)
        layers = _unpack(archive, root)
        for below, layer in pairwise(layers):
            _lie_on(root / layer / "rulebook.yaml", below)
        yield root / layers[-1]


def _unpack(archive: bytes, root: Path) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            entries = packed.infolist()
            if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
                raise DamagedArchive("more than a rulebook has")
            layers = packed.read(_LAYERS).decode().split("\n")[:-1]
            if not layers or not all(_PART.fullmatch(one) and one not in (".", "..") for one in layers):
                raise DamagedArchive("no layers")
            for entry in entries:
                if entry.filename == _LAYERS:
                    continue
                target = root.joinpath(*_place(entry, layers))
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as file:
                    file.write(packed.read(entry))
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, OSError, NotImplementedError, RuntimeError) as error:
        raise DamagedArchive(str(error)) from error
    return layers


def _place(entry: zipfile.ZipInfo, layers: Sequence[str]) -> tuple[str, ...]:
    """The parts of an entry's path. Raises `DamagedArchive` for one that is no rule file's."""
    # The name as it stands in the zip: `filename` has what the system takes for separators replaced already.
    parts = tuple(entry.orig_filename.split("/"))
    sound = len(parts) > 1 and all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)
    if not sound or parts[0] not in (*layers, _CALENDAR) or PurePosixPath(parts[-1]).suffix not in _ENDINGS:
        raise DamagedArchive(f"no rule file: {entry.orig_filename[:80]!r}")
    return parts


def _lie_on(about: Path, below: str) -> None:
    """Let a layer find the one below beside it: where it lay on this machine, or came with the program, is not where it lies now."""
    if not about.is_file():
        return
    text = about.read_bytes().decode("utf-8", errors="surrogateescape")
    mended = _INHERITS.sub(lambda _: f"继承: ../{below}", text, count=1)
    about.write_bytes(mended.encode("utf-8", errors="surrogateescape"))


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change of rulebooks does to the example projects on a day. `problems`: why it cannot be told; then there are no projects."""

    as_of: datetime.date
    projects: tuple[ProjectChange, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


@dataclass(slots=True)
class Versions:
    """The kept rulebooks of a store, and differences between them worked out before: they never change."""

    store: Store
    _known: Recent[tuple[object, ...], Any] = field(default_factory=lambda: Recent(500))

    def keep(self, planner: Planner, rules: Path | None) -> bool:
        """Keep the rulebook of a planner loaded from the folder `rules` (None: the packaged one).

        False when its files have changed since, so that there is nothing to keep. Raises `StoreUnavailable`.
        """
        book = planner.rulebook
        archive = archive_of(top_of(rules), book.digest)
        if archive is not None:
            self.store.keep_rulebook(book.digest, book.title, archive)
        return archive is not None

    def files(self, before: str, after: str) -> tuple[FileChange, ...] | None:
        """What changed in the files between two digests; None when one of the two is not kept. Raises `DamagedArchive`."""

        def work_out() -> tuple[FileChange, ...] | None:
            old, new = self.store.rulebook(before), self.store.rulebook(after)
            if old is None or new is None:
                return None
            with unpacked(old.archive) as one, unpacked(new.archive) as other:
                return compare_files(one, other)

        return self._remembered(("files", before, after), work_out)

    def effects(self, before: str, after: str, as_of: datetime.date, going_on: Callable[[], None] = lambda: None) -> Effects | None:
        """What the change does to the example projects that come with the program, on a day; None when a rulebook is not kept.

        `going_on` is called before each project, and may raise to stop: what was worked out until then need not be again.
        """

        def work_out() -> Effects | None:
            old, new = self.store.rulebook(before), self.store.rulebook(after)
            if old is None or new is None:
                return None
            planners: list[Planner] = []
            for record in (old, new):
                with unpacked(record.archive) as top:
                    try:
                        planners.append(Planner.from_files(top))
                    except DiagnosticError as error:
                        return Effects(as_of, problems=tuple(_within(top.parent, one) for one in error.diagnostics))
            changes: list[ProjectChange] = []
            for number, (project, _) in enumerate(load_projects(packaged_examples())):
                going_on()
                changes += (
                    self._remembered(
                        ("effect", before, after, as_of, number),
                        partial(compare_plans, planners[0], planners[1], [project], [as_of]),
                    )
                    or ()
                )
            return Effects(as_of, tuple(changes))

        return self._remembered(("effects", before, after, as_of), work_out)

    def _remembered(self, key: tuple[object, ...], work_out: Callable[[], T | None]) -> T | None:
        found: T | None = self._known.get(key)
        if found is None:
            found = work_out()
            if found is not None:  # an unknown digest may be kept later
                self._known.keep(key, found)
        return found


def _within(folder: Path, problem: Diagnostic) -> Diagnostic:
    """The same problem at a place in the rulebook: where it was unpacked is nobody's concern."""
    return replace(problem, file=problem.file.replace(f"{folder}/", ""))


def top_of(rules: Path | None) -> Path:
    """The folder of a rulebook's top layer; None means the packaged one."""
    return packaged_rules() / "anshan" if rules is None else rules

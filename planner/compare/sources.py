"""Where a rulebook to compare comes from: a folder, or a revision of the folder's git history."""

from __future__ import annotations

import contextlib
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from planner.diagnostics import Diagnostic, DiagnosticError


@contextlib.contextmanager
def rulebook_folder(written: str, usual: Path) -> Iterator[Path]:
    """The top folder of the rulebook meant by `written`: a folder, `REVISION`, or `REVISION:folder`.

    A revision is looked up in the git repository of the current folder and unpacked beside nothing else, for as long as the context
    lasts; without a folder it means `usual`. Raises `DiagnosticError` when there is no such folder or revision.
    """
    folder = Path(written)
    if folder.is_dir():
        yield folder
        return
    revision, _, path = written.partition(":")
    with tempfile.TemporaryDirectory(prefix="rules-") as temporary:
        yield _unpacked(written, revision, Path(path) if path else usual, Path(temporary))


def _unpacked(written: str, revision: str, top: Path, into: Path) -> Path:
    if not revision or revision.startswith("-"):
        raise _not_found(written, "既不是文件夹，也不是 git 的版本")
    root = _git(written, Path.cwd(), "rev-parse", "--show-toplevel").decode().strip()
    commit = _git(written, Path.cwd(), "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    try:
        inside = top.resolve().relative_to(Path(root).resolve())
    except ValueError:
        raise _not_found(written, f"规则库“{top}”不在这个 git 仓库里") from None
    archive = into / "tree.tar"
    # The layers below lie beside the top one, so the folder that holds them all is unpacked.
    archive.write_bytes(_git(written, Path(root), "archive", "--format=tar", commit, "--", inside.parent.as_posix()))
    with tarfile.open(archive) as packed:
        packed.extractall(into, filter="data")
    archive.unlink()
    found = into / inside
    if not found.is_dir():
        raise _not_found(written, f"那个版本里没有“{inside.as_posix()}”")
    return found


def _git(written: str, folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _not_found(written, "不是文件夹，而 git 用不了") from error
    if done.returncode != 0:
        raise _not_found(written, "既不是文件夹，也不是 git 的版本")
    return done.stdout


def _not_found(written: str, reason: str) -> DiagnosticError:
    fix = "写规则库的文件夹（rules/anshan），或 git 的版本（HEAD~1、标签、提交号），或“版本:文件夹”"
    return DiagnosticError([Diagnostic("F001", f"“{written}”{reason}", written, help=fix)])

"""Trusted documents: the operations that front-ends were built with, by their SHA-256. With a manifest of them, nothing else runs.

    python -m planner_api.http.trusted FOLDER -o FILE

writes the manifest of a folder's `.graphql` files: a JSON object of each document's text by its digest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from planner.diagnostics import Diagnostic, DiagnosticError

_HELP = "写一个 JSON 清单（python -m planner_api.http.trusted 文件夹 -o 清单），或者一个放 .graphql 文件的文件夹"


def digest(text: str) -> str:
    """What a document is known by: the SHA-256 of its UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_trusted(path: Path) -> Mapping[str, str]:
    """The documents of a manifest or a folder, by digest. Raises `DiagnosticError` with everything that is wrong with them."""
    problems: list[Diagnostic] = []
    try:
        if path.is_dir():
            files = sorted(path.rglob("*.graphql"))
            if not files:
                problems.append(_problem(path, "文件夹里没有 .graphql 文件"))
            texts = [file.read_text(encoding="utf-8") for file in files]
            found = {digest(text): text for text in texts}
        else:
            found = _manifest(path, problems)
    except FileNotFoundError:
        problems.append(_problem(path, "可信操作读不出来：文件不存在"))
    except (OSError, UnicodeError, ValueError, RecursionError) as error:
        problems.append(_problem(path, f"可信操作读不出来：{error}"))
    if problems:
        raise DiagnosticError(problems)
    return found


def _manifest(path: Path, problems: list[Diagnostic]) -> dict[str, str]:
    decoded = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(decoded, dict) or not decoded:
        problems.append(_problem(path, "清单要写成 {SHA-256: 文档}"))
        return {}
    found: dict[str, str] = {}
    for key, text in decoded.items():
        name = key.removeprefix("sha256:").lower()
        if not isinstance(text, str) or digest(text) != name:
            problems.append(_problem(path, f"“{key[:80]}”不是它后面文档的 SHA-256"))
        else:
            found[name] = text
    return found


def _problem(path: Path, message: str) -> Diagnostic:
    return Diagnostic("L706", message, help=_HELP, file=str(path))


def main(arguments: list[str] | None = None) -> int:
    """Write a folder's manifest."""
    parser = argparse.ArgumentParser(prog="python -m planner_api.http.trusted", description="写可信操作的清单")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="放 .graphql 文件的文件夹")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="写到这个文件；不写就打印出来")
    given = parser.parse_args(arguments)
    try:
        found = read_trusted(given.folder)
        text = json.dumps(dict(sorted(found.items())), ensure_ascii=False, indent=2) + "\n"
        if given.output is None:
            print(text, end="")
        else:
            given.output.write_text(text, encoding="utf-8")
            print(f"已写入 {given.output}：{len(found)} 个文档")
    except DiagnosticError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(DiagnosticError([Diagnostic("L704", f"清单写不进去：{error.strerror}", field=str(given.output))]), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

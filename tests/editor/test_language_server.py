"""Rule files in an editor: the real yaml-language-server completes, explains and checks them from the project's own schemas."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.rulebook.load import load_rulebook
from planner.rulebook.schema import schema_files

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SERVER = HERE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


class Editor:
    """An editor with one window: what it shows of the file that is open."""

    def __init__(self, folder: Path) -> None:
        node = shutil.which("node") or str(Path(sysconfig.get_path("scripts")) / "node")
        assert SERVER.exists(), "run `make setup-dev`: it installs the language server"
        self.folder = folder
        self._server = subprocess.Popen([node, str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._next = 0
        self._shown: dict[str, list[dict[str, Any]]] = {}
        self.ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities={})
        self._send(method="initialized", params={})
        settings = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}
        self._send(method="workspace/didChangeConfiguration", params={"settings": settings})

    def close(self) -> None:
        self._server.kill()
        self._server.communicate()

    def open(self, path: Path) -> list[dict[str, Any]]:
        """Open a file and wait for its squiggles."""
        uri = path.as_uri()
        text = path.read_text("utf-8")
        self._shown.pop(uri, None)
        self._send(
            method="textDocument/didOpen", params={"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}
        )
        while uri not in self._shown:
            self._hear()
        return self._shown[uri]

    def hover(self, path: Path, word: str) -> str:
        found = self.ask("textDocument/hover", textDocument={"uri": path.as_uri()}, position=self._place(path, word))
        return str(found["contents"]["value"]) if found else ""

    def complete(self, path: Path, after: str) -> list[str]:
        before = path.read_text("utf-8").partition(after)[0] + after
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        found = self.ask("textDocument/completion", textDocument={"uri": path.as_uri()}, position=place)
        return [item["label"] for item in found["items"]]

    @staticmethod
    def _place(path: Path, word: str) -> dict[str, int]:
        before = path.read_text("utf-8").partition(word)[0]
        return {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}

    def ask(self, method: str, **params: Any) -> Any:
        self._next += 1
        number = self._next
        self._send(id=number, method=method, params=params)
        while True:
            heard = self._hear()
            if heard.get("id") == number and "method" not in heard:
                assert "error" not in heard, heard
                return heard["result"]

    def _send(self, **message: Any) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._server.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._server.stdout is not None
        length = 0
        while (line := self._server.stdout.readline()).strip():
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        assert length, "the language server went away"
        heard: dict[str, Any] = json.loads(self._server.stdout.read(length))
        if "id" in heard and "method" in heard:  # the server asks something: nothing is configured
            answer = [None] * len(heard["params"].get("items", [])) if heard["method"] == "workspace/configuration" else None
            self._send(id=heard["id"], result=answer)
        if heard.get("method") == "textDocument/publishDiagnostics":
            self._shown[heard["params"]["uri"]] = heard["params"]["diagnostics"]
        return heard


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the rules with their schemas made, as `make` leaves them."""
    copy = tmp_path_factory.mktemp("office") / "rules"
    shutil.copytree(ROOT / "rules", copy, ignore=shutil.ignore_patterns("schema"))
    book, _ = load_rulebook(copy / "anshan")
    (copy / "schema").mkdir()
    for name, text in schema_files(book).items():
        (copy / "schema" / name).write_text(text, "utf-8")
    return copy


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[Editor]:
    opened = Editor(folder)
    yield opened
    opened.close()


def test_every_shipped_rule_file_is_clean(editor: Editor, folder: Path) -> None:
    """The schema knows every key in use: an editor full of false squiggles teaches officers to ignore them."""
    wrong = {}
    for path in sorted(folder.rglob("*.yaml")):
        if found := editor.open(path):
            wrong[path.relative_to(folder).as_posix()] = [(d["range"]["start"]["line"] + 1, d["message"]) for d in found[:3]]
    assert wrong == {}


@pytest.fixture
def broken(folder: Path) -> Iterator[Path]:
    path = folder / "national" / "approvals" / "broken.yaml"
    path.write_text(
        "# yaml-language-server: $schema=../../schema/approval.json\n"
        "代码: broken\n名称: 试验\n种类: 许可\n阶段: 施工许可\n职能: 住房城乡建设\n结果: 证\n"
        "适用:\n  - 名称: 甲\n    条件: 一律\n法定时限:\n  - 期限: 二十天\n",
        "utf-8",
    )
    yield path
    path.unlink()


def test_mistakes_are_underlined_where_they_stand(editor: Editor, broken: Path) -> None:
    lines = {d["range"]["start"]["line"] + 1 for d in editor.open(broken)}
    assert {4, 10, 12} <= lines, "种类 not in the list, unknown key 条件, and a limit that is none"


def test_keys_are_explained_in_chinese(editor: Editor, folder: Path) -> None:
    path = folder / "national" / "approvals" / "soil_report.yaml"
    editor.open(path)
    assert "登记" in editor.hover(path, "职能")
    assert "核过" in editor.hover(path, "核验")


def test_keys_values_and_facts_are_offered(editor: Editor, folder: Path) -> None:
    path = folder / "national" / "approvals" / "typing.yaml"
    path.write_text(
        "# yaml-language-server: $schema=../../schema/approval.json\n代码: typing\n种类: \n适用:\n  - 名称: 甲\n    当:\n      \n",
        "utf-8",
    )
    editor.open(path)
    assert {"行政许可", "行政备案", "公用服务"} <= set(editor.complete(path, "种类: "))
    assert {"扰动面积", "总投资", "任一"} <= set(editor.complete(path, "    当:\n      "))
    path.unlink()

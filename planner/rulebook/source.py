"""Reading rule files as policy staff save them: any of three encodings, with the line and column of every value.

`read_text` decodes UTF-8 (with or without BOM) and GB18030. `read_yaml` parses one YAML document into plain data whose scalars stay
as written (a number is text, so nothing passes through binary floats) beside a `Positions` map from a value's path to its place.
All problems of a file come back as diagnostics; a file that cannot be parsed at all yields no data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from planner.diagnostics import Diagnostic

Path_: TypeAlias = tuple[str | int, ...]
MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 200_000

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Positions:
    """Where each value of a parsed document stands: line and column from 1. A missing path falls back to its nearest parent."""

    file: str
    places: Mapping[Path_, tuple[int, int]]
    keys: Mapping[Path_, tuple[int, int]]

    def of(self, path: Path_, *, key: bool = False) -> tuple[int, int]:
        """Place of the value at `path`, or of its key in the enclosing mapping with `key=True`."""
        if key and path in self.keys:
            return self.keys[path]
        while path:
            if path in self.places:
                return self.places[path]
            path = path[:-1]
        return self.places.get((), (1, 1))

    def diagnostic(self, code: str, message: str, path: Path_, help: str = "", *, key: bool = False) -> Diagnostic:
        """A diagnostic at the place of `path`."""
        line, column = self.of(path, key=key)
        return Diagnostic(code, message, self.file, line, column, help)


def read_text(path: Path, shown: str) -> tuple[str | None, list[Diagnostic]]:
    """The text of a file, or None with the reason. `shown` is the name to print for it."""
    try:
        if path.is_dir():
            return None, [Diagnostic("F001", "这是文件夹，不是文件", shown)]
        if path.stat().st_size > MAX_BYTES:
            return None, [Diagnostic("F009", f"文件超过 {MAX_BYTES // 1024 // 1024} MB，不读", shown)]
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (
            "文件不存在" if isinstance(error, FileNotFoundError) else f"文件打不开：{getattr(error, 'strerror', None) or error}"
        )
        return None, [Diagnostic("F001", reason, shown, help="检查路径和文件名")]
    return decode(data, shown)


def decode(data: bytes, shown: str) -> tuple[str | None, list[Diagnostic]]:
    """Bytes as text: UTF-8 with or without BOM, UTF-16 with BOM (as spreadsheets save "Unicode text"), else GB18030."""
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text.replace("\r\n", "\n").replace("\r", "\n"), []
    return None, [Diagnostic("F002", "文件不是文本，或编码无法识别", shown, help="用 UTF-8 或 GB18030（GBK）重新保存")]


_FULL_WIDTH = {"：": ":", "，": ",", "［": "[", "］": "]", "｛": "{", "｝": "}", "－": "-", "＃": "#", "【": "[", "】": "]"}


def read_yaml(path: Path, shown: str) -> tuple[Any, Positions, list[Diagnostic]]:
    """Parse the YAML mapping in a file. The data is None when there are errors that leave nothing to look at."""
    text, problems = read_text(path, shown)
    empty = Positions(shown, {}, {})
    if text is None:
        return None, empty, problems
    return parse_yaml(text, shown)


def parse_yaml(text: str, shown: str) -> tuple[Any, Positions, list[Diagnostic]]:
    """Like `read_yaml`, for text in hand."""
    empty = Positions(shown, {}, {})
    problems = _tabs(text, shown)
    if problems:
        return None, empty, problems
    try:
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        return None, empty, _syntax_problem(error, text, shown)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, empty, [Diagnostic("F003", f"YAML 读不懂：{error}", shown, help="检查是否混入了不可见字符")]
    if node is None:
        return None, empty, [Diagnostic("F007", "文件是空的", shown, 1, 1)]
    builder = _Builder(shown, text)
    data = builder.build(node, (), 0)
    positions = Positions(shown, builder.places, builder.keys)
    if not isinstance(data, dict):
        mark = node.start_mark
        wide = _full_width_problem(text, mark.line, shown)
        builder.problems.append(
            wide
            or Diagnostic("F007", "文件顶层应当是“键: 值”的映射", shown, mark.line + 1, mark.column + 1, "第一行写成“代码: …”这样")
        )
        return None, positions, builder.problems
    return data, positions, builder.problems


def _tabs(text: str, shown: str) -> list[Diagnostic]:
    return [
        Diagnostic("F004", "缩进里有制表符（Tab）", shown, number, line.index("\t") + 1, "把 Tab 换成空格（每级两个）")
        for number, line in enumerate(text.split("\n"), 1)
        if "\t" in line[: len(line) - len(line.lstrip())]
    ]


def _full_width_problem(text: str, line_index: int, shown: str) -> Diagnostic | None:
    lines = text.split("\n")
    for index in (line_index, line_index - 1):
        if 0 <= index < len(lines):
            bare = lines[index].split("#")[0]
            # A key followed by a full-width colon and no half-width one is the commonest slip of a Chinese keyboard.
            found = re.match(r"\s*(?:-\s*)?([^：:\"'“”\s]{1,20})(：)", bare)
            if found:
                return Diagnostic(
                    "F005", f"“{found.group(1)}”后面是全角冒号“：”", shown, index + 1, found.start(2) + 1, "改成半角冒号加空格“: ”"
                )
            for column, character in enumerate(bare):
                if character in "［］｛｝＃":
                    return Diagnostic(
                        "F005", f"全角标点“{character}”", shown, index + 1, column + 1, f"改成半角“{_FULL_WIDTH[character]}”"
                    )
    return None


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, shown: str) -> list[Diagnostic]:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    column = mark.column if mark else 0
    for index in (line, line - 1, error.context_mark.line if error.context_mark else line):
        wide = _full_width_problem(text, index, shown)
        if wide:
            return [wide]
    problem = error.problem or "语法错误"
    translated = {
        "mapping values are not allowed": "这里不能再出现“: ”（上一行是不是少了换行或引号？）",
        "could not find expected ':'": "这一行或上一行缺少冒号“: ”",
        "did not find expected key": "缩进不一致，或前一行没有写完",
        "did not find expected '-' indicator": "清单的缩进不一致，或前一项没有写完",
        "found unexpected end of stream": "引号没有成对",
        "did not find expected ',' or ']'": "方括号没有成对，或缺少逗号",
        "did not find expected ',' or '}'": "花括号没有成对，或缺少逗号",
        "found character that cannot start any token": "这个字符不能放在值的开头",
        "found undefined alias": "以 * 开头的内容要加引号",
        "expected a single document": "一个文件里只能有一份内容，去掉“---”",
        "block sequence entries are not allowed": "“- ”不能写在这里：清单要另起一行",
        "control characters are not allowed": "混入了不可见的控制字符",
    }
    for english, chinese in translated.items():
        if english in problem or english in (error.context or ""):
            return [Diagnostic("F003", chinese, shown, line + 1, column + 1, "对照同类文件检查这一行和上一行的缩进、冒号、引号")]
    return [
        Diagnostic("F003", f"YAML 语法错误（{problem}）", shown, line + 1, column + 1, "对照同类文件检查这一行的缩进、冒号、引号")
    ]


class _Builder:
    """Turns a YAML node tree into plain data and remembers where everything stood."""

    def __init__(self, shown: str, text: str) -> None:
        self.shown = shown
        self.text = text
        self.places: dict[Path_, tuple[int, int]] = {}
        self.keys: dict[Path_, tuple[int, int]] = {}
        self.problems: list[Diagnostic] = []
        self.nodes = 0
        self.refused = False

    def build(self, node: yaml.Node, path: Path_, depth: int) -> Any:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.places[path] = place
        self.nodes += 1
        # Aliases let a small text describe an exponentially large (or endless) document; depth and count both have an end.
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            if not self.refused:
                self.refused = True
                self.problems.append(Diagnostic("F009", f"嵌套超过 {MAX_DEPTH} 层，或内容多得不合理", self.shown, *place))
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index), depth + 1) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path_, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Diagnostic("F003", "键必须是一个词", self.shown, line, column, "检查是否少写了引号"))
                continue
            key = key_node.value
            if key in data:
                first = self.keys[(*path, key)][0]
                self.problems.append(
                    Diagnostic("F006", f"键“{key}”写了两次（第一次在第 {first} 行）", self.shown, line, column, "删去一处")
                )
                continue
            self.keys[(*path, key)] = (line, column)
            data[key] = self.build(value_node, (*path, key), depth + 1)
        return data

    def _scalar(self, node: yaml.Node) -> Any:
        if getattr(node, "style", None) in ("'", '"', "|", ">"):
            return node.value
        if node.tag == "tag:yaml.org,2002:null":
            return None
        if node.tag == "tag:yaml.org,2002:bool" and node.value.lower() in ("true", "false"):
            return node.value.lower() == "true"
        return node.value

"""Reading rule files as policy staff save them: any of three encodings, with the line and column of every value.

`read_text` decodes UTF-8 (with or without BOM) and GB18030. `read_yaml` parses one YAML document into plain data whose scalars stay
as written (a number is text, so nothing passes through binary floats) beside a `Positions` map from a value's path to its place.
All problems of a file come back as diagnostics; a file that cannot be parsed at all yields no data.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from planner.diagnostics import Diagnostic
from planner.rulebook.damage import conflicts, cut_bytes
from planner.rulebook.slips import slip, syntax_problem

Path_: TypeAlias = tuple[str | int, ...]
MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 40
MAX_UNCHECKED_DEPTH = 800
MAX_NODES = 200_000

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Cropped(Mapping[Path_, tuple[int, int]]):
    """The places below `prefix`, without it. Looked up when asked for: a long list has many items, few of them asked about."""

    def __init__(self, places: Mapping[Path_, tuple[int, int]], prefix: Path_) -> None:
        self._places = places
        self._prefix = prefix

    def __getitem__(self, path: Path_) -> tuple[int, int]:
        return self._places[(*self._prefix, *path)]

    def __iter__(self) -> Iterator[Path_]:
        cut = len(self._prefix)
        return (path[cut:] for path in self._places if path[:cut] == self._prefix)

    def __len__(self) -> int:
        return sum(1 for _ in self)


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

    def below(self, prefix: Path_) -> Positions:
        """The positions of one part, addressed as if it were the whole document."""
        return Positions(self.file, _Cropped(self.places, prefix), _Cropped(self.keys, prefix))

    def diagnostic(self, code: str, message: str, path: Path_, help: str = "", *, key: bool = False) -> Diagnostic:
        """A diagnostic at the place of `path`."""
        line, column = self.of(path, key=key)
        return Diagnostic(code, message, self.file, line, column, help)


def read_text(path: Path, shown: str) -> tuple[str | None, list[Diagnostic]]:
    """The text of a file, or None with the reason. `shown` is the name to print for it."""
    try:
        if path.is_dir():
            return None, [Diagnostic("F001", "这是文件夹，不是文件", shown)]
        if not stat.S_ISREG(path.stat().st_mode):
            return None, [Diagnostic("F001", "这不是普通文件（设备或管道），不读", shown, help="检查路径和文件名")]
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            return None, [Diagnostic("F009", f"文件超过 {MAX_BYTES // 1024 // 1024} MB，不读", shown, help="核对是不是选错了文件")]
    except (OSError, ValueError) as error:
        reason = (
            "文件不存在" if isinstance(error, FileNotFoundError) else f"文件打不开：{getattr(error, 'strerror', None) or error}"
        )
        return None, [Diagnostic("F001", reason, shown, help="检查路径和文件名")]
    text, problems = decode(data, shown)
    unmerged = [] if text is None else conflicts(text, shown)
    return (None, unmerged) if unmerged else (text, problems)


def decode(data: bytes, shown: str) -> tuple[str | None, list[Diagnostic]]:
    """Bytes as text: UTF-8 with or without BOM, UTF-16 with BOM (as spreadsheets save "Unicode text"), else GB18030."""
    cut = cut_bytes(data, shown)
    if cut is not None and _mostly_utf8(data):
        return None, [cut]
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding == "utf-8-sig" and _mostly_utf8(data):
                line = data.count(b"\n", 0, error.start) + 1
                message = "文件是 UTF-8 编码，但这一行有坏字节（可能是从别的编码复制来的，或文件不完整）"
                return None, [Diagnostic("F002", message, shown, line, 1, "重新输入这一行，用 UTF-8 保存")]
            continue
        if "\x00" in text:
            break
        return text.replace("\r\n", "\n").replace("\r", "\n"), []
    return None, [Diagnostic("F002", "文件不是文本，或编码无法识别", shown, help="用 UTF-8 或 GB18030（GBK）重新保存")]


def _mostly_utf8(data: bytes) -> bool:
    # Chinese text in GB18030 almost never holds a valid UTF-8 sequence, so a file where most are valid is a damaged UTF-8 file:
    # read as GB18030 it would turn into nonsense words, each reported as a mistake of its own.
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    return sum(character > "\u07ff" for character in text) - bad > 2 * bad


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
    problems = _bad_characters(text, shown) or _bad_indentation(text, shown)
    if problems:
        return None, empty, problems
    try:
        deep = _too_deep(text)
        if deep is not None:
            return None, empty, [_refusal(shown, deep)]
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        return None, empty, [syntax_problem(error, text, shown)]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, empty, [Diagnostic("F003", f"YAML 读不懂：{error}", shown, help="检查是否混入了不可见字符")]
    if node is None:
        return None, empty, [Diagnostic("F007", "文件是空的", shown, 1, 1, "不需要这个文件就删去")]
    builder = _Builder(shown)
    data = builder.build(node, (), 0)
    positions = Positions(shown, builder.places, builder.keys)
    if builder.refused:
        return None, positions, builder.problems
    if not isinstance(data, dict):
        line, column = positions.of(())
        builder.problems.append(
            slip(text, line - 1, shown)
            or Diagnostic("F007", "文件顶层应当是“键: 值”的映射", shown, line, column, "第一行写成“代码: …”这样")
        )
        return None, positions, builder.problems
    return data, positions, builder.problems


# What YAML forbids, and the line separators of word processors, which YAML takes for line ends and nobody sees.
_UNSEEN = re.compile(f"{yaml.reader.Reader.NON_PRINTABLE.pattern}|[\x85\u2028\u2029]")


def _bad_characters(text: str, shown: str) -> list[Diagnostic]:
    found = _UNSEEN.search(text)
    if not found:
        return []
    line = text.count("\n", 0, found.start()) + 1
    column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
    message = f"混入了不可见的字符（U+{ord(found.group()):04X}）"
    return [Diagnostic("F003", message, shown, line, column, "删去这个字符，重新输入这一行")]


# Wide blanks before a paragraph inside a block of text are prose; before a key or a list item they are a slip of the keyboard.
_SUSPECT = re.compile(r"[\t\u3000\xa0\u200b\u2003]")
_WIDE_INDENT = re.compile(r"[ ]*([\u3000\xa0\u200b\u2003]\s*)(-\s|[^\s:：]+[:：])")


def _bad_indentation(text: str, shown: str) -> list[Diagnostic]:
    problems: list[Diagnostic] = []
    if not _SUSPECT.search(text):
        return problems
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.lstrip()
        if "\t" in line[: len(line) - len(stripped)] and stripped:
            column = line.index("\t") + 1
            problems.append(Diagnostic("F004", "缩进里有制表符（Tab）", shown, number, column, "把 Tab 换成空格（每级两个）"))
        else:
            wide = _WIDE_INDENT.match(line)
            if wide:
                column = wide.start(1) + 1
                problems.append(Diagnostic("F005", "缩进里有全角空格", shown, number, column, "换成半角空格（每级两个）"))
    return problems


def _too_deep(text: str) -> tuple[int, int] | None:
    """Place where the nesting passes `MAX_DEPTH`, or None.

    Composing recurses in C, where no limit of Python's holds, so a deep text has to be refused before. Events come one by one.
    """
    brackets = text.count("[") + text.count("{")
    indentation = max((len(found.group()) for found in re.finditer(r"^[ \-?]+", text, re.MULTILINE)), default=0)
    if brackets + indentation <= MAX_UNCHECKED_DEPTH:
        return None
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                mark = event.start_mark
                return (mark.line + 1, mark.column + 1) if mark else (1, 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _refusal(shown: str, place: tuple[int, int]) -> Diagnostic:
    return Diagnostic(
        "F009", f"嵌套超过 {MAX_DEPTH} 层，或内容多得不合理", shown, *place, "一份规则文件用不到这么多层，检查括号和缩进"
    )


_JOINED_PAIR = re.compile(r"([^：\s]+)(：)\s*(.*)")


_WIDE = r"[\u3000-\u9fff\uff00-\uffef“”‘’…—·]"
_FOLDED = re.compile(f"(?<={_WIDE}) (?={_WIDE})")


class _Builder:
    """Turns a YAML node tree into plain data and remembers where everything stood."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
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
                self.problems.append(_refusal(self.shown, place))
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
            joined = _JOINED_PAIR.fullmatch(key) if not key_node.style and value_node.value == "" else None
            if joined:
                # `{文件：水法}` is a key without a value to YAML. Read on as it was meant, so that nothing else is reported for it.
                fix = "改成半角冒号加空格“: ”"
                at = column + joined.start(2)
                self.problems.append(Diagnostic("F005", f"“{joined[1]}”后面是全角冒号“：”", self.shown, line, at, fix))
                key = joined[1]
                value_node = yaml.ScalarNode("tag:yaml.org,2002:str", joined[3], key_node.start_mark, key_node.end_mark)
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
        style = getattr(node, "style", None)
        if style != "|" and node.start_mark.line != node.end_mark.line:
            # YAML folds a line break into a space; between Chinese characters there is none to write.
            node.value = _FOLDED.sub("", node.value)
        if style in ("'", '"', "|", ">"):
            return node.value
        if node.tag == "tag:yaml.org,2002:null":
            return None
        if node.tag == "tag:yaml.org,2002:bool" and node.value.lower() in ("true", "false"):
            return node.value.lower() == "true"
        return node.value

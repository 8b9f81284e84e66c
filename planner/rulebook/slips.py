"""What a YAML parser's complaint most likely means: the slips of people who type Chinese and think of rules, not of syntax.

A parser reports where it gave up; the mistake often stands on the line before, or where a bracket or quotation mark was opened.
"""

from __future__ import annotations

import re

import yaml

from planner.diagnostics import Diagnostic

HALF_WIDTH = {"：": ":", "，": ",", "［": "[", "］": "]", "｛": "{", "｝": "}", "【": "[", "】": "]", "＃": "#", "－": "-"}

_KEY = r"\s*(?:-\s+)*(?:[\[{]\s*)*"
_WIDE_COLON = re.compile(_KEY + r"([^：:\"'“”\s]{1,20})(：)")
_WIDE_SPACE = re.compile(_KEY + r"([^：:\"'“”\s]{1,20}:)([\u3000\xa0])")
_NO_SPACE = re.compile(_KEY + r"([^：:\"'“”\s/]{1,20})(:)[^\s:/]")
_BARE_COMPARISON = re.compile(_KEY + r"[^：:\"'\s]{1,20}:\s+(>=?)\s*[0-9０-９]")
_BARE_INTERVAL = re.compile(_KEY + r"[^：:\"'\s]{1,20}:\s+([\[(][^\[\]()]*(?:\.\.|…|～|~)[^\[\]()]*[\])])")
_COLON_IN_VALUE = re.compile(_KEY + r"[^：:\"'\s]{1,20}:\s+[^\[{\"'\s][^:]*(:)\s")


def slip(text: str, line_index: int, shown: str) -> Diagnostic | None:
    """The slip that line `line_index` (from 0) shows, or None."""
    lines = text.split("\n")
    if not 0 <= line_index < len(lines):
        return None
    line = re.sub(r"(^|\s)#.*", "", lines[line_index])

    def found(code: str, message: str, column: int, help: str) -> Diagnostic:
        return Diagnostic(code, message, shown, line_index + 1, column + 1, help)

    if match := _WIDE_COLON.match(line):
        return found("F005", f"“{match[1]}”后面是全角冒号“：”", match.start(2), "改成半角冒号加空格“: ”")
    if match := _WIDE_SPACE.match(line):
        return found("F005", f"“{match[1]}”后面是全角空格", match.start(2), "改成半角空格")
    if match := _BARE_COMPARISON.match(line):
        return found("F003", f"以“{match[1]}”开头的测试要加引号", match.start(1), "写成“≥ …”，或整个加上半角引号")
    if match := _BARE_INTERVAL.match(line):
        return found("F003", f"区间“{match[1]}”要加引号", match.start(1), "连单位一起加上半角引号，如 '[0.5..5) 公顷'")
    for column, character in enumerate(line):
        if character in "［］｛｝＃【】" or (character == "，" and _inside_brackets(line[:column])):
            return found("F005", f"全角标点“{character}”", column, f"改成半角“{HALF_WIDTH[character]}”")
    if match := _NO_SPACE.match(line):
        return found("F003", f"“{match[1]}:”后面少了空格", match.start(2), "冒号后面加一个空格")
    return None


_OPENING_QUOTE = re.compile(_KEY + r"(?:[^：:\"'\s]{1,20}:\s+)?(?:[\[{]\s*)*([\"'])")


def _unclosed_quote(text: str, before: int) -> tuple[int, int] | None:
    """Place of a value before line `before` that opens a quotation mark and does not close it on its line, or None."""
    for index, line in reversed(list(enumerate(text.split("\n")[:before]))):
        match = _OPENING_QUOTE.match(line)
        if match and match[1] not in line[match.end() :]:
            return index, match.start(1)
    return None


def _inside_brackets(before: str) -> bool:
    return before.count("[") + before.count("{") > before.count("]") + before.count("}")


_MEANINGS: tuple[tuple[str, str, str], ...] = (
    # what the parser says; what it means; whether the mistake stands where the parser stopped or where the thing began
    ("could not find expected ':'", "这一行缺少冒号“: ”", "began"),
    ("found unexpected end of stream", "引号没有成对", "began"),
    ("did not find expected ',' or ']'", "方括号没有成对，或缺少逗号", "began"),
    ("did not find expected ',' or '}'", "花括号没有成对，或缺少逗号", "began"),
    ("did not find expected node content", "括号没有成对，或逗号后面缺少内容", "began"),
    ("did not find expected '-' indicator", "清单的缩进不一致，或前一项没有写完", "stopped"),
    ("did not find expected key", "缩进不一致，或前一行没有写完", "stopped"),
    ("found character that cannot start any token", "这个字符不能放在值的开头，值要加引号", "stopped"),
    ("found undefined alias", "以 * 开头的内容要加引号", "stopped"),
    ("expected a single document", "一个文件里只能有一份内容，去掉“---”", "stopped"),
    ("but found another document", "一个文件里只能有一份内容，去掉“---”", "stopped"),
    ("block sequence entries are not allowed", "“- ”不能写在这里：清单要另起一行", "stopped"),
    ("did not find expected comment or line break", "以“>”或“|”开头的内容要加引号", "stopped"),
    ("did not find expected alphabetic or numeric character", "以“*”或“&”开头的内容要加引号", "stopped"),
)


def syntax_problem(error: yaml.MarkedYAMLError, text: str, shown: str) -> Diagnostic:
    """A parser's error as the mistake it most likely is, where it most likely stands."""
    stopped = error.problem_mark or error.context_mark
    began = error.context_mark or stopped
    line, column = (stopped.line, stopped.column) if stopped else (0, 0)
    start = (began.line, began.column) if began else (0, 0)
    for index in dict.fromkeys((line, line - 1, start[0])):
        likely = slip(text, index, shown)
        if likely:
            return likely
    opened = _unclosed_quote(text, line)
    if opened is not None:
        return Diagnostic("F003", "引号没有成对", shown, opened[0] + 1, opened[1] + 1, "在这一行的末尾补上引号")
    said = f"{error.problem or ''} {error.context or ''}"
    fix = "对照同类文件检查这一行和上一行的缩进、冒号、引号"
    if "mapping values are not allowed" in said:
        source = text.split("\n")[line] if line < len(text.split("\n")) else ""
        if match := _COLON_IN_VALUE.match(source):
            message = "值里有半角冒号“: ”，整个值要加引号"
            return Diagnostic("F003", message, shown, line + 1, match.start(1) + 1, "值的两头加上半角引号，或改用全角冒号")
        return Diagnostic("F003", "这里不能再出现“: ”：这一行缩进多了，或上一行没有写完", shown, line + 1, column + 1, fix)
    for english, chinese, where in _MEANINGS:
        if english in said:
            at = start if where == "began" else (line, column)
            return Diagnostic("F003", chinese, shown, at[0] + 1, at[1] + 1, fix)
    return Diagnostic("F003", f"YAML 语法错误（{error.problem or '读不懂'}）", shown, line + 1, column + 1, fix)

"""Mistakes as values: what is wrong, where, and how to put it right.

A problem in a rule file, a table, a project file or a command line is a `Diagnostic`. Whoever finds problems collects all of
them; `DiagnosticError` carries the list to the face (command line, GraphQL, library caller) that shows them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Severity(Enum):
    """How grave a diagnostic is. An ERROR stops the rulebook or project from being used; a WARNING does not."""

    ERROR = "error"
    WARNING = "warning"


CODES: dict[str, str] = {
    # -- files ------------------------------------------------------------------------------------------------------
    "F001": "文件打不开或不存在",
    "F002": "文件的字符编码无法识别（能读 UTF-8、带 BOM 的 UTF-8 和 GB18030）",
    "F003": "YAML 语法错误",
    "F004": "YAML 缩进用了制表符（Tab）",
    "F005": "用了全角标点（冒号、引号、括号等），YAML 只认半角",
    "F006": "同一个映射里键写了两次",
    "F007": "文件内容的顶层结构不对（应为映射）或文件为空",
    "F008": "文件不是所要的格式（如 JSON 语法错误）",
    "F009": "文件过大或嵌套过深，拒绝读取",
    "F010": "规则库里有文件没有被读到",
    "F011": "场景文件读不懂，或者其中的步骤不能照做",
    # -- structure ---------------------------------------------------------------------------------------------------
    "S101": "不认识的键",
    "S102": "缺少必填的键",
    "S103": "值的类型或写法不对",
    "S104": "值不在允许的清单里",
    "S105": "日期写法不对（应为 YYYY-MM-DD）",
    "S106": "期限写法不对（应为“数字 工作日”“数字 日”或“当场”）",
    # -- vocabulary, conditions ----------------------------------------------------------------------------------------
    "V201": "不认识的事实",
    "V202": "不认识的单位",
    "V203": "单位与事实的量纲不符",
    "V204": "取值不在事实的清单里",
    "V205": "测试写法与事实的类型不符",
    "V206": "数值写法不对",
    "V207": "数值超出事实的范围",
    "V208": "同一事实定义或给出了两次",
    "V209": "条件的结构不对",
    "V210": "不带单位的数值：事实有单位，规则里必须写明",
    "V211": "区间是空的（下限大于上限）",
    "V212": "派生事实不能直接给定",
    "V213": "不认识的参数：先在 parameters.yaml 登记",
    # -- rulebook ----------------------------------------------------------------------------------------------------
    "R301": "审批事项代码重复",
    "R302": "文件名与其中的代码不一致",
    "R303": "不认识的审批事项代码",
    "R304": "不认识的卡点或节点",
    "R305": "前置关系没有依据：没有法律依据的事项一律并联",
    "R306": "前置关系成环",
    "R307": "同名的规则、时限或表行，有效期重叠",
    "R308": "失效日期不晚于生效日期",
    "R309": "承诺时限长于法定时限，或短于法定的最短间隔；延长写得不通",
    "R310": "下层文件改动了不归它定的内容（法定义务、条件、法定时限等）",
    "R311": "规则、时限没有依据",
    "R312": "不认识的法规文件：先在 laws.yaml 登记",
    "R313": "不认识的职能：先在 departments.yaml 登记",
    "R314": "继承的下层规则库找不到或成环",
    "R315": "没有适用规则：事项永远不会出现",
    "R316": "卡点被改严：下层文件只能放宽",
    "R317": "后补材料、代替的材料在该事项里不存在，或不是次要材料；路线写了别的方式的内容",
    "R318": "派生事实之间互相引用成环，或没有表给出它",
    "R320": "规则太大，推理引擎装不下",
    "R321": "规则库试运行没有通过：推理引擎崩溃、超时或答错",
    "R322": "清单里的事项没有文件，或规则库里没有任何事项",
    "R323": "参数没有被用到",
    # -- tables ------------------------------------------------------------------------------------------------------
    "T401": "决策表的表头有误",
    "T402": "决策表的行列数不符",
    "T403": "决策表的结果不在清单里",
    "T404": "决策表的命中策略有误",
    "T405": "决策表缺少文件（.csv 与 .yaml 必须成对）",
    "T406": "决策表行号重复",
    "T407": "决策表没有任何行",
    "T408": "表格软件改坏的单元格（科学计数、日期样式）",
    # -- calendar ----------------------------------------------------------------------------------------------------
    "C501": "节假日文件的年份与文件名不符，或日期不在该年",
    "C502": "节假日文件里同一天既放假又上班，或写了两次",
    "C503": "调休上班日本来就是工作日，或放假的周末没有意义",
    "C504": "节假日文件漏了法定节日，或放假与调休的天数对不上",
    # -- checks before use -------------------------------------------------------------------------------------------
    "K801": "两个人的修改有冲突，合并标记还留在文件里",
    "K802": "文件没有存完整（结尾断了）",
    "K803": "规则库没有通过检查，不能使用",
    "K811": "用不到的事实",
    "K812": "永远不成立的条件",
    "K813": "重复或被包住的规则",
    "K814": "起不了作用的表行",
    "K815": "结果相互矛盾的表行",
    "K816": "决策表没有覆盖到的情形",
    "K817": "成对的门槛接不上",
    "K818": "会同时适用的不同说法",
    "K819": "时间上的空档或重叠",
    "K820": "有项目使前置关系成环",
    "K821": "承诺时限长于法定时限",
    "K822": "上层文件动了不归它定的内容",
    "K823": "没有依据的先后或义务",
    "K824": "没有依据的材料、路线、容缺、承诺、有效期、告知、参数、通道、联合办理或总时限",
    "K825": "依据的法规不在有效期内",
    "K826": "到期没有复核",
    "K827": "文件名与代码不一致",
    "K828": "应有的事项缺文件，或没有列进清单",
    "K829": "表格软件改坏的单元格",
    "K830": "推理引擎试运行没有通过",
    "K831": "没有场景的规则、表行或门槛",
    "K832": "没有人能走的路线",
    # -- project -----------------------------------------------------------------------------------------------------
    "P601": "项目文件里不认识的键",
    "P602": "项目文件里同一事实给了两次（代码与名称各一次）",
    "P603": "项目没有名称",
    "P604": "时长的写法不对，或步骤代码不认识",
    "P605": "日期超出能计算的范围",
    # -- command line ------------------------------------------------------------------------------------------------
    "L701": "命令行参数有误",
    "L702": "不认识的输出格式",
    "L703": "运行环境缺少组件",
    "L704": "输出文件写不进去",
    "L705": "令牌文件有误",
    "L706": "登录或服务的设置有误",
    "L707": "数据库打不开",
    "L708": "数据库里的表不是这个程序的，或者比程序新",
}
"""Every code the project can emit, with its one-line meaning; docs/diagnostics.md is tested against it."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake.

    `line` and `column` count from 1; 0 means the place is the whole file. `field` is the path of a value that did not come from
    a file (a GraphQL input, a library call). `help` is the likely fix, empty when none can be guessed.
    """

    code: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    help: str = ""
    field: str = ""
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"unregistered diagnostic code {self.code}")

    @property
    def data(self) -> dict[str, str | int]:
        """Its fields as plain values, for another process to read with `of_data`."""
        return {**asdict(self), "severity": self.severity.value}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Diagnostic:
        """The diagnostic whose `data` this is."""
        return cls(**{**data, "severity": Severity(data["severity"])})

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        elif self.field:
            place = f"{place}:{self.field}" if place else self.field
        label = "错误" if self.severity is Severity.ERROR else "警告"
        text = f"{place}: {label} {self.code}: {self.message}" if place else f"{label} {self.code}: {self.message}"
        return f"{text}\n    建议：{self.help}" if self.help else text


class DiagnosticError(Exception):
    """Raised when input cannot be used. Carries every problem found, in reading order, never just the first."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__("\n".join(str(d) for d in self.diagnostics))


def in_reading_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Errors and warnings by file, line and column, exact repeats removed."""
    return sorted(dict.fromkeys(diagnostics), key=lambda d: (d.file, d.line, d.column, d.code, d.message))


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate most like `word`, or "" when none is near. For "did you mean" in `help`."""
    pool = list(dict.fromkeys(candidates))
    word = word[:60]  # likeness is quadratic in length, and nothing this long is a slip of one of our words
    folded = {c.casefold(): c for c in pool}
    if word.casefold() in folded:
        return folded[word.casefold()]
    found = difflib.get_close_matches(word, pool, n=1, cutoff=0.5)
    if found:
        return found[0]
    # Chinese words are short: one shared character out of two already says a lot, so fall back to overlap of characters.
    scored = sorted(((len(set(word) & set(c)) / max(len(set(word) | set(c)), 1), c) for c in pool), reverse=True)
    return scored[0][1] if scored and scored[0][0] >= 0.34 else ""


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A help sentence suggesting the nearest right word, or listing the choices when they are few; else ""."""
    pool = list(dict.fromkeys(candidates))
    guess = nearest(word, pool)
    if guess:
        return f"是不是要写“{guess}”？"
    if 0 < len(pool) <= 12:
        return "可以写：" + "、".join(pool)
    return ""

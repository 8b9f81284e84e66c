"""New rule files to be filled in, each line with its meaning beside it.

`待填` stands wherever only the officer knows; the loader refuses a file that still says so, naming each place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from planner.rulebook.layers import rule_files, theme_files
from planner.rulebook.source import read_yaml

_APPROVAL = """\
# yaml-language-server: $schema=../../schema/approval.json
代码: {code}                     # 与文件名相同，以后不改
名称: {name}                     # 办事人熟悉的全称
种类: {kind}
阶段: {stage}
职能: 待填                       # 由哪个职能办理；机关在 departments.yaml 登记
结果: 待填                       # 办结后拿到的文书
# 说明: >-                       # 拿不准的、没有查到的，都写在这里
#   ……
适用:                            # 满足任何一条就要办
  - 名称: 待填                   # 规则的名字，会写进计划的理由
    当: 待填                     # 条件，如 {{扰动面积: ≥ 5 公顷}}；无条件写“一律”；全部/任一/非 可以嵌套
    # 生效: 2027-01-01           # 从这一天起有效；一直有效的不写
    依据: [{{文件: 待填, 条款: 待填}}]   # 文件要先在 laws.yaml 登记
    核验: 待核                   # 对照正式文本核过，才写“已核”
# 例外:                          # 满足任何一条就不用办，优先于适用
#   - {{名称: ……, 当: {{…: …}}, 依据: [{{文件: ……, 条款: ……}}]}}
# 法定时限:                      # 没有法定时限就不写，绝不编造
#   - 期限: 20 工作日            # 法律只写“日”的照写“60 日”；“当场”也可以
#     可延长: 10 工作日
#     不计入: [{{程序: 专家评审, 最长: 30 工作日, 必经: 是}}]
#     依据: [{{文件: 行政许可法, 条款: 第四十二条}}]
#     核验: 已核
# 前置:                          # 必须等谁；没有依据就是并联，写了也会被拒绝
#   - {{事项: ……, 卡点: 受理, 依据: [{{文件: ……, 条款: ……}}]}}
# 卡住:                          # 没有它不得：开工、竣工验收、投入使用
#   - {{节点: 开工, 依据: [{{文件: ……, 条款: ……}}]}}
# 材料:
#   - {{名称: 申请表, 出具: 申请人}}
#   - {{名称: ……, 出具: ……, 共享: 是}}            # 部门能自行调取的，共享写“是”
#   - {{名称: ……, 来自: ……, 依据: [{{文件: ……, 条款: ……}}]}}   # 是另一事项的结果：自动形成先后
# 有效期:
#   - {{期限: 2 年内开工, 依据: [{{文件: ……, 条款: ……}}]}}
"""

_FEATURE = """\
# language: zh-CN
功能: {name}
  每条规则至少两个场景：要办的、不要办的；有数值门槛的，两侧各一个。期望从法律条文得出，不照程序的输出抄。

  场景: 达到条件要办
    假如 一个项目:
      | 事实 | 值 |
      | 待填 | 待填 |
    当 按{day}的法律制定计划
    那么 需要办理"{name}"

  场景: 没有达到条件不用办
    假如 一个项目:
      | 事实 | 值 |
      | 待填 | 待填 |
    当 按{day}的法律制定计划
    那么 不需要办理"{name}"
"""

_CITY: Mapping[str, str] = {
    "rulebook.yaml": """\
# yaml-language-server: $schema=../schema/rulebook.json
名称: {name}工程建设项目审批规则库
继承: {below}
地区: {name}
# 事项: []                       # 本市自己增加的事项代码
# 尚未收录: []                   # 已知还没有写进规则库的事项，会写进每份计划的提示
""",
    "departments.yaml": """\
# yaml-language-server: $schema=../schema/departments.json
# 职能 → 本市办理机关：逐个填。对照正式文件核过的才写“已核”。
部门:
{functions}
""",
    "notices.yaml": """\
# yaml-language-server: $schema=../schema/notices.json
告知:
  - 代码: local_guides
    名称: 以本市公布的办事指南为准
    性质: 提示
    当: 一律
    内容: 本计划按国家和省的规定列出；{name}公布的承诺时限和办理部门尚未收录的，以当地公布的办事指南为准。
    核验: 待核
""",
}


def approval_file(code: str, name: str, kind: str, stage: str) -> str:
    """A new `approvals/<code>.yaml`."""
    return _APPROVAL.format(code=code, name=name, kind=kind, stage=stage)


def approval_feature(name: str, day: str = "2026-11-24") -> str:
    """The scenarios that belong to a new approval."""
    return _FEATURE.format(name=name, day=day)


def city_files(name: str, below: str, functions: Iterable[str]) -> dict[str, str]:
    """The files of a new city's layer by name. `functions` are those the layers below want an office for."""
    lines = "\n".join(f"  - {{职能: {one}, 机关: 待填, 核验: 待核}}" for one in functions)
    return {file: text.format(name=name, below=below, functions=lines or "  []") for file, text in _CITY.items()}


def functions_wanted(folders: Iterable[Path]) -> list[str]:
    """Every 职能 that the rule files of these layers name and none of them gives an office for."""
    wanted: dict[str, None] = {}
    given: set[str] = set()
    for folder in folders:
        for path in theme_files(folder, "departments"):
            given |= {str(one.get("职能")) for one in _mappings(path, "部门")}
        for path in rule_files(folder / "approvals", ".yaml", ".yml"):
            data, _, _ = read_yaml(path, str(path))
            if isinstance(data, dict):
                named = [data.get("职能"), *(one.get("职能") for one in _mappings(path, "改由"))]
                wanted.update(dict.fromkeys(str(word) for word in named if word))
    return [word for word in wanted if word not in given]


def _mappings(path: Path, key: str) -> list[dict[str, Any]]:
    data, _, _ = read_yaml(path, str(path))
    listed = data.get(key) if isinstance(data, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


_FLOW = re.compile(r"^事项: *\[([^\]]*)\]", re.MULTILINE)


def listed(rulebook: str, code: str) -> str | None:
    """`rulebook.yaml` with `code` in its 事项 list, everything else as it was; None when there is no list on one line to add to."""
    found = _FLOW.search(rulebook)
    if found is None:
        return None
    codes = [word.strip() for word in found[1].split(",") if word.strip()]
    if code in codes:
        return rulebook
    return f"{rulebook[: found.start()]}事项: [{', '.join(sorted([*codes, code]))}]{rulebook[found.end() :]}"

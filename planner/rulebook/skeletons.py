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
# 路线:                          # 法律许可的更快的办法，由申请人选；没有就不写
#   - 方式: 告知承诺             # 或者 预审（写“先审: [事项代码]”）、分阶段办理（写“后移: [事项代码]”）
#     当: {{…: …}}                 # 什么项目可以走
#     代替: [……]                 # 用承诺代替的材料，照抄“材料”里的名称；整项凭承诺办结的不写，改写“期限: 当场”
#     核查期限: 60 日            # 办结后多久内核查；没有规定就不写
#     承诺内容: [……]
#     路线材料: [告知承诺书]
#     后果: [……]                 # 没有做到怎样
#     依据: [{{文件: ……, 条款: ……}}]
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
# 本市公布的承诺时限、容缺后补、告知承诺路线，写在 approvals/<事项代码>.yaml，只写要调整的几行：
#   代码: ……
#   承诺时限: [{{期限: 5 工作日, 依据: [{{文件: ……}}]}}]
#   容缺后补: [{{材料: ……, 补齐期限: 5 工作日, 依据: [{{文件: ……}}]}}]   # 只有国家层写明“次要: 是”的材料
#   路线: [{{方式: 告知承诺, 代替: [……], 依据: [{{文件: ……}}]}}]
""",
    "routes.yaml": """\
# yaml-language-server: $schema=../schema/routes.json
# 本市另外规定哪些情形不能走哪种路线。国家、省里已有的照样管用，不要用同一个代码重写。
# 有了就删去“路线总则: []”这一行，再把下面各行开头的“# ”去掉。
路线总则: []
# 路线总则:
#   - 代码: local_promise
#     名称: 本市告知承诺的规定
#     方式: 告知承诺               # 或 容缺受理、预审、分阶段办理
#     排除:
#       - 名称: ……                 # 写进理由
#         当: {{…: …}}
#         事项: [……]               # 哪些事项不能走；不写就是所有事项
#         依据: [{{文件: ……, 条款: ……}}]
#     核查期限: 60 日              # 不得比国家、省里的长；没有规定就不写
#     依据: [{{文件: ……, 条款: ……}}]
#     核验: 待核
""",
    "lanes.yaml": """\
# yaml-language-server: $schema=../schema/lanes.json
# 本市开办的快办通道。国家、省里列出的通道，本市开办了的，照抄代码和条件，写“开放: 是”。
# 有了就删去“快办通道: []”这一行，再把下面各行开头的“# ”去掉。
快办通道: []
# 快办通道:
#   - 代码: local_lane
#     名称: ……
#     当: {{…: …}}                   # 哪些项目可以走
#     开放: 是
#     效果: [……]
#     路线:                        # 走了以后哪些事项多了哪条路线；没有就不写
#       - {{事项: ……, 方式: 告知承诺, 依据: [{{文件: ……}}]}}
#     依据: [{{文件: ……, 条款: ……}}]
#     核验: 待核
""",
    "joint.yaml": """\
# yaml-language-server: $schema=../schema/joint.json
# 本市的联合办理：几个事项由一家牵头、一并办理。不改变法律规定的先后。
# 有了就删去“联合办理: []”这一行，再把下面各行开头的“# ”去掉。
联合办理: []
# 联合办理:
#   - 代码: local_joint
#     名称: ……
#     牵头: ……                     # 职能，在 departments.yaml 登记
#     事项: [……, ……]
#     当: {{…: …}}
#     期限: 12 工作日              # 没有公布就不写
#     依据: [{{文件: ……, 条款: ……}}]
#     核验: 待核
""",
    "clocks.yaml": """\
# yaml-language-server: $schema=../schema/clocks.json
# 本市的总时限，和本市更短的补正、送达时限。不得比国家、省里的长。
# 有了就删去“总时限: []”这一行，再把下面各行开头的“# ”去掉。
总时限: []
# 总时限:
#   - 代码: local_total
#     名称: ……
#     到: 开工                     # 或 竣工验收、投入使用、办完
#     最多: 60 工作日
#     当: {{…: …}}
#     依据: [{{文件: ……, 条款: ……}}]
#     核验: 待核
# 时限总则:
#   - 代码: local_delivery
#     名称: ……
#     程序: 送达                   # 或 补正
#     期限: 1 工作日
#     种类: [行政许可]
#     依据: [{{文件: ……, 条款: ……}}]
#     核验: 待核
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
        for path in theme_files(folder, "joint"):
            wanted.update(dict.fromkeys(str(one["牵头"]) for one in _mappings(path, "联合办理") if one.get("牵头")))
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

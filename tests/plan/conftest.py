"""Small rulebooks written on the spot, so that a test shows everything its plan rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner import Plan, Planner, Project

VOCABULARY = """
事实:
  - {代码: size, 名称: 规模, 类型: 数量, 单位: ㎡}
  - {代码: risky, 名称: 有风险, 类型: 是否}
  - {代码: credit_bad, 名称: 失信主体, 类型: 是否}
  - {代码: grade, 名称: 等级, 类型: 单选, 派生: 是, 取值: [{代码: high, 名称: 高}, {代码: low, 名称: 低}]}
"""
LAWS = """
法规:
  - {名称: 旧法, 废止: 2026-08-15, 核验: 已核}
  - {名称: 新法, 施行: 2026-08-15, 核验: 已核}
  - {名称: 本法, 文号: 第1号, 核验: 已核}
"""
GRADES = """
代码: grade
名称: 等级表
得出: 等级
命中: 唯一
依据: [{文件: 本法}]
行:
  - {编号: 大, 当: {规模: ≥ 100 ㎡}, 结果: 高}
  - {编号: 小, 当: {规模: < 100 ㎡}, 结果: 低}
"""
HEAD = """
代码: {code}
名称: 事项{code}
种类: 行政许可
阶段: 施工许可
职能: 办事
结果: 批复
"""
ALWAYS = """
适用: [{名称: 都要, 当: 一律, 依据: [{文件: 本法, 条款: 第一条}], 核验: 已核}]
"""
DAY = date(2026, 3, 2)  # a Monday with no holiday near


@pytest.fixture
def planner_of(tmp_path: Path) -> Callable[..., Planner]:
    """A planner over a rulebook whose approvals are given as YAML bodies by code; `layers` adds a city above."""

    def make(approvals: dict[str, str], city: dict[str, str] | None = None, **files: str) -> Planner:
        base = tmp_path / "rules" / "base"
        _write(base / "rulebook.yaml", "名称: 试验层\n")
        _write(base / "vocabulary.yaml", VOCABULARY)
        _write(base / "laws.yaml", LAWS)
        _write(base / "departments.yaml", "部门: [{职能: 办事, 机关: 某局, 核验: 已核}]\n")
        _write(base / "tables" / "grade.yaml", GRADES)
        for code, body in approvals.items():
            text = body if "适用:" in body else ALWAYS + body
            _write(base / "approvals" / f"{code}.yaml", HEAD.replace("{code}", code) + text)
        for name, text in files.items():
            _write(base / f"{name}.yaml", text)
        top = base
        if city is not None:
            top = tmp_path / "rules" / "city"
            _write(top / "rulebook.yaml", "名称: 试验市\n继承: ../base\n")
            for code, body in city.items():
                _write(top / "approvals" / f"{code}.yaml", f"代码: {code}\n{body}")
        return Planner.from_files(top)

    return make


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def plan_of(planner_of: Callable[..., Planner]) -> Callable[..., Plan]:
    """A plan over such a rulebook; facts as keyword arguments."""

    def make(
        approvals: dict[str, str],
        city: dict[str, str] | None = None,
        as_of: date = DAY,
        files: dict[str, str] | None = None,
        **facts: Any,
    ) -> Plan:
        planner = planner_of(approvals, city, **(files or {}))
        durations = facts.pop("durations", {})
        target = facts.pop("target", None)
        routes = facts.pop("routes", "standard")
        return planner.plan(Project(name="试", facts=facts, durations=durations), as_of=as_of, target=target, routes=routes)

    return make

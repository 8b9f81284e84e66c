"""A small rulebook with every kind of route, clock, joint procedure, lane and cap, and the plans it gives."""

from __future__ import annotations

from pathlib import Path

from planner import Planner

BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
_FILES = {
    "base/rulebook.yaml": "名称: 试验层\n",
    "base/vocabulary.yaml": """
事实:
  - {代码: risky, 名称: 有风险, 类型: 是否}
  - {代码: credit_bad, 名称: 失信主体, 类型: 是否}
  - {代码: regional_assessments, 名称: 已完成区域评估, 类型: 多选, 取值: [{代码: quake, 名称: 地震}, {代码: none, 名称: 无}]}
""",
    "base/laws.yaml": """
法规:
  - {名称: 本法, 全称: 中华人民共和国本法（2019年修正）, 核验: 已核}
  - {名称: 改革通知, 全称: 关于进一步深化工程建设项目审批制度改革若干具体问题的通知, 文号: 试办发〔2026〕7号, 核验: 待核}
""",
    "base/departments.yaml": "部门: [{职能: 办事, 机关: 某局, 核验: 已核}]\n",
    "base/clocks.yaml": f"""
时限总则:
  - {{代码: correction, 名称: 一次告知, 程序: 补正, 期限: 5 工作日, 种类: [行政许可], 逾期: 视为受理, {BASIS}}}
  - {{代码: delivery, 名称: 送达, 程序: 送达, 期限: 10 工作日, 种类: [行政许可], {BASIS}}}
总时限:
  - {{代码: tight, 名称: 从立项到开工, 到: 开工, 最多: 12 工作日, {BASIS}}}
  - {{代码: wide, 名称: 全部办完, 到: 办完, 最多: 90 工作日, {BASIS}}}
""",
    "base/joint.yaml": f"联合办理: [{{代码: together, 名称: 联合审查, 牵头: 办事, 事项: [permit, review], 期限: 3 工作日, {BASIS}}}]\n",
    "base/lanes.yaml": f"""
快办通道:
  - {{代码: quick, 名称: 小型快办, 当: 一律, 效果: [立等可取], 说明: 本地没有文件, {BASIS}}}
""",
}
_HEAD = "代码: {code}\n名称: {name}\n种类: {kind}\n阶段: 施工许可\n职能: 办事\n结果: {name}批复\n"
_ALWAYS = f"适用: [{{名称: 都要, 当: 一律, {BASIS}}}]\n"


def _limit(days: int, more: str = "") -> str:
    return f"法定时限: [{{期限: {days} 工作日, {more}{BASIS}}}]\n"


_APPROVALS = {
    "survey": ("勘测", "行政许可", _ALWAYS + _limit(10)),
    "permit": (
        "主许可",
        "行政许可",
        _ALWAYS
        + _limit(20, "可延长: 10 工作日, 延长次数: 2, 不计入: [{程序: 专家评审, 最长: 30 日}, {程序: 听证}], ")
        + f"材料: [{{名称: 勘测批复, 来自: survey, {BASIS}}}, {{名称: 图纸, 次要: 是}}]\n"
        + "路线: [{方式: 告知承诺, 名称: 免勘测承诺, 当: {有风险: 否}, 代替: [勘测批复], 核查期限: 30 工作日, 承诺内容: [地基符合标准],"
        " 路线材料: [告知承诺书], 后果: [撤销许可], 依据: [{文件: 改革通知, 条款: 第三条}], 核验: 待核}]\n"
        + f"卡住: [{{节点: 开工, {BASIS}}}]\n",
    ),
    "review": (
        "审图",
        "行政许可",
        _ALWAYS
        + _limit(5)
        + f"路线: [{{方式: 告知承诺, 名称: 低风险承诺, 当: {{有风险: 是}}, 期限: 当场, {BASIS}}}]\n"
        + f"卡住: [{{节点: 开工, {BASIS}}}]\n",
    ),
    "notice": (
        "拆除公告",
        "行政备案",
        _ALWAYS + f"法定时限: [{{期限: 15 日, 性质: 最短间隔, 起算: 收到申请, {BASIS}}}]\n",
    ),
    "quake": (
        "地震评价",
        "行政许可",
        f"适用: [{{名称: 没有区域评估, 当: {{非: {{已完成区域评估: 地震}}}}, {BASIS}}}]\n",
    ),
}


def write_rules(folder: Path) -> Planner:
    """The rulebook written into a folder, loaded."""
    files = dict(_FILES)
    for code, (name, kind, body) in _APPROVALS.items():
        files[f"base/approvals/{code}.yaml"] = _HEAD.format(code=code, name=name, kind=kind) + body
    files["city/rulebook.yaml"] = "名称: 试验市\n继承: ../base\n"
    files["city/approvals/permit.yaml"] = f"代码: permit\n容缺后补: [{{材料: 图纸, 补齐期限: 5 工作日, {BASIS}}}]\n"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Planner.from_files(folder / "city")

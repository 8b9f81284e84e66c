"""What choosing the fewest promises costs, beside the plain plan of the same project: `python benchmarks/routes.py [--rounds N]`.

Two rulebooks: the sample city in which every kind of route is open (features/示例规则库/捷径市) over the example projects, and one made here
of 80 approvals, every fourth of which has a route. Each plan is made in turn with the plain one, and the medians are set against each other.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from planner import Plan, Planner, Project, load_project  # noqa: E402

DAY = date(2026, 9, 7)
APPROVALS = 80
BASIS = "依据: [{文件: 本法}], 核验: 已核"


def made_up(folder: Path, count: int, seed: int) -> Planner:
    """A planner over `count` approvals in a random order of precedence, every fourth with a promise, a pre-review or a later paper."""
    rng = random.Random(seed)
    base, city = folder / "base", folder / "city"
    for one in (base, city):
        (one / "approvals").mkdir(parents=True)
    (base / "rulebook.yaml").write_text("名称: 量一量\n", encoding="utf-8")
    (city / "rulebook.yaml").write_text("名称: 量一量的市\n继承: ../base\n", encoding="utf-8")
    facts = "事实:\n  - {代码: size, 名称: 规模, 类型: 数量, 单位: ㎡}\n  - {代码: credit_bad, 名称: 失信主体, 类型: 是否}\n"
    (base / "vocabulary.yaml").write_text(facts, encoding="utf-8")
    (base / "laws.yaml").write_text("法规: [{名称: 本法, 核验: 已核}]\n", encoding="utf-8")
    (base / "departments.yaml").write_text("部门: [{职能: 办事, 机关: 某局, 核验: 已核}]\n", encoding="utf-8")
    for number in range(count):
        code = f"a{number}"
        before = rng.sample(range(number), min(number, rng.choice([0, 1, 1, 2, 3])))
        papers = [f"  - {{名称: 批复{b}, 来自: a{b}, 次要: 是, {BASIS}}}" for b in before]
        text = (
            f"代码: {code}\n名称: 事项{number}\n种类: 行政许可\n阶段: 施工许可\n职能: 办事\n结果: 批复\n"
            f"适用: [{{名称: 规模, 当: {{规模: ≥ {rng.randint(1, 50)} ㎡}}, {BASIS}}}]\n"
            f"法定时限: [{{期限: {rng.choice([5, 7, 10, 15, 20])} 工作日, {BASIS}}}]\n"
        )
        if papers:
            text += "材料:\n" + "\n".join(papers) + "\n"
        if number % 3 == 0:
            text += f"卡住: [{{节点: 开工, {BASIS}}}]\n"
        routes = ""
        if before and number % 4 == 0:
            kind = rng.choice(["promise", "review", "later"])
            if kind == "promise":
                text += f"路线: [{{方式: 告知承诺, 代替: [批复{before[0]}], {BASIS}}}]\n"
            elif kind == "review":
                routes = f"路线: [{{方式: 预审, 先审: [a{before[0]}], {BASIS}}}]\n"
            else:
                routes = f"容缺后补: [{{材料: 批复{before[0]}, 补齐期限: 5 工作日, {BASIS}}}]\n"
        (base / "approvals" / f"{code}.yaml").write_text(text, encoding="utf-8")
        if routes:
            (city / "approvals" / f"{code}.yaml").write_text(f"代码: {code}\n{routes}", encoding="utf-8")
    return Planner.from_files(city)


def projects() -> Iterator[tuple[str, Callable[[str], Plan]]]:
    sample = Planner.from_files(ROOT / "features" / "示例规则库" / "捷径市")
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        facts = sample.read(*load_project(path))
        yield path.stem, lambda routes, facts=facts: sample.plan(facts, as_of=DAY, routes=routes)  # type: ignore[misc]
    for seed in range(5):
        with tempfile.TemporaryDirectory() as folder:
            planner = made_up(Path(folder), APPROVALS, seed)
        facts = planner.read(Project(name="量一量", facts={"size": "100 ㎡", "credit_bad": False}))
        yield f"{APPROVALS} approvals, seed {seed}", lambda routes, p=planner, f=facts: p.plan(f, as_of=DAY, routes=routes)  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    print(f"{'project':32} items routes taken  plain ms  fewest ms  ratio")
    ratios = []
    for name, plan in projects():
        seen = {routes: plan(routes) for routes in ("standard", "fewest_promises")}
        taken: dict[str, list[float]] = {"standard": [], "fewest_promises": []}
        for _ in range(rounds):
            for routes, times in taken.items():
                begin = time.perf_counter()
                plan(routes)
                times.append((time.perf_counter() - begin) * 1000)
        plain, fewest = (median(times) for times in taken.values())
        choices = sum(route.optional and route.status == "required" for item in seen["standard"].items for route in item.routes)
        found = seen["fewest_promises"]
        ratios.append(fewest / plain)
        print(
            f"{name:32} {len(found.items):5} {choices:6} {len(found.choice.taken):5} {plain:9.2f} {fewest:10.2f} {fewest / plain:6.2f}×"
        )
    print(f"median {median(ratios):.2f}×, largest {max(ratios):.2f}×")


if __name__ == "__main__":
    main()

"""Nobody can make `planner plan` print a traceback with a bad file: mutated projects and noise, hundreds of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from planner.cli.main import main

pytestmark = pytest.mark.usefixtures("checked_rules")

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "examples").glob("*.yaml"))]
CHARACTERS = st.sampled_from("：:，,\"'“”[]{}-#\t\n &*!|>%@`≥ 0１９亩公顷是否x\x00\x85\u2028")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """An example project with a few characters or lines changed, removed, doubled or put in."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            text = text[:at] + draw(CHARACTERS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + draw(st.integers(1, 8)) :]
        elif kind == 2:
            lines = text.split("\n")
            line = draw(st.integers(0, len(lines) - 1))
            lines.insert(line, lines[draw(st.integers(0, len(lines) - 1))])
            text = "\n".join(lines)
        elif kind == 3:
            text = text[:at] + draw(st.text(max_size=6)) + text[at:]
        else:
            text = text.replace(
                draw(st.sampled_from(["是", "否", "公顷", "㎡", "新建", "0", "1"])),
                draw(st.sampled_from(["", "未知", "不适用", "9" * 30, "1e5"])),
            )
    return text.encode(draw(st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-8-sig"])), errors="ignore")


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.one_of(mutated(), st.binary(max_size=200), st.text(max_size=80).map(lambda t: t.encode("utf-8", "ignore"))))
@example(data=b"a: &a [*a]\n")
@example(data="名称: &x {a: *x}\n".encode())
@example(data=("[" * 5000).encode())
@example(data="名称: 试\n? [1]\n: 2\n".encode())
@example(data="名称: 试\n用地面积: 1_000\n".encode())
@example(data="名称: !!python/object:os.system x\n".encode())
@example(data="名称: 试\n环境敏感区: {一: 二}\n".encode())
@example(data="名称: 试\n环境敏感区: [[一]]\n".encode())
@example(data="名称: 试\n时长: [1]\n".encode())
@example(data="名称: 试\n时长: {施工: {a: 1}}\n".encode())
@example(data="名称: 试\n时长: {施工: 99999999 日}\n".encode())
@example(data="名称: 试\n时长: {施工: 9999 工作日}\n".encode())
@example(data="名称: [试]\n".encode())
@example(data="名称: 试\n国民经济行业: [C31]\n".encode())
def test_no_traceback(data: bytes, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "模糊.yaml"
    path.write_bytes(data)
    with pytest.raises(SystemExit) as ended:
        main(["plan", str(path), "--as-of", "2026-11-24", "--format", "json"])
    shown = capsys.readouterr()
    assert ended.value.code in (0, 2)
    if ended.value.code == 2:
        assert "共" in shown.err
        assert shown.out == ""

"""Chinese text in columns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.output.typeset import clipped, text_units, wrapped

TEXT = st.text(alphabet=st.sampled_from("审批事项，。（）《》“”abc 12-/：；、"), max_size=60)


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("审批", 4), ("第3条", 5), ("，", 2), ("e\u0301", 1)])
def test_a_chinese_character_is_two_columns(text: str, units: int) -> None:
    assert text_units(text) == units


@settings(deadline=None)
@given(TEXT, st.integers(4, 30))
def test_wrapping_keeps_the_text_and_the_width(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_units(line) <= width for line in lines)


def test_a_line_neither_begins_with_a_closing_mark_nor_ends_with_an_opening_one() -> None:
    text = "建设项目（含改建、扩建）须先取得《建设工程规划许可证》，再办理施工许可。"
    for width in range(12, 60):
        for line in wrapped(text, width):
            assert line[0] not in "，。、；：）》”"
            assert line[-1] not in "（《“"


def test_words_and_numbers_stay_whole_where_they_can() -> None:
    assert wrapped("共 12 份 planner", 10) == ("共 12 份", "planner")
    assert wrapped("1234567890", 4) == ("1234", "5678", "90")


@settings(deadline=None)
@given(TEXT, st.integers(4, 30))
def test_clipping_fits_and_says_that_something_is_missing(text: str, width: int) -> None:
    short = clipped(text, width)
    assert text_units(short) <= width
    assert short == text if text_units(text) <= width else short.endswith("…")

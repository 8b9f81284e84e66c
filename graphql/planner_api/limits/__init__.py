"""What one request may ask for: bytes, tokens, depth, aliases, repeats, pages, cost.

In the order of their price: the body's length, a survey of the words as written, a measure of the parsed document, and only then
graphql-core's own rules, some of which take quadratic time. The cost needs a valid document.
"""

from planner_api.limits.body import BodyLimit
from planner_api.limits.cost import Cost, cost_of
from planner_api.limits.excess import Excess
from planner_api.limits.measure import measure
from planner_api.limits.survey import survey

__all__ = ["BodyLimit", "Cost", "Excess", "cost_of", "measure", "survey"]

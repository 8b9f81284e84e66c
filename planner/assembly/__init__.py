"""From conclusions to a plan: which approvals, their papers and gates, the network they form, their dates."""

from planner.assembly.around import Wish
from planner.assembly.assemble import assemble

__all__ = ["Wish", "assemble"]

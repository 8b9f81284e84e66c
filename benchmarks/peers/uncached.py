"""`planner serve` on a database with nothing kept between requests but what it takes to run them: no finished answers.

python benchmarks/peers/uncached.py DATABASE PORT
"""

from __future__ import annotations

import sys

from planner_api.serve import Address, serve
from planner_api.settings import Settings


def main() -> None:
    database, port = sys.argv[1:]
    serve(Address(port=int(port)), Settings(database=database, cache=0, watch=False, log_level="info"))


if __name__ == "__main__":
    main()

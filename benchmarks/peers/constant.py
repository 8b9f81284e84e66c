"""Raw starlette: the bytes of a file for POST, an empty 304 for GET. Nothing in Python under uvicorn answers faster.

python benchmarks/peers/constant.py FILE ETAG PORT
"""

from __future__ import annotations

import sys
from pathlib import Path

from serving import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def main() -> None:
    file, etag, port = sys.argv[1:]
    body = Path(file).read_bytes()

    async def answer(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    async def unchanged(_request: Request) -> Response:
        return Response(status_code=304, headers={"etag": etag})

    routes = [Route("/graphql", answer, methods=["POST"]), Route("/graphql", unchanged, methods=["GET"])]
    serve(Starlette(routes=routes), int(port))


if __name__ == "__main__":
    main()

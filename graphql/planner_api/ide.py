"""GraphiQL, in files of our own: the page opens where no other network address can be reached.

`make` bundles it (graphql/graphiql/) into the folder `graphiql` beside this module. The page and its files hold nothing of anybody's, so
they need no token: what is asked from them does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "graphiql"
ASSETS = "graphiql"
"""Where the files are, beside the page: `/graphql` and `/graphiql/…`, or both below the prefix of a proxy."""

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the editor places every line by a style attribute
        "font-src 'self' data:",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL · 审批计划</title>
<link rel="stylesheet" href="{style}">
<link rel="icon" href="data:,">
<script type="module" src="{script}"></script>
</head>
<body>
<div id="graphiql" data-endpoint="graphql" data-assets="{assets}" data-variables="{variables}" data-headers="{headers}">正在打开 GraphiQL …</div>
<noscript>GraphiQL 要用 JavaScript。</noscript>
</body>
</html>
"""
_NOT_BUILT = """<!DOCTYPE html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>GraphiQL 尚未生成</title><link rel="icon" href="data:,"></head>
<body>
<h1>GraphiQL 尚未生成</h1>
<p>在项目文件夹里运行 <code>make graphiql</code>（<code>make serve</code> 会自己先做这一步），然后刷新本页。</p>
<p>接口本身照常可用：用 POST 把查询发到本地址，例如<br>
<code>curl -H 'content-type: application/json' -d '{{"query": "{{ rulebook {{ name }} }}"}}' {address}</code></p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The first files of the bundle; the rest they load themselves."""

    script: str
    style: str


def bundle(folder: Path = FOLDER) -> Bundle | None:
    """The bundle in a folder; None when it was not built there, or not to its end."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        return Bundle(manifest["script"], manifest["style"])
    except FileNotFoundError:
        return None


def page(today: date, address: str, signs_in: bool, folder: Path = FOLDER) -> Response:
    """GraphiQL with its examples, or, where it was not built, how to build it.

    `today`: the examples are about its week. `address`: of the API. `signs_in`: whether requests need a token.
    """
    found = bundle(folder)
    if found is None:
        return HTMLResponse(_NOT_BUILT.format(address=escape(address)), headers=_HEADERS)
    monday = today - timedelta(days=today.weekday())
    week = {"first": monday.isoformat(), "last": (monday + timedelta(days=6)).isoformat()}
    text = _PAGE.format(
        script=escape(f"{ASSETS}/{found.script}"),
        style=escape(f"{ASSETS}/{found.style}"),
        assets=ASSETS,
        variables=escape(json.dumps(week, indent=2)),
        headers=escape(json.dumps({"Authorization": "Bearer TOKEN"}, indent=2)) if signs_in else "",
    )
    return HTMLResponse(text, headers=_HEADERS)


def assets(folder: Path = FOLDER) -> Mount:
    """The route of the bundle's files."""
    return Mount(f"/{ASSETS}", _Assets(directory=folder, check_dir=False))


class _Assets(StaticFiles):
    """Files whose names change with their content."""

    async def check_config(self) -> None:
        if not (self.directory and Path(self.directory).is_dir()):
            raise HTTPException(404)  # not built: no file, and no defect either

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if "-" in path and response.status_code in (200, 304):
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response

"""`planner serve`: the GraphQL service. Every option may also come from the environment (`--database` as PLANNER_DATABASE).

So an address with a password in it need not stand in a list of processes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from planner.cli.usage import Command
from planner.diagnostics import Diagnostic, DiagnosticError

CommandT = TypeVar("CommandT", bound=Callable[..., Any])
LOG_LEVELS = ("debug", "info", "warning", "error")


def _options(*groups: tuple[Any, ...]) -> Callable[[CommandT], CommandT]:
    def decorate(command: CommandT) -> CommandT:
        for option in reversed([one for group in groups for one in group]):
            command = option(command)
        return command

    return decorate


_FILE = click.Path(path_type=Path)
_PLACE = (
    click.option("--host", default="127.0.0.1", show_default=True, metavar="地址", help="在哪个地址上监听；本机以外要先配置登录"),
    click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="端口", help="0 是任选一个"),
    click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, metavar="个数", help="几个进程"),
    click.option(
        "--database", default="", metavar="网址", help="sqlite:///… 或 postgresql://…（默认：本人数据文件夹里的 SQLite 文件）"
    ),
    click.option("--examples/--no-examples", default=None, help="空数据库放不放示例项目（默认：本机的 SQLite 放，别的不放）"),
)
_RULES = (
    click.option("--rules", type=_FILE, metavar="文件夹", help="规则库的最上层文件夹（默认：随程序提供的鞍山规则库）"),
    click.option("--allow-unchecked", is_flag=True, help="规则库没有通过 planner check 也用；每份计划都会写明"),
    click.option("--watch/--no-watch", default=True, help="规则文件改了，检查通过后就换用（默认：换用）"),
)
_SIGN_IN = (
    click.option("--tokens", type=_FILE, metavar="文件", help="令牌文件（用 planner token new 做）"),
    click.option("--jwks", default="", metavar="文件或网址", help="签名公钥（JWKS），用来核对 JWT"),
    click.option("--issuer", default="", metavar="文字", help="JWT 的签发者（iss）"),
    click.option("--audience", default="", metavar="文字", help="JWT 的受众（aud）"),
    click.option("--algorithm", "algorithms", multiple=True, metavar="算法", help="认可的签名算法，如 RS256；可以写几次"),
)
_DOOR = (
    click.option("--allowed-host", "hosts", multiple=True, metavar="主机名", help="只答复这些主机名；可以写几次"),
    click.option(
        "--origin", "origins", multiple=True, metavar="来源", help="别处的网页可以来查询（CORS），如 https://desk.example.cn"
    ),
    click.option("--trusted-proxy", "proxies", multiple=True, metavar="IP", help="前面的代理，IP 地址或网段；可以写几次"),
    click.option("--trusted-only", "trusted", type=_FILE, metavar="清单", help="只运行清单里的查询"),
    click.option("--graphiql/--no-graphiql", default=None, help="查询页面 GraphiQL（默认：没有配置登录时有）"),
    click.option("--introspection/--no-introspection", default=None, help="让人查询接口的结构（默认：没有配置登录时可以）"),
    click.option("--max-cost", type=click.IntRange(1, 10_000_000), metavar="数", help="一次查询最多的开销"),
)
_SEEN = (
    click.option("--metrics/--no-metrics", default=True, help="Prometheus 指标 /metrics（默认：有，管理员可看）"),
    click.option("--traces", is_flag=True, help="OpenTelemetry 追踪，去向由 OTEL_EXPORTER_OTLP_ENDPOINT 等环境变量定"),
    click.option("--log-level", type=click.Choice(LOG_LEVELS), default="info", show_default=True, help="从哪一级起写日志"),
)


@click.command("serve", cls=Command, context_settings={"auto_envvar_prefix": "PLANNER", "help_option_names": ["-h", "--help"]})
@_options(_PLACE, _RULES, _SIGN_IN, _DOOR, _SEEN)
def serve_command(host: str, port: int, **given: Any) -> None:
    """启动 GraphQL 服务。每个选项也可以写成环境变量，如 PLANNER_DATABASE、PLANNER_JWKS。"""
    try:
        from planner_api.serve import Address, serve

        settings = _settings(host, given)
        serve(Address(host, port), settings)
    except ModuleNotFoundError as error:
        missing = f"缺少组件 {error.name}"
        raise DiagnosticError(
            [Diagnostic("L703", missing, help="安装：pip install 'approval-planner[serve]'", field="serve")]
        ) from error


def _settings(host: str, given: dict[str, Any]) -> Any:
    from planner_api.serve import LOOPBACK_NAMES
    from planner_api.settings import Limits, Settings, SignIn

    sign_in = SignIn(given["issuer"], given["audience"], tuple(dict.fromkeys(given["algorithms"])), given["jwks"], given["tokens"])
    # Without keys the names answered to are this machine's alone: a page elsewhere may point its own name here (DNS rebinding).
    local = () if sign_in.configured else (*LOOPBACK_NAMES, host)
    trusting = not sign_in.configured

    def chosen(name: str) -> bool:
        return trusting if given[name] is None else bool(given[name])

    sqlite = given["database"] == "" or given["database"].startswith("sqlite")
    limits = Limits() if given["max_cost"] is None else Limits(cost=given["max_cost"])
    return Settings(
        database=given["database"],
        rules=given["rules"],
        allow_unchecked=given["allow_unchecked"],
        watch=given["watch"],
        hosts=tuple(dict.fromkeys((*local, *given["hosts"]))) or ("*",),
        origins=given["origins"],
        introspection=chosen("introspection"),
        graphiql=chosen("graphiql"),
        trusted=given["trusted"],
        sign_in=sign_in,
        limits=limits,
        metrics=given["metrics"],
        traces=given["traces"],
        examples=(sqlite and trusting) if given["examples"] is None else given["examples"],
        log_level=given["log_level"],
        workers=given["workers"],
        proxies=given["proxies"],
    )

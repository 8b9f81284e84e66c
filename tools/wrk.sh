#!/bin/sh
# The benchmarks of the GraphQL server send their requests with wrk. Uses what is there; on Debian and Ubuntu, as root, installs it.
set -eu
if command -v wrk >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "正在安装服务性能对照所需的 wrk …"
    log=$(mktemp)
    if apt-get -qq update >"$log" 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        wrk >>"$log" 2>&1; then exit 0; fi
    tail -n 5 "$log" >&2
fi
echo "服务性能对照需要 wrk：没有它就不测这一项（Debian、Ubuntu：apt-get install wrk）。" >&2
exit 1

#!/bin/sh
# The scheduling tests compare with TaskJuggler 3 (tj3). Uses what is there; on Debian and Ubuntu, as root, installs it.
set -eu
if command -v tj3 >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "正在安装排期对照测试所需的 TaskJuggler 3 …"
    log=$(mktemp)
    if apt-get -qq update >"$log" 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        tj3 >>"$log" 2>&1; then exit 0; fi
    tail -n 5 "$log" >&2
fi
echo "排期对照测试需要 TaskJuggler 3（命令 tj3）：请安装后重试（Debian、Ubuntu：apt-get install tj3；其他系统：gem install taskjuggler）。" >&2
exit 1

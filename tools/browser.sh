#!/bin/sh
# The browser tests need Chromium and a Chinese font. Uses what is there; on Debian and Ubuntu, as root, installs it.
set -eu
found() { [ -n "${PLANNER_CHROMIUM:-}" ] || command -v chromium || command -v chromium-browser || command -v google-chrome; }
fonts() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family 2>/dev/null | head -n 1)" ]; }
if found >/dev/null 2>&1 && fonts; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "正在安装浏览器测试所需的 Chromium 和中文字体 …"
    log=$(mktemp)
    if apt-get -qq update >"$log" 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        chromium fonts-noto-cjk fontconfig >>"$log" 2>&1; then exit 0; fi
    tail -n 5 "$log" >&2
fi
echo "浏览器测试需要 Chromium 和一种中文字体（例如 fonts-noto-cjk）：请安装后重试，或用 PLANNER_CHROMIUM 指明浏览器。" >&2
exit 1

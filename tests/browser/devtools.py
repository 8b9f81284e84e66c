"""A real page driven through Chromium's own DevTools protocol, and everything it asks of the network."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

WAIT = 60.0
"""Seconds until something that should be on a page is missing: a busy machine must not fail a test."""


@dataclass
class Page:
    """One page. `requests`: every address it or its workers asked for; `complaints`: errors, refusals of the policy, exceptions."""

    socket: ClientConnection
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _last: int = 0

    def send(self, method: str, session: str | None = None, **params: Any) -> Any:
        """A command and its result. What happens meanwhile is noted."""
        mine = self._post(method, session, **params)
        while True:
            told = json.loads(self.socket.recv(timeout=WAIT))
            assert "error" not in told, told
            if told.get("id") == mine:
                return told["result"]
            self._note(told)

    def _post(self, method: str, session: str | None = None, **params: Any) -> int:
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        self.socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        return self._last

    def start(self, url: str) -> None:
        """Open an address, as somebody who was never here."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self._session: str = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._watch(self._session)
        self.value("1")  # watched from here on
        self.send("Page.navigate", self._session, url=url)

    def _watch(self, session: str) -> None:
        # Workers are sessions of their own; each waits until it is watched.
        self._post("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        for domain in ("Network", "Runtime", "Log"):
            self._post(f"{domain}.enable", session)
        self._post("Runtime.runIfWaitingForDebugger", session)

    def _note(self, told: dict[str, Any]) -> None:
        params = told.get("params", {})
        match told.get("method"):
            case "Network.requestWillBeSent":
                if not params["request"]["url"].startswith("data:"):
                    self.requests.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(params["url"])
            case "Target.attachedToTarget" if params["targetInfo"]["type"] == "worker":
                self._watch(params["sessionId"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(params["exceptionDetails"], ensure_ascii=False))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.complaints.append(params["entry"]["text"])
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning"):
                self.complaints.append(json.dumps(params["args"], ensure_ascii=False))

    def value(self, script: str) -> Any:
        """What an expression of the page comes to: data, not a part of the page."""
        found = self.send("Runtime.evaluate", self._session, expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, script: str) -> Any:
        """The value of an expression as soon as it is true."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            if found := self.value(script):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never on the page: {script}\n{self.complaints}\n{self.value('document.body.innerText')}")

    def asked(self, part: str) -> None:
        """Wait until the page or a worker has asked for an address with this part."""
        end = time.monotonic() + WAIT
        while not any(part in one for one in self.requests):
            assert time.monotonic() < end, f"never asked for: {part}\n{self.requests}"
            self.value("1")
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click what a selector finds, as soon as it is there."""
        self.until(f"(() => {{ const one = document.querySelector({json.dumps(selector)}); one?.click(); return !!one; }})()")

    def choose(self, selector: str, text: str) -> None:
        """Click the one with this text among what a selector finds, as soon as it is there."""
        found = f"[...document.querySelectorAll({json.dumps(selector)})].find(one => one.textContent === {json.dumps(text)})"
        self.until(f"(() => {{ const one = {found}; one?.click(); return !!one; }})()")

    def picture(self, path: Path) -> None:
        """A picture of the page, for a look at it."""
        shot = self.send("Page.captureScreenshot", self._session)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser(chromium: str, profile: Path) -> Iterator[Callable[[str], Page]]:
    """A browser that finds no host but this machine; it opens pages."""
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--window-size=1400,900", "--remote-debugging-port=0",
        f"--user-data-dir={profile}", "about:blank",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = profile / "DevToolsActivePort"
        end = time.monotonic() + WAIT
        while not (told.is_file() and len(told.read_text().split()) == 2):
            assert process.poll() is None, "the browser ended"
            assert time.monotonic() < end, "the browser does not answer"
            time.sleep(0.05)
        port, path = told.read_text().split()
        with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, max_queue=None, compression=None, proxy=None) as socket:

            def open_page(url: str) -> Page:
                page = Page(socket)
                page.start(url)
                return page

            yield open_page
            process.terminate()
            process.wait(WAIT)
    finally:
        process.kill()
        process.wait()

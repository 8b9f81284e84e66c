"""A process that writes without pause and says on its output what was acknowledged: it is there to be killed.

python -m tests.store.writer URL PLANS_FOLDER
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from pathlib import Path

from planner.plan import Plan
from planner_api.access.viewer import Scope
from planner_api.store.interface import StoreUnavailable
from planner_api.store.records import ProjectRecord
from planner_api.store.sql import SqlStore, open_store
from tests.store.world import draft, moved

WRITERS = 4


def main(url: str, folder: str) -> None:
    plans = [Plan.model_validate_json(path.read_bytes()) for path in sorted(Path(folder).glob("*.json"))]
    store = open_store(url)
    said = threading.Lock()

    def say(**fact: object) -> None:
        with said:
            sys.stdout.write(json.dumps(fact) + "\n")
            sys.stdout.flush()

    threads = [threading.Thread(target=write, args=(store, plans, say, number)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def write(store: SqlStore, plans: list[Plan], say: object, writer: int) -> None:
    assert callable(say)
    owner = Scope(owner=f"writer-{writer}")
    for count in itertools.count():
        try:
            project = store.create_project(f"writer-{writer}", draft(f"{writer}/{count}"))
            say(project=project.id, revision=1, name=project.draft.name)
            for step in range(3):
                plan = moved(plans[(count + step) % len(plans)], count)
                answer = store.add_plan(owner, project.id, project.revision, plan, f"writer-{writer}")
                assert isinstance(answer, tuple)
                say(project=project.id, plan=answer[0].id, number=answer[0].number)
                edit = store.edit_project(owner, project.id, project.revision, draft(f"{writer}/{count}/{step}"))
                assert isinstance(edit, ProjectRecord)
                project = edit
                say(project=project.id, revision=project.revision, name=project.draft.name)
        except StoreUnavailable:
            say(unavailable=True)
            time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])

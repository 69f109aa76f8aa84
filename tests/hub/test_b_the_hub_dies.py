"""All fetch and hand in while the hub is killed again and again: no submission is lost, no server stops."""

import threading
import time

import busy
import nbformat
from conftest import A1, COURSE, wait

INBOUND = "/srv/nbgrader/exchange/course/inbound"
NOTEBOOK = f"{A1}/{A1}.ipynb"


def solved(machine, released, name):
    """Return a released notebook with the solution's answers, and the student's name in it."""
    source = nbformat.read(machine.path(f"{COURSE}/source/{NOTEBOOK}"), as_version=4)
    answers = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in source.cells}
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            cell.source = answers[about["grade_id"]] + (f"\n# {name}" if cell.cell_type == "code" else "")
    return notebook


def main_pids(machine, people):
    show = ["systemctl", "show", "--property=MainPID", "--value"]
    return [machine.run(*show, f"jupyter-{person.name}-singleuser").stdout.strip() for person in people]


def until(attempt, seconds=120):
    """Try again until `attempt` returns something true; a person would click again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := attempt():
            return found
        time.sleep(0.5)
    raise AssertionError("it never worked")


def test_no_submission_is_lost_when_the_hub_is_killed(machine, students):
    def fetch(person):
        assert person.assignment("fetch", A1).status_code == 200
        notebook = person.notebook(NOTEBOOK)
        assert "BEGIN SOLUTION" not in str(notebook) and "BEGIN HIDDEN TESTS" not in str(notebook)
        content = solved(machine, notebook, person.name)
        answer = person.user(f"/api/contents/{NOTEBOOK}", "PUT", json={"type": "notebook", "content": content})
        assert answer.status_code == 200, answer.text

    busy.all_at_work(fetch, students)
    before, done, kills = main_pids(machine, students), threading.Event(), []

    def kill():
        while not done.is_set():
            machine.run("systemctl", "kill", "--signal=KILL", "book-hub")
            kills.append(time.monotonic())
            done.wait(4)

    def submit(person):
        """Hand in again and again until the hub has been killed three times; return how often it was accepted."""
        accepted = 0
        while len(kills) < 3 or not accepted:
            accepted += until(attempt(person))
        return accepted

    def attempt(person):
        def attempt():
            answer = person.assignment("submit", A1)
            return answer.status_code == 200 and answer.json()["success"]

        return attempt

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        until(lambda: kills)
        accepted = busy.all_at_work(submit, students)
    finally:
        done.set()
        killer.join()
    print(f"\nthe hub was killed {len(kills)} times while {len(students)} handed in {sum(accepted)} times")
    wait(machine)
    assert main_pids(machine, students) == before
    for person, times in zip(students, accepted, strict=True):
        until(lambda person=person: person.user("/api/status").status_code == 200)
        about = person.ask("GET", f"/hub/api/users/{person.name}").json()
        assert about["servers"][""]["ready"], f"the hub has forgotten the server of {person.name}"
        found = list(machine.path(INBOUND).glob(f"{person.name}+{A1}+*"))
        assert len(found) >= times > 0, f"what {person.name} handed in is lost"
        assert all(f"# {person.name}" in (folder / f"{A1}.ipynb").read_text() for folder in found)

"""Twenty students at work: they log in, their servers start, they open a chapter and run it."""

import busy
import psutil
from people import Person

CHAPTER = "book/02_descend_a_slope.ipynb"


def memory(machine, name):
    """Return the megabytes that a student's server holds for itself: each page it shares is split among the sharers."""
    control = machine.run("systemctl", "show", "--property=MainPID", "--value", f"jupyter-{name}-singleuser").stdout
    first = psutil.Process(outside(machine, int(control)))
    return sum(process.memory_full_info().pss for process in [first, *first.children(recursive=True)]) / 2**20


def outside(machine, inner):
    """Return the number that a process of the machine has outside of it."""
    for process in psutil.Process(int(machine.first)).children(recursive=True):
        with open(f"/proc/{process.pid}/status") as file:
            numbers = next(line for line in file if line.startswith("NSpid:")).split()
        if int(numbers[-1]) == inner:
            return process.pid
    raise AssertionError(f"the machine has no process {inner}")


def test_only_the_class_gets_in(machine, students):
    assert not Person(students[0].name, "wrong").login()
    assert not Person("grader", "").login()
    machine.run("useradd", "stranger")
    machine.run("sh", "-c", "echo stranger:a-long-password | chpasswd")
    assert not Person("stranger", "a-long-password").login(), "an account outside of the groups"


def test_each_opens_the_chapter_and_runs_it(machine, students):
    alone = [memory(machine, person.name) for person in students]

    def work(person):
        cells = person.notebook(CHAPTER)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        kernel = person.kernel()
        assert person.run(kernel, [*sources, "print('at its end')"]).endswith("at its end\n")
        return memory(machine, person.name), kernel

    found = busy.all_at_work(work, students)
    print(f"\nMB of a server: {busy.summary(alone)}; with the chapter: {busy.summary([mb for mb, _ in found])}")
    for person, (_, kernel) in zip(students, found, strict=True):
        assert person.user(f"/api/kernels/{kernel}", "DELETE").status_code == 204

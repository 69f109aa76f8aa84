"""A student who takes too much loses a kernel; the others notice nothing."""

import pytest
from people import KernelDied
from websocket import WebSocketException


def test_too_much_memory_costs_the_own_kernel_only(machine, students):
    greedy, other = students[2], students[3]
    kernel, of_other = greedy.kernel(), other.kernel()
    other.run(of_other, ["kept = 'still here'"])
    assert greedy.run(kernel, ["data = bytearray(200_000_000)", "print(len(data))"]) == "200000000\n"
    with pytest.raises((KernelDied, WebSocketException)):
        greedy.run(kernel, ["more = [bytearray(b'x' * 100_000_000) for _ in range(40)]", "print('had it all')"])
    assert greedy.user("/api/status").status_code == 200, "the server is lost, too"
    assert greedy.run(greedy.kernel(), ["print('a new kernel')"]) == "a new kernel\n"
    assert other.run(of_other, ["print(kept)"]) == "still here\n"


def test_processes_are_limited(machine, students):
    greedy, other = students[2], students[3]
    sources = [
        "import subprocess\nstarted = []",
        "try:\n    while len(started) < 2000:\n        started.append(subprocess.Popen(['sleep', '100']))\n"
        "except OSError as problem:\n    print(type(problem).__name__)",
        "count = len(started)\nfor process in started:\n    process.kill()\n    process.wait()\nprint(count)",
    ]
    name, count = greedy.run(greedy.kernel(), sources).split()
    assert name == "BlockingIOError" and 50 < int(count) < 512
    assert other.run(other.kernel(), ["print(1)"]) == "1\n"


def test_cores_and_all_servers_together_are_limited(machine, students):
    unit = f"jupyter-{students[0].name}-singleuser"
    show = ["systemctl", "show", "--property=CPUQuotaPerSecUSec,MemoryMax,Slice", unit]
    said = dict(line.split("=") for line in machine.run(*show).stdout.split())
    assert said == {"CPUQuotaPerSecUSec": "1s", "MemoryMax": str(3 * 2**29), "Slice": "book.slice"}
    total = machine.run("systemctl", "show", "--property=MemoryMax", "--value", "book.slice").stdout.strip()
    with open("/proc/meminfo") as file:
        memory = 1024 * int(file.readline().split()[1])
    assert 0.8 * memory < int(total) < 0.9 * memory

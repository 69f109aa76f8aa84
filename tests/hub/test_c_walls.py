"""None can read or change another's server, files or submission; and what is refused to one works for the other."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests
from conftest import A1
from people import HUB
from test_a_class import outside
from test_b_the_hub_dies import INBOUND, NOTEBOOK, main_pids

TRY = """
import json, os, shutil, socket, urllib.request
def attempt(action):
    try:
        return "DONE: " + repr(action())[:200]
    except Exception as problem:
        return type(problem).__name__ + ": " + str(problem)[:200]
def ask(url, token):
    request = urllib.request.Request(url, headers={"Authorization": "token " + token})
    return urllib.request.urlopen(request, timeout=20).read()
"""


@pytest.fixture(scope="module")
def ada(students):
    return students[0]


@pytest.fixture(scope="module")
def eve(students):
    return students[1]


@pytest.fixture(scope="module")
def ports(machine, ada):
    """Return the port of Ada's server, and a list of those of her kernel, which is running."""
    kernel = ada.kernel()
    ada.run(kernel, ["pass"])  # by now it listens where it will
    first = psutil.Process(outside(machine, int(main_pids(machine, [ada])[0])))
    own = listening(first)
    assert len(own) == 1, "the server listens for the proxy only"
    return own[0], kernel, [port for process in first.children(recursive=True) for port in listening(process)]


@pytest.fixture(scope="module")
def port(ports):
    return ports[0]


def listening(process):
    return [c.laddr.port for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN]


def tried(person, attempts):
    """Run attempts, a dict from names to Python expressions, in a person's kernel; return what became of each."""
    lines = [f"results[{name!r}] = attempt(lambda: {text})" for name, text in attempts.items()]
    sources = [TRY, "results = {}\n" + "\n".join(lines), "print(json.dumps(results))"]
    return json.loads(person.run(person.kernel(), sources))


def test_the_server_of_another_is_shut(machine, ada, eve, port):
    assert ada.user("/api/contents").status_code == 200
    for method, path in [
        ("GET", "/api/contents"),
        ("PUT", "/api/contents/note.txt"),
        ("POST", "/api/kernels"),
        ("GET", "/api/kernels"),
        ("POST", "/assignments/submit"),
        ("GET", "/lab"),
        ("GET", "/terminals/1"),
    ]:
        answer = eve.ask(method, f"/user/{ada.name}{path}", json={})
        assert answer.status_code == 403, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
    for method, path in [
        ("GET", f"/users/{ada.name}"),
        ("POST", f"/users/{ada.name}/tokens"),
        ("DELETE", f"/users/{ada.name}/server"),
        ("GET", "/users"),
        ("GET", "/proxy"),
        ("POST", "/shutdown"),
        ("POST", "/users/grader/server"),
    ]:
        answer = eve.ask(method, f"/hub/api{path}", json={} if method == "POST" else None)
        assert answer.status_code in (403, 404), f"{method} {path}: {answer.status_code} {answer.text[:300]}"
    page = eve.browser.get(f"{HUB}/user/{ada.name}/lab", timeout=60)  # with cookies, as a browser goes there
    assert page.status_code == 403, page.url
    assert eve.browser.get(f"{HUB}/user/{eve.name}/lab", timeout=60).status_code == 200
    assert requests.get(f"{HUB}/user/{ada.name}/api/contents", timeout=60).status_code == 403
    assert ada.user("/api/status").status_code == 200


def test_what_runs_on_the_machine_reaches_no_other_server(machine, ada, eve, port):
    own = "os.environ['JUPYTERHUB_API_TOKEN']"
    direct, hub = f"http://127.0.0.1:{port}/user/{ada.name}/api/contents", "http://127.0.0.1:8081/hub/api"
    pid = main_pids(machine, [ada])[0]
    attempts = {
        "her server": f"ask({direct!r}, {own})",
        "her server with a token of the browser": f"ask({direct!r}, {eve.token!r})",
        "the hub": f"ask('{hub}/users/{ada.name}', {own})",
        "the proxy": "ask('http://127.0.0.1:8001/api/routes', '')",
        "the proxy's token": "open('/etc/hiker-and-guide/proxy.env').read()",
        "the hub's database": "open('/var/lib/hiker-and-guide/jupyterhub.sqlite', 'rb').read(9)",
        "her environment": f"open('/proc/{pid}/environ').read()",
        "her processes": f"os.kill({pid}, 9)",
        "her sockets": f"os.listdir('/run/jupyter-{ada.name}-singleuser')",
        "root": "os.setuid(0)",
    }
    for name, result in tried(eve, attempts).items():
        assert not result.startswith("DONE"), f"{name}: {result}"
    seen = tried(eve, {"processes": "{os.stat('/proc/' + p).st_uid for p in os.listdir('/proc') if p.isdigit()}"})
    uid = machine.path(f"/home/{eve.name}").stat().st_uid
    assert seen["processes"] == f"DONE: {{{uid}}}"
    own_server = tried(ada, {"own": f"ask({direct!r}, {ada.token!r})", "own 2": f"open('/proc/{pid}/environ').read()"})
    assert all(result.startswith("DONE") for result in own_server.values()), own_server


def test_nobody_listens_to_what_a_kernel_prints(ada, eve, ports):
    _, kernel, of_kernel = ports
    listen = f"""
import time, zmq
context, heard = zmq.Context(), []
socket = context.socket(zmq.SUB)
socket.subscribe(b"")
for port in {of_kernel}:
    socket.connect(f"tcp://127.0.0.1:{{port}}")
end = time.time() + 6
while time.time() < end:
    if socket.poll(200):
        heard += socket.recv_multipart()
print(any(b"a secret" in part for part in heard))
"""
    of_eve = eve.kernel()
    with ThreadPoolExecutor(1) as pool:
        ear = pool.submit(eve.run, of_eve, [listen])
        said = ada.run(kernel, ["import time\nfor _ in range(16):\n    print('a secret')\n    time.sleep(0.25)"])
        assert "a secret" in said and ear.result() == "False\n"


def test_files_and_submissions_of_another_are_shut(machine, ada, eve):
    submission = f"{INBOUND}/{max(os.listdir(machine.path(INBOUND)), key=lambda n: n.startswith(ada.name))}"
    home, exchange = f"/home/{ada.name}", "/srv/nbgrader/exchange"
    ada.run(ada.kernel(), ["open('/tmp/note', 'w').write('x')"])
    attempts = {  # Eve is told the name of the submission, which she could not find out
        "list a home": f"os.listdir({home!r})",
        "read a file": f"open('{home}/{NOTEBOOK}').read()",
        "write a file": f"open('{home}/{NOTEBOOK}', 'w').write('x')",
        "read a temporary file": "open('/tmp/note').read()",
        "list what was handed in": f"os.listdir({INBOUND!r})",
        "list a submission": f"os.listdir({submission!r})",
        "read a submission": f"open('{submission}/{A1}.ipynb').read()",
        "write a submission": f"open('{submission}/{A1}.ipynb', 'w').write('x')",
        "add to a submission": f"open('{submission}/x', 'w').write('x')",
        "move a submission": f"os.rename({submission!r}, '{INBOUND}/x')",
        "remove a submission": f"shutil.rmtree({submission!r})",
        "link to a submission": f"os.link('{submission}/{A1}.ipynb', '{INBOUND}/y')",
        "change the assignment": f"open('{exchange}/course/outbound/{NOTEBOOK}', 'w').write('x')",
        "add an assignment": f"os.mkdir('{exchange}/course/outbound/a9')",
        "add a course": f"os.mkdir('{exchange}/fake')",
        "read the solutions": "os.listdir('/srv/hiker-and-guide')",
        "read a solution": f"open('/srv/hiker-and-guide/classroom/source/{NOTEBOOK}').read()",
        "read the course": "os.listdir('/home/grader/course')",
        "write to the environment": "open('/opt/hiker-and-guide/bin/book-server', 'a').write('x')",
        "write to the chapters": "open('/opt/hiker-and-guide/share/book/index.md', 'a').write('x')",
    }
    for name, result in tried(eve, attempts).items():
        assert not result.startswith("DONE"), f"{name}: {result}"
        assert result.startswith(("PermissionError", "FileNotFoundError: [Errno 2] No such file or directory: '/tmp"))
    allowed = tried(ada, {k: attempts[k] for k in ("read a file", "list a submission", "read a submission")})
    assert all(result.startswith("DONE") for result in allowed.values()), allowed
    assert "classroom" not in tried(eve, {"import": "__import__('lessons_lib').__file__"})["import"]
    assert tried(eve, {"import": "__import__('classroom')"})["import"].startswith("ModuleNotFoundError")

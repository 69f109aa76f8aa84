"""A person before a browser: logs in, starts a server, runs notebooks, fetches and hands in. All over HTTP."""

import json
import time
import uuid

import requests
import websocket

HUB = "http://127.0.0.1:8000"


class Person:
    """Someone with an account.

    Parameters
    ----------
    name, password : of the account
    server : whose server is used; the own one unless told
    """

    def __init__(self, name, password, server=None):
        self.name, self.password, self.server = name, password, server or name
        self.browser = requests.Session()
        self.token = None

    def login(self):
        """Log in with the form; return whether the hub let them in. The token stands for the session from then on."""
        self.browser.get(f"{HUB}/hub/login", timeout=60)
        form = {"username": self.name, "password": self.password, "_xsrf": self.xsrf()}
        self.browser.post(f"{HUB}/hub/login", data=form, timeout=60, allow_redirects=False)
        headers = {"X-XSRFToken": self.xsrf()}
        url = f"{HUB}/hub/api/users/{self.name}/tokens"
        answer = self.browser.post(url, headers=headers, json={"note": "a term"}, timeout=60)
        self.token = answer.json().get("token") if answer.status_code == 201 else None
        return self.token is not None

    def xsrf(self):
        return next((c.value for c in self.browser.cookies if c.name == "_xsrf" and c.path == "/hub/"), "")

    def ask(self, method, path, **more):
        """Send a request with the token and nothing else; return the answer."""
        headers = {"Authorization": f"token {self.token}"}
        return requests.request(method, f"{HUB}{path}", headers=headers, timeout=180, allow_redirects=False, **more)

    def user(self, path, method="GET", **more):
        """Send a request to the server in use; return the answer."""
        return self.ask(method, f"/user/{self.server}{path}", **more)

    def start(self, seconds=180):
        """Start the server; return the seconds until it answers."""
        begin = time.monotonic()
        answer = self.ask("POST", f"/hub/api/users/{self.server}/server")
        running = answer.status_code == 400 and "already running" in answer.text
        assert running or answer.status_code in (201, 202), f"{self.name}: {answer.status_code} {answer.text}"
        while time.monotonic() - begin < seconds:
            if self.user("/api/status").status_code == 200:
                return time.monotonic() - begin
            time.sleep(0.2)
        raise AssertionError(f"the server of {self.server} does not answer")

    def notebook(self, path):
        """Open a notebook: its page in JupyterLab, then its content."""
        page = self.user(f"/lab/tree/{path}")
        assert page.status_code == 200 and "jupyter-config-data" in page.text
        answer = self.user(f"/api/contents/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()["content"]

    def kernel(self):
        """Start a kernel and return its id."""
        return self.user("/api/kernels", "POST", json={"name": "python3"}).json()["id"]

    def run(self, kernel, sources, seconds=300):
        """Run cells in a kernel; return what they print and show, as text. A cell that fails is an AssertionError."""
        url = f"{HUB}/user/{self.server}/api/kernels/{kernel}/channels".replace("http", "ws", 1)
        channel = websocket.create_connection(url, timeout=seconds, header=[f"Authorization: token {self.token}"])
        try:
            return "".join(self._run_cell(channel, source) for source in sources)
        finally:
            channel.close()

    def _run_cell(self, channel, source):
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": "s"}
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {}, "content": content}
        channel.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        text = ""
        while True:
            answer = channel.recv()
            if not isinstance(answer, str):  # with buffers: what a figure shows
                continue
            answer = json.loads(answer)
            kind, content = answer["msg_type"], answer["content"]
            if kind == "status" and content["execution_state"] in ("restarting", "dead", "autorestarting"):
                raise KernelDied(f"the kernel of {self.name} died")
            if answer["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            assert kind != "error", f"{self.name}: {content.get('ename')}: {content.get('evalue')}\n{source}"
            text += content.get("text", "") if kind == "stream" else ""
            if kind == "status" and content["execution_state"] == "idle":
                return text

    def assignment(self, action, name):
        """Do what nbgrader's list of assignments does on a click: "fetch" or "submit"; return the answer."""
        data = {"course_id": "course", "assignment_id": name}
        return self.user(f"/assignments/{action}", "POST", json=data)


class KernelDied(Exception):
    """The server says that the kernel has died."""

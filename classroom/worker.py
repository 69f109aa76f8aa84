"""The student's side: runs a notebook's cells and calls its functions, inside the sandbox.

The grader starts this file as a script, in a process of its own, and speaks with it over two pipes.
Nothing in here is trusted: a student's code shares this process and may do with it what it likes.
"""

import builtins
import io
import json
import linecache
import os
import resource
import shutil
import signal
import sys
import traceback
import types

MAX_TEXT = 20_000  # characters of output kept from one cell
MAX_MESSAGE = 1_000  # characters of an error's text
CELL_MAGICS_THAT_RUN = ("time", "timeit", "capture", "prun")


def limit(settings):
    """Give up what a submission may not have: memory, processor time, files, processes, and root."""
    for name, value in settings["limits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))
    if settings["uid"]:
        os.setgroups([])
        try:
            os.setresgid(*[settings["uid"]] * 3)
            os.setresuid(*[settings["uid"]] * 3)
        except OSError:  # a container that knows few users
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)


class Text(io.TextIOBase):
    """What a cell prints, up to a limit; the rest is dropped."""

    def __init__(self):
        self.parts, self.room = [], MAX_TEXT

    def writable(self):
        return True

    def write(self, text):
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
        return len(text)

    def take(self):
        text = "".join(self.parts) + ("\n... more was printed ..." if self.room < 0 else "")
        self.parts, self.room = [], MAX_TEXT
        return text


class Shell:
    """What `get_ipython()` returns: magics that time or capture run their code, all others do nothing."""

    def __init__(self, run):
        self._run = run

    def run_cell_magic(self, name, line, cell):
        if name in CELL_MAGICS_THAT_RUN:
            self._run(cell)

    def run_line_magic(self, name, line, **_):
        if name == "time":
            self._run(line)

    def getoutput(self, *_, **__):
        return []

    def __getattr__(self, name):
        return lambda *_, **__: None


class Notebook:
    """The cells' namespace, as the module `__main__`."""

    def __init__(self):
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        shell = Shell(self.execute)
        module.get_ipython = lambda: shell
        module.display = lambda *values, **_: print(*map(repr, values))
        self.names, self.count = vars(module), 0

    def execute(self, source):
        self.count += 1
        file = f"<cell {self.count}>"
        try:
            code = compile(source, file, "exec")
        except SyntaxError:  # perhaps a magic
            from IPython.core.inputtransformer2 import TransformerManager

            source = TransformerManager().transform_cell(source)
            code = compile(source, file, "exec")
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(code, self.names)


class TookTooLong(Exception):
    """Raised in the student's code when its time is over; the grader ends the process if it is ignored."""


def describe(error):
    """Return the kind, the text and the traceback of an error that a student's code raised."""
    try:
        message = str(error)[:MAX_MESSAGE]
    except Exception:
        message = ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell")]
    where = "".join(traceback.format_list(frames))[-4_000:]
    return [type(error).__name__[:100], message, where]


class Worker:
    """Answers the grader's requests, one at a time, until the pipe is closed."""

    def __init__(self, wire, reader, writer):
        self.wire, self.reader, self.writer = wire, reader, writer
        self.notebook, self.functions = Notebook(), []
        self.output = sys.stdout = sys.stderr = Text()

    def serve(self):
        self.send({"ready": True})
        while (request := self.receive()) is not None:
            self.send(self.answer(request))

    def receive(self):
        header = self.reader.read(4)
        return self.wire.unpack(self.reader.read(self.wire.length(header))) if len(header) == 4 else None

    def send(self, message):
        self.writer.write(self.wire.pack(message))
        self.writer.flush()

    def answer(self, request):
        """Return the reply to one request; whatever the student's code raises becomes a part of it."""
        reply = {}
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        try:
            reply = getattr(self, "do_" + request["do"])(request)
            self.wire.pack(reply)  # too long a value is told here
        except BaseException as error:  # SystemExit and KeyboardInterrupt too
            reply = {"error": describe(error), "unsendable": isinstance(error, self.wire.Unsendable)}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if request["do"] == "run":
            reply["text"] = self.output.take()
        return reply

    def do_run(self, request):
        self.notebook.execute(request["source"])
        return {}

    def do_get(self, request):
        if request["name"] not in self.notebook.names:
            return {"missing": True}
        return {"value": self.encode(self.notebook.names[request["name"]])}

    def do_call(self, request):
        args, kwargs = self.decode(request["args"]), self.decode(request["kwargs"])
        arrays = list(find_arrays([args, kwargs]))
        before = [array.copy() for array in arrays]
        value = self.encode(self.functions[request["function"]](*args, **kwargs))
        changed = any(a.shape != b.shape or a.tobytes() != b.tobytes() for a, b in zip(arrays, before, strict=True))
        return {"value": value, "changed": changed}

    def call_back(self, number, args, kwargs):
        """Ask the grader to call one of its functions, from within a student's function."""
        request = {"function": number, "args": self.encode(args), "kwargs": self.encode(kwargs)}
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # an exchange is not broken off half-way
        try:
            self.send(request)
            reply = self.receive()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
        if "error" in reply:
            kind, message = reply["error"]
            raise getattr(builtins, kind, RuntimeError)(message)
        return self.decode(reply["value"])

    def encode(self, value):
        return self.wire.encode(value, self.share)

    def share(self, function):
        self.functions.append(function)
        return len(self.functions) - 1

    def decode(self, data):
        def function(number):
            return lambda *args, **kwargs: self.call_back(number, args, kwargs)

        return self.wire.decode(data, function, self.wire.plain_named)


def find_arrays(value):
    """Yield the arrays in nested lists, tuples and dicts."""
    if type(value).__name__ == "ndarray":
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from find_arrays(item)
    elif isinstance(value, dict):
        yield from find_arrays(list(value.values()))


def over(*_):
    raise TookTooLong("it took too long")


def main():
    settings = json.loads(sys.argv[1])
    limit(settings)
    signal.signal(signal.SIGALRM, over)
    for folder in os.listdir(settings["home"]):
        shutil.copytree(f"{settings['home']}/{folder}", folder, copy_function=shutil.copyfile)
    os.chdir("work")
    import wire  # lies beside this file; it loads NumPy, so it comes after the limits

    reader, writer = os.fdopen(settings["reader"], "rb"), os.fdopen(settings["writer"], "wb")
    Worker(wire, reader, writer).serve()


if __name__ == "__main__":
    main()

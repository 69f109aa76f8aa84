"""The grader's side of the pipes: a student's notebook as something to run, ask for names, and call.

What comes from the worker is data that may be wrong in any way; it is decoded here, and never run.
"""

import builtins
import importlib
import os
import select
import struct
import time
from typing import NamedTuple

from classroom import wire
from lessons_lib.coach import Raised

START_SECONDS = 60
GRACE = 2.0  # seconds between telling the student's code to stop and ending its process
NAMED = {  # NamedTuples that keep their class on the way back
    "Layer": "lessons_lib.network",
    "Forward": "lessons_lib.network",
    "Backward": "lessons_lib.network",
    "Optimizer": "lessons_lib.optimizers",
}


class Stopped(Exception):
    """The student's process is gone or was ended; the text says why, in a sentence for the student."""


class NoWorker(Exception):
    """The student's process did not start: the fault of the grader or of the machine."""


class Outcome(NamedTuple):
    """What running one cell gave."""

    text: str  # printed
    error: list | None  # kind, message, traceback


def named(name, fields):
    """Return the library's NamedTuple class of that name and those fields, or None."""
    if name not in NAMED:
        return None
    cls = getattr(importlib.import_module(NAMED[name]), name)
    return cls if cls._fields == fields else None


def raised(kind, text):
    """Return the exception for an error in the student's code: a `coach.Raised` that is also of that kind."""
    cls = getattr(builtins, kind, None)
    if isinstance(cls, type) and issubclass(cls, Exception):
        try:
            return type(kind, (Raised, cls), {})(kind, text)
        except TypeError:  # a kind that wants more than a text
            pass
    return Raised(kind, text)


class Remote:
    """A function of the student's. `last_changed` tells whether its last call changed an array it was given."""

    def __init__(self, student, number, name):
        self._student, self._number, self.__name__ = student, number, name
        self.last_changed = False

    def __call__(self, *args, **kwargs):
        value, self.last_changed = self._student.call(self._number, args, kwargs, self.__name__)
        return value

    def __repr__(self):
        return f"<{self.__name__} of the student>"


class Student:
    """A student's notebook, running in processes that `start` makes: a new one after each that had to be ended.

    Parameters
    ----------
    start : callable without arguments, returning a `sandbox.Sandbox`
    limits : sandbox.Limits
    """

    def __init__(self, start, limits):
        self.start, self.limits = start, limits
        self.end = time.monotonic() + limits.notebook_seconds
        self.box = None
        self.cells, self.deadly, self.errors = [], set(), []
        self.generation, self.callbacks = 0, []
        self.look = 0.0  # when to look at the memory again

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._close()

    def _close(self):
        if self.box is not None:
            self.box.close()
            self.box = None

    def run(self, source):
        """Run one cell and return its Outcome; a cell that ends the process is left out from then on."""
        self._revive()
        self.cells.append(source)
        outcome = self._run(len(self.cells) - 1)
        if outcome.error:
            self.errors.append((source, outcome.error))
        return outcome

    def _run(self, number):
        seconds = self.limits.cell_seconds
        try:
            reply = self._ask({"do": "run", "source": self.cells[number]}, seconds, "this cell")
        except Stopped as stop:
            self.deadly.add(number)
            return Outcome("", ["Stopped", str(stop), ""])
        error = _error(reply["error"]) if "error" in reply else None
        if error and error[0] == "TookTooLong":
            error = ["Stopped", self._too_slow("this cell", seconds), error[2]]
        return Outcome(str(reply.get("text", "")), error)

    def _revive(self):
        """Make sure that there is a process in which all cells so far have run, but for those that end it."""
        while self.box is None:
            if time.monotonic() > self.end:
                raise Stopped(self._out_of_time())
            self._start()
            for number in range(len(self.cells)):
                if number not in self.deadly and self.box is not None:
                    self._run(number)

    def _start(self):
        self.box = self.start()
        self.generation += 1
        try:
            ready = "ready" in self._read(time.monotonic() + START_SECONDS, "the start", START_SECONDS)
        except Stopped:
            ready = False
        if not ready:
            raise NoWorker("The sandbox's process did not start.")

    def get(self, name):
        """Return what the notebook has under `name`; raise NameError if there is nothing."""
        self._revive()
        reply = self._ask({"do": "get", "name": name}, self.limits.call_seconds, f"`{name}`")
        if "missing" in reply:
            raise NameError(name)
        return self._value(reply, name, "it is")

    def call(self, number, args, kwargs, name):
        """Call a function of the student's; return its result and whether it changed an array it was given."""
        generation, number = number
        if generation != self.generation or self.box is None:
            raise Stopped(f"`{name}` could not be called again: its process had to be ended.")
        request = {"do": "call", "function": number, "args": self._encode(args), "kwargs": self._encode(kwargs)}
        reply = self._ask(request, self.limits.call_seconds, f"`{name}`")
        return self._value(reply, name, "it returned"), reply.get("changed") is True

    def _value(self, reply, name, what):
        if "error" in reply:
            kind, message, _ = _error(reply["error"])
            if reply.get("unsendable") is True:
                raise Raised("", f"{what} {message}")
            if kind == "TookTooLong":
                raise Stopped(self._too_slow(f"`{name}`", self.limits.call_seconds))
            raise raised(kind, message)
        generation = self.generation

        def function(number):
            return Remote(self, (generation, number), name)

        return self._checked(lambda: wire.decode(reply["value"], function, named))

    def _checked(self, read):
        """Return `read()`; a worker that sends nonsense is ended."""
        try:
            return read()
        except (wire.Malformed, KeyError, TypeError, struct.error):
            self._close()
            raise Stopped("Your notebook disturbed the process that runs it, which was ended.") from None

    def _encode(self, value):
        return wire.encode(value, self._share)

    def _share(self, function):
        self.callbacks.append(function)
        return len(self.callbacks) - 1

    def _ask(self, request, seconds, what):
        """Send a request and return the reply, answering the worker's calls back meanwhile."""
        now = time.monotonic()
        if now > self.end:
            self._close()
            raise Stopped(self._out_of_time())
        request["seconds"] = min(seconds, self.end - now)
        deadline = now + request["seconds"] + GRACE
        message = wire.pack(request)
        while True:
            self._write(message, deadline, what, seconds)
            reply = self._read(deadline, what, seconds)
            if "function" not in reply:
                return reply
            message = wire.pack(self._call_back(reply))

    def _call_back(self, request):
        def read():
            number = request["function"]
            if type(number) is not int or not 0 <= number < len(self.callbacks):
                raise wire.Malformed("an unknown function")
            none = {}.get  # a callback is given data, no functions
            return self.callbacks[number], [wire.decode(request[part], none, named) for part in ("args", "kwargs")]

        function, (args, kwargs) = self._checked(read)
        try:
            return {"value": self._encode(function(*args, **kwargs))}
        except Exception as error:  # belongs to the student's code, which gave the arguments
            return {"error": [type(error).__name__, str(error)[:1000]]}

    def _write(self, message, deadline, what, seconds):
        while message:
            self._wait(deadline, what, seconds, writing=True)
            try:
                message = message[os.write(self.box.writer, message[:65536]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._gone(what)

    def _read(self, deadline, what, seconds):
        def take(size):
            parts = []
            while size:
                self._wait(deadline, what, seconds)
                part = os.read(self.box.reader, min(size, 1 << 20))
                if not part:
                    self._gone(what)
                parts.append(part)
                size -= len(part)
            return b"".join(parts)

        header = take(4)
        body = take(self._checked(lambda: wire.length(header)))
        return self._checked(lambda: wire.unpack(body))

    def _wait(self, deadline, what, seconds, writing=False):
        """Wait until the pipe is ready; end the process when its time is over or its memory is used up."""
        reader, writer = ([], [self.box.writer]) if writing else ([self.box.reader], [])
        while True:
            now = time.monotonic()
            if now > deadline:
                self._close()
                raise Stopped(self._out_of_time() if now > self.end else self._too_slow(what, seconds))
            if now > self.look:
                self.look = now + 0.1
                if self.box.memory() > self.limits.memory:
                    self._close()
                    raise Stopped(f"{_capital(what)} used more than {self.limits.memory / 2**30:g} GB of memory.")
            if any(select.select(reader, writer, [], 0.1)):
                return

    def _gone(self, what):
        self._close()
        raise Stopped(f"{_capital(what)} ended the process that runs your notebook.")

    def _too_slow(self, what, seconds):
        return f"{_capital(what)} took longer than {seconds:g} seconds: is there a loop that does not end?"

    def _out_of_time(self):
        return f"Your notebook took longer than {self.limits.notebook_seconds:g} seconds in all."


def _capital(text):
    return text[0].upper() + text[1:]


def _error(parts):
    """Return a worker's error as three texts of reasonable length, whatever it sent."""
    try:
        kind, message, where = parts
        return [str(kind)[:100], str(message)[:1000], str(where)[:4000]]
    except (TypeError, ValueError):
        return ["Error", "", ""]

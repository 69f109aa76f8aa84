"""`python -m classroom.hub`: set up a class's server. Run as root, in the book's folder, with the server's Python."""

import argparse
import os
import subprocess
import sys


def parser():
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m classroom.hub", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    sub = commands.add_parser("install", help=install.__doc__.split(".")[0], description=install.__doc__)
    sub.add_argument("--instructor", action="append", default=[], metavar="NAME", help="an account (may be repeated)")
    sub.set_defaults(function=install)
    sub = commands.add_parser("students", help=students.__doc__.split(".")[0], description=students.__doc__)
    sub.add_argument("csv", help="the roster: of Canvas, Moodle, or your own")
    sub.add_argument("--passwords", default="passwords.csv", help="where the first passwords are written")
    sub.set_defaults(function=students)
    return top


def install(options):
    """Set the server up, or bring it up to date. Nothing is started."""
    from classroom.hub import install

    install.packages()
    install.install(options.instructor)
    print("The server is set up. Start it:  systemctl daemon-reload && systemctl enable --now book-proxy book-hub")


def students(options):
    """Make an account for each student of a roster who has none."""
    from classroom.course import read_roster
    from classroom.hub import accounts

    passwords = accounts.add(student["id"] for student in read_roster(options.csv))
    accounts.write(passwords, options.passwords)
    print(f"{len(passwords)} accounts were made; their passwords are in {options.passwords}")


def main(arguments=None):
    options = parser().parse_args(arguments)
    if os.getuid() != 0:
        print("python -m classroom.hub makes accounts and units: run it as root", file=sys.stderr)
        return 1
    from classroom.course import CourseError

    try:
        options.function(options)
    except (CourseError, ValueError, OSError, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

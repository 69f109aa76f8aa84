"""`python -m classroom`: the commands of a course, each a thin layer over nbgrader.

They end with 0 if all is well, 1 if something failed or needs review, 2 if the command line is not understood, and
130 if they are broken off with Ctrl-C.
"""

import argparse
import logging
import sys
import warnings
from functools import partial
from pathlib import Path

from tqdm import tqdm


def parser():
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m classroom", description=__doc__.split("\n\n")[0])
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(function, *arguments, assignment=True):
        sub = commands.add_parser(function.__name__, help=function.__doc__.split(".")[0], description=function.__doc__)
        sub.set_defaults(function=function)
        sub.add_argument("course", help="the folder of the course")
        if assignment:
            sub.add_argument("assignment", help="its name, such as a1_descent")
        for argument in arguments:
            several = isinstance(argument, list)  # of which one at most may be given
            place = sub.add_mutually_exclusive_group() if several else sub
            for names, settings in argument if several else [argument]:
                place.add_argument(*names, **settings)

    def option(*names, **settings):
        return names, settings

    students = option("--student", action="append", metavar="ID", help="only this student (may be repeated)")
    command(init, option("--name", help="of the course, as the exchange calls it"), assignment=False)
    command(roster, option("csv", help="of Canvas' gradebook, Moodle's participants, or your own"), assignment=False)
    command(check, assignment=False)
    command(release, option("--due", metavar="TIME", help="as in '2026-10-12 23:59'; of this computer's zone"))
    command(
        collect,
        option("--zip", metavar="FILE", help="handed out by Canvas or Moodle; without it: nbgrader's exchange"),
        option("--times", metavar="CSV", help="with the times of handing in, as Moodle's grading worksheet"),
    )
    command(
        grade,
        students,
        option("--force", action="store_true", help="grade what is unchanged, too"),
        [
            option(
                "--jobs",
                type=positive,
                metavar="N",
                help="sandboxes at a time on this computer; one for each core unless told",
            ),
            option(
                "--scheduler",
                type=address,
                metavar="ADDRESS",
                help="of a Dask cluster whose workers run the "
                "sandboxes, as in tls://10.0.0.5:8786; if not given, that of Dask's own settings "
                "(DASK_SCHEDULER_ADDRESS), else this computer's own worker processes",
            ),
        ],
        option("--unsafe-no-sandbox", action="store_true", help="run students' code without walls around it"),
    )
    command(feedback, students, option("--release", action="store_true", help="into nbgrader's exchange as well"))
    command(
        export,
        option("--format", choices=("canvas", "moodle", "nbgrader"), default="canvas"),
        option("--to", metavar="FILE", help="where to; <format>.csv in the course's folder unless told"),
        option("--assignment", action="append", metavar="NAME", help="only this one (may be repeated)"),
        assignment=False,
    )
    return top


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def address(text):
    from classroom import cluster

    try:
        return cluster.address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def init(options):
    """Make the folder of a course, with the book's assignments in it."""
    from classroom import course

    for path in course.make(options.course, options.name):
        print(f"made {path}")
    print(f"Next, read in the students:  python -m classroom roster {options.course} students.csv")


def roster(options):
    """Read the students from a CSV into the gradebook."""
    from classroom import course

    students = course.read_roster(options.csv)
    course.add_students(course.Course(options.course), students)
    print(f"{len(students)} students are in the gradebook and in {Path(options.course) / 'roster.csv'}")


def check(options):
    """Tell whether everything is there that grading needs: the sandbox, and for each assignment a full score."""
    from classroom import selfcheck
    from classroom.course import Course

    problems = selfcheck.run(Course(options.course))
    for line in problems or ["All is well: every solution earns all points, and what is handed out earns none."]:
        print(line)
    return bool(problems)


def release(options):
    """Make the students' version of an assignment, without solutions and hidden checks."""
    from classroom.collect import utc
    from classroom.course import Course, CourseError

    course = Course(options.course)
    course.choose(options.assignment)
    result = course.api.generate_assignment(options.assignment)
    if not result["success"]:
        raise CourseError(f"nbgrader could not make it:\n{result.get('log', '')}{result.get('error', '')}")
    if options.due:
        with course.gradebook() as gradebook:
            gradebook.update_or_create_assignment(options.assignment, duedate=utc(options.due))
    print(f"made {course.folder('release', options.assignment)}: hand out the files in it")
    print(f"or, with nbgrader's exchange:  cd {course.root} && nbgrader release_assignment {options.assignment}")


def collect(options):
    """Collect what students have handed in, from a ZIP or from nbgrader's exchange; the latest counts."""
    from classroom import collect
    from classroom.course import Course

    course = Course(options.course)
    course.choose(options.assignment)
    if not options.zip:
        collect.from_exchange(course, options.assignment)
        print(f"{len(course.submitted(options.assignment))} students have handed in")
        return False
    report = collect.from_zip(course, options.assignment, options.zip, options.times)
    print("\n".join(report))
    return len(report) > 1


def grade(options):
    """Grade what was handed in and is new or has changed, each submission in a sandbox."""
    from classroom import grading
    from classroom.course import Course

    course = Course(options.course)
    course.choose(options.assignment)
    if options.unsafe_no_sandbox:
        course.config.BlackBox.sandbox = False
        print(f"Grading {grading.UNSAFE}", file=sys.stderr)
    results = grading.grade(
        course,
        options.assignment,
        students=options.student,
        force=options.force,
        jobs=options.jobs,
        scheduler=options.scheduler,
    )
    review = [result for result in results if result.review]
    for result in review:
        print(f"NEEDS REVIEW: {result.student}: {'; '.join(result.review)}")
    print(f"{sum(r.graded for r in results)} graded, {sum(not r.graded for r in results)} unchanged, "
          f"{len(review)} in need of review, {sum(r.by_hand for r in results)} answers to grade by hand")  # fmt: skip
    print(f"The report is {grading.report_path(course, options.assignment)}")
    return bool(review)


def feedback(options):
    """Make the page that each student gets back."""
    from classroom.course import Course

    course = Course(options.course)
    course.choose(options.assignment)
    folder = course.folder("autograded", options.assignment, "*").relative_to(course.root)
    students = sorted(path.parent.name for path in course.root.glob(str(folder)))
    failed = 0
    steps = [partial(course.api.generate_feedback, force=True)]
    if options.release:  # one by one: what cannot be released holds up no other
        steps.append(course.api.release_feedback)
    for student in tqdm([s for s in students if options.student is None or s in options.student], unit="page"):
        result = next((r for r in (step(options.assignment, student) for step in steps) if not r["success"]), None)
        if result is not None:
            failed += 1
            tqdm.write(f"{student}: {result.get('log', '')}{result.get('error', '')}")
    print(f"made {course.folder('feedback', options.assignment, '<student>')}/*.html")
    return bool(failed)


def export(options):
    """Write the grades as CSV, in the columns that Canvas or Moodle import."""
    from nbgrader.plugins import CsvExportPlugin
    from traitlets.config import LoggingConfigurable

    from classroom import export
    from classroom.course import Course

    course = Course(options.course)
    plugins = {"canvas": export.CanvasExport, "moodle": export.MoodleExport, "nbgrader": CsvExportPlugin}
    to = options.to or str(course.root / f"{options.format}.csv")
    parent = LoggingConfigurable(config=course.config)
    parent.coursedir = course.coursedir
    plugin = plugins[options.format](parent=parent, to=to, assignment=options.assignment or [])
    with course.gradebook() as gradebook:
        plugin.export(gradebook)
    print(f"wrote {to}")


def main(arguments=None):
    options = parser().parse_args(arguments)
    from classroom.cluster import ClusterError
    from classroom.course import CourseError
    from classroom.sandbox import NoSandbox

    warnings.filterwarnings("ignore", module="nbgrader")  # of its database layer, about itself
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # what nbgrader says goes to the logs
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it says of workers and schedulers, we say
    try:
        return int(bool(options.function(options)))
    except (ClusterError, CourseError, NoSandbox, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Broken off. What was done is kept: start again to go on from there.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

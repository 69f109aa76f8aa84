"""The assignments in the book: made from the release, complete, and without any solution or hidden check."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import assignment_pages
import nbformat
import notebooks
import pytest

HOME = Path(__file__).parents[2]


def secrets():
    """Return lines that only solutions, model answers and the tasks of the grader have."""
    found = set()
    for name in notebooks.NAMES:
        for cell in notebooks.source(name).cells:
            for part in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.S):
                found |= {line.strip() for line in part.splitlines()}
            if notebooks.grader(cell).get("grade") and cell.cell_type == "markdown":
                found |= {line.strip() for line in cell.source.splitlines()}
        given = notebooks.released(name).cells
        found -= {line.strip() for cell in given for line in cell.source.splitlines()}
    for path in (HOME / "book").glob("*.ipynb"):  # what a chapter shows is no secret
        found -= {line.strip() for cell in nbformat.read(path, 4).cells for line in cell.source.splitlines()}
    for path in (HOME / "classroom" / "tasks").glob("a*.py"):
        found |= {line.strip() for line in path.read_text(encoding="utf-8").splitlines() if "lambda" in line}
    return {line.encode() for line in found if len(line) > 40} | {b"from classroom.examine import examine"}


SECRETS = secrets()


def leaks(data):
    return [line for line in SECRETS if line in data or line.replace(b'"', b'\\"') in data]


def leaking(folder):
    """Return the files of a folder, and those packed in them, that hold a secret."""
    bad = []
    for path in Path(folder).rglob("*"):
        if not path.is_file():
            continue
        if path.suffix in (".zip", ".whl"):
            with zipfile.ZipFile(path) as archive:
                bad += [
                    f"{path.name}/{name}: {line}" for name in archive.namelist() for line in leaks(archive.read(name))
                ]
        elif path.suffix not in (".png", ".woff2", ".inv"):
            bad += [f"{path.name}: {line}" for line in leaks(path.read_bytes())]
    return bad


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    made = assignment_pages.make_pages(folder)
    assert len(made) == 2 * len(notebooks.NAMES)
    return folder


def test_the_search_for_leaks_finds_them(tmp_path):
    assert len(SECRETS) > 100
    name = notebooks.NAMES[0]
    (tmp_path / "copy.ipynb").write_bytes((notebooks.SOURCE / name / f"{name}.ipynb").read_bytes())
    assert leaking(tmp_path)
    (tmp_path / "copy.ipynb").write_text("<p>" + max(SECRETS, key=len).decode())
    assert leaking(tmp_path)


def test_a_second_run_writes_nothing(book):
    before = {path: path.stat().st_mtime_ns for path in book.rglob("*")}
    assert assignment_pages.make_pages(book) == []
    assert {path: path.stat().st_mtime_ns for path in book.rglob("*")} == before


def test_what_has_no_source_is_removed(book):
    (book / "assignments" / "a9_old.ipynb").write_text("{}")
    assignment_pages.make_pages(book)
    assert not (book / "assignments" / "a9_old.ipynb").exists()


def test_pages_and_downloads_give_nothing_away(book):
    assert leaking(book) == []


def test_the_built_book_gives_nothing_away():
    html = HOME / "_build" / "html"
    assert (html / "index.html").exists(), "build the book first: make book"
    assert leaking(html) == []


def test_a_wheel_gives_nothing_away(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (tree / name).write_bytes((HOME / name).read_bytes())
    for name in ("lessons_lib", "classroom"):
        for path in (HOME / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                target = tree / path.relative_to(HOME)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(tmp_path),
        tree,
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "lessons_lib/coach.py" in names
    assert not [name for name in names if name.startswith(("classroom/", "tests/", "book/"))]
    (tmp_path / "alone").mkdir()
    wheel.rename(tmp_path / "alone" / wheel.name)
    assert leaking(tmp_path / "alone") == []


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_the_release_keeps_the_visible_checks(name):
    given = {cell.id: cell for cell in notebooks.released(name).cells}
    for cell in notebooks.checks(name):
        assert given[cell.id].source.strip() == cell.source.splitlines()[0]
        assert given[cell.id].metadata.editable is False


@pytest.mark.parametrize("name", ["a4_three_layers"])  # the one that needs the most
def test_a_download_works_by_itself(book, tmp_path, name):
    with zipfile.ZipFile(book / "assignments" / f"{name}.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / name
    notebook = nbformat.read(folder / f"{name}.ipynb", 4)
    imports = next(cell.source for cell in notebook.cells if "import numpy" in cell.source)
    check = next(cell.source for cell in notebook.cells if "coach.check" in cell.source)
    function = re.search(r"check\((\w+)", check)[1]
    stub = f"def {function}(*_): raise NotImplementedError"
    code = "\n".join([imports, "import lessons_lib", "print(lessons_lib.__file__)", stub, check])
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert str(folder) in done.stdout
    assert f"NotYet: {function}: not written yet." in done.stderr


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_a_page_links_to_its_download_and_to_the_sections(book, name):
    notebook = nbformat.read(book / "assignments" / f"{name}.ipynb", 4)
    nbformat.validate(notebook)
    assert f"[Download {name}.zip]({name}.zip)" in notebook.cells[0].source
    assert len(re.findall(r"\{ref\}`.+? <sec-[\w-]+>`", "".join(cell.source for cell in notebook.cells))) >= 5
    assert not any("nbgrader" in cell.metadata for cell in notebook.cells)

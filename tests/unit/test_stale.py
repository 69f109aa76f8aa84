"""What the build does again, and what it keeps."""

import nbformat
import pytest
import stale


@pytest.fixture
def home(tmp_path):
    for folder in ("book/_static", "book/_templates", "lessons_lib", "tools"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("_config.yml", "_toc.yml", "package-lock.json", "lessons_lib/code.py", "book/references.bib"):
        (tmp_path / name).write_text("a: 1\n")
    cells = [nbformat.v4.new_markdown_cell("(sec-one)=\n# One\n\nSome words."), nbformat.v4.new_code_cell("1 + 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "book" / "one.ipynb")
    (tmp_path / "book" / "two.md").write_text("# Two\n\nterm\n: What it means.\n")
    build(tmp_path)
    return tmp_path


def build(home):
    """Return what was thrown away of the outputs and the pages of the last build, and make them again."""
    made = home / "_build"
    stale.forget(home, made)
    kept = {name for name in (".jupyter_cache", "html", ".doctrees") if (made / name).exists()}
    for name in (".jupyter_cache", "html", ".doctrees"):
        (made / name).mkdir(exist_ok=True)
    return {".jupyter_cache", "html", ".doctrees"} - kept


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_second_build_keeps_everything(home):
    assert build(home) == set()


def test_prose_is_left_to_sphinx(home):
    edit(home / "book" / "one.ipynb", "Some words", "Other words")
    edit(home / "book" / "two.md", "What it means", "What it is")
    assert build(home) == set()


@pytest.mark.parametrize("name", ["lessons_lib/code.py", "lessons_lib/new.js"])
def test_a_change_of_the_package_throws_all_outputs_away(home, name):
    (home / name).write_text("b: 2\n")
    assert build(home) == {".jupyter_cache", "html", ".doctrees"}


@pytest.mark.parametrize("name", ["_config.yml", "_toc.yml", "book/_static/book.css", "tools/new.py"])
def test_a_change_of_the_look_makes_all_pages_again_and_keeps_the_outputs(home, name):
    (home / name).write_text("b: 2\n")
    assert build(home) == {"html", ".doctrees"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("one.ipynb", "# One", "# Uno"), ("one.ipynb", "(sec-one)", "(sec-uno)"), ("two.md", "term\n", "word\n"),
     ("references.bib", "a: 1", "a: 2")],
)  # fmt: skip
def test_what_other_pages_may_show_makes_all_pages_again(home, name, old, new):
    edit(home / "book" / name, old, new)
    assert build(home) == {"html", ".doctrees"}

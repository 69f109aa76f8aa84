"""What of a class's server can be tested without being root: its settings, its units, its files for Kubernetes.

The server itself, with twenty students, is tested by `make hub`.
"""

import json
import re
import shlex
from pathlib import Path

import jsonschema
import pytest
import yaml

from classroom.hub import __main__ as commands
from classroom.hub import accounts, settings

HUB = Path(settings.__file__).parent
KUBERNETES = HUB / "kubernetes"


def test_the_settings_that_come_with_it_are_the_defaults():
    assert settings.read(HUB / "hub.toml") == settings.Settings()


@pytest.mark.parametrize(
    "line, message",
    [
        ("memery = '1G'", "'memery', which is not a setting"),
        ("memory = 1", "memory in hub.toml is 1; it must be a text such as"),
        ("memory = 'a lot'", "it must be a text such as"),
        ("cpu = 0", "cpu in hub.toml is 0; it must be a number above 0"),
        ("cpu = true", "it must be a number above 0"),
        ("tasks = 3", "at least 64"),
        ("idle_minutes = 14", "a whole number of at least 15"),
        ("servers = -1", "0 sets no limit"),
        ("port = 80", "from 1024"),
        ("course = '../x'", "letters, digits"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, line, message):
    (tmp_path / "hub.toml").write_text(line)
    with pytest.raises(ValueError, match=re.escape(message)):
        settings.read(tmp_path / "hub.toml")


@pytest.mark.parametrize("name", ["root", "grader", "Ada", "ada lovelace", "-ada", "../ada", "a:b", "12345", "a" * 32])
def test_an_id_that_is_no_students_account_is_refused_before_any_is_made(monkeypatch, name):
    monkeypatch.setattr(accounts.grp, "getgrnam", lambda _: accounts.grp.struct_group(("", "", 1, [])))
    monkeypatch.setattr(accounts.subprocess, "run", lambda *a, **k: pytest.fail(f"ran {a}"))
    with pytest.raises(ValueError, match=re.escape(repr(name))):
        accounts.add(["ada", name])


def test_passwords_are_for_root_only(tmp_path):
    accounts.write({"ada": "secret"}, tmp_path / "passwords.csv")
    accounts.write({"bob": "hidden"}, tmp_path / "passwords.csv")
    assert (tmp_path / "passwords.csv").read_text() == "ada,secret\nbob,hidden\n"
    assert (tmp_path / "passwords.csv").stat().st_mode & 0o777 == 0o600


def test_a_command_line_that_is_not_understood_ends_with_2(capsys):
    with pytest.raises(SystemExit) as stop:
        commands.main(["instal"])
    assert stop.value.code == 2 and "invalid choice" in capsys.readouterr().err


def test_the_units_name_files_that_are_there():
    for name in ("book-hub", "book-proxy"):
        unit = (HUB / "etc" / f"{name}.service").read_text()
        words = shlex.split(re.search(r"^ExecStart=((?:.*\\\n)*.*)$", unit, re.M)[1].replace("\\\n", " "))
        for word in words:
            if word.startswith("{checkout}"):
                assert (settings.CHECKOUT / word.removeprefix("{checkout}/")).is_file()
        assert "--ip 127.0.0.1" in " ".join(words) or name == "book-hub"


def test_the_proxys_lock_file_is_that_of_its_package_file_and_names_no_host():
    package, lock = (json.loads((HUB / f"package{part}.json").read_text()) for part in ("", "-lock"))
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)
    assert "resolved" not in (HUB / "package-lock.json").read_text()


@pytest.fixture
def chart():
    """Return the checker of values and the values."""
    schema = yaml.safe_load((KUBERNETES / "chart.schema.yaml").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema), yaml.safe_load((KUBERNETES / "values.yaml").read_text())


def test_values_keep_the_charts_rules(chart):
    checker, values = chart
    assert not [error.message for error in checker.iter_errors(values)]
    assert values["hub"]["config"]["JupyterHub"]["authenticator_class"] != "dummy"


@pytest.mark.parametrize(
    "path, value",
    [
        (("singleuser", "memory", "limits"), "1G"),
        (("singleuser", "cpu", "limit"), "one"),
        (("singleuser", "storage", "type"), "big"),
        (("proxy", "https", "host"), "x"),
        (("cull", "timeout"), "1h"),
        (("culler",), {}),
    ],
)
def test_the_charts_rules_find_mistakes(chart, path, value):
    checker, values = chart
    place = values
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert list(checker.iter_errors(values))


def test_no_solution_reaches_the_image():
    kept = [line[1:] for line in (KUBERNETES / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"]
    assert [path for path in kept if path.startswith("classroom")] == [
        "classroom/hub/kubernetes/requirements.txt",
        "classroom/hub/kubernetes/nbgrader_config.py",
    ]
    for line in (KUBERNETES / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY"):
            sources = [word for word in line.split()[1:-1] if not word.startswith("--")]
            assert all(any(source == path or source == f"{path}/" for path in kept) for source in sources), line
            assert all(list(settings.CHECKOUT.glob(source)) for source in sources), line

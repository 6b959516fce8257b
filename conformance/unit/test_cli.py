"""``python -m agrad``: what it tells, and that it tells it without importing a library."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata

import pytest

from agrad import __main__ as cli
from agrad import backend


def run(*arguments: str, code: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *(("-c", code) if code else ("-m", "agrad")), *arguments]
    kept = {key: value for key, value in os.environ.items() if key != "AGRAD_BACKEND"}
    return subprocess.run(command, capture_output=True, text=True, env={**kept, **environment}, check=False)


@pytest.fixture(scope="module")
def plain() -> str:
    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", ["numpy", "array-api-compat", "scipy", "optree"])
def test_versions_of_what_agrad_stands_on(plain: str, name: str) -> None:
    assert f"{name} {metadata.version(name)}" in plain


def test_versions_of_agrad_and_python(plain: str) -> None:
    assert plain.startswith(f"agrad {metadata.version('agrad')}\n")
    assert f"Python {sys.version.split()[0]}" in plain


@pytest.mark.parametrize("name", ["numpy", "jax", "cupy", "strict"])
def test_every_backend_has_a_line(plain: str, name: str) -> None:
    (line,) = [line for line in plain.splitlines() if line.split()[:1] == [name]]
    assert ("not installed" in line) is not backend.is_installed(name)


def test_what_is_missing_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backend._NEEDS, "jax", ("a_library_that_is_not_there", "pip install jax"))
    text = cli.report()
    assert "not installed" in text
    assert "pip install jax" in text


def test_commands_name_the_library_itself() -> None:
    """Agrad is on no index: a command that installs it from one cannot work."""
    for library, command in backend._NEEDS.values():
        assert command.startswith("pip install ") and "agrad" not in command, library


def entry_point(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    point = metadata.EntryPoint("mine", value, backend.GROUP)
    found = backend._entry_points()
    monkeypatch.setattr(backend, "_entry_points", lambda: {**found, "mine": point})


@pytest.mark.parametrize(
    "value", ["agrad_mine:MyBackend", "agrad_numpy.mine:MyBackend", "agrad_numpy.backend.mine:MyBackend"]
)
def test_an_entry_point_without_its_module_is_not_installed(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    entry_point(monkeypatch, value)
    assert not backend.is_installed("mine")
    module = value.partition(":")[0]
    (line,) = [line for line in cli.report(devices=True).splitlines() if line.split()[:1] == ["mine"]]
    assert f"not installed: no module {module}" in line
    with pytest.raises(ImportError, match=f"'mine' needs {module}, which is not installed"):
        backend.get_backend("mine")


def test_an_entry_point_with_its_module_is_installed_and_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    entry_point(monkeypatch, "xml.dom.pulldom:MyBackend")
    loaded = set(sys.modules)
    assert backend.is_installed("mine")
    assert set(sys.modules) == loaded


def test_nothing_is_imported() -> None:
    code = """
import sys
from agrad.__main__ import report
report()
loaded = {'numpy', 'jax', 'cupy', 'scipy', 'array_api_strict', 'agrad_numpy', 'agrad_jax'} & set(sys.modules)
assert not loaded, loaded
"""
    done = run(code=code)
    assert done.returncode == 0, done.stderr


def test_devices_are_told_when_asked() -> None:
    done = run("--devices")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.split()[:1] == ["numpy"]]
    assert line.endswith("cpu")


def test_a_backend_that_does_not_load_is_told_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> backend.Backend:
        raise RuntimeError("no driver answers")

    monkeypatch.setitem(backend._registered, "broken", broken)
    text = cli.report(devices=True)
    assert "does not work: RuntimeError: no driver answers" in text
    assert "numpy" in text


@pytest.mark.parametrize(
    "chosen, words",
    [
        ("numpy", "Tensors are made on numpy unless told otherwise (AGRAD_BACKEND)."),
        ("nonesuch", "There is no backend of this name"),
    ],
)
def test_the_default_backend(chosen: str, words: str) -> None:
    assert words in run(AGRAD_BACKEND=chosen).stdout


def test_version() -> None:
    assert run("--version").stdout.strip() == f"agrad {metadata.version('agrad')}"

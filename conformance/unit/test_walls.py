"""What importing agrad imports, and what it does not: libraries are loaded by their first use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import agrad

LIBRARIES = ("numpy", "scipy", "jax", "jaxlib", "cupy", "cupyx", "array_api_compat", "array_api_strict", "torch")
ADAPTERS = ("agrad_numpy", "agrad_jax", "agrad_cupy", "agrad_conformance")
ROOT = Path(agrad.__file__).parent


def loaded_after(code: str) -> set[str]:
    """Return the top modules that a fresh interpreter has after running `code`."""
    program = f"{code}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code, allowed",
    [
        ("import agrad", ()),
        ("import agrad; agrad.available_backends()", ()),
        ("import agrad; agrad.device('cuda:0'); agrad.float32; agrad.no_grad()", ()),
        ("import agrad; agrad.tensor([1.0]) * 2", ("numpy", "array_api_compat", "agrad_numpy")),
        (
            "import agrad; x = agrad.tensor([1.0], requires_grad=True); (x * x).backward(agrad.ones(1)); repr(x.grad)",
            ("numpy", "array_api_compat", "agrad_numpy"),
        ),
        (
            "import agrad; agrad.array_api.special.erf(agrad.tensor([1.0]))",
            ("numpy", "array_api_compat", "agrad_numpy", "scipy"),
        ),
        (
            "import agrad; agrad.tensor([1.0], device='strict:cpu') * 2",
            ("numpy", "array_api_strict", "agrad_conformance", "array_api_compat", "agrad_numpy"),
        ),
    ],
)
def test_what_is_loaded(code: str, allowed: tuple[str, ...]) -> None:
    loaded = loaded_after(code) & {*LIBRARIES, *ADAPTERS}
    assert loaded <= set(allowed), f"{code} loads {sorted(loaded - set(allowed))}"


def imports_of(path: Path) -> set[str]:
    """Return the top modules that a file imports anywhere, functions included, but for type checkers alone."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_checkers = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_checkers:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
    return found


def test_agrad_names_no_array_library() -> None:
    guilty = {
        str(path.relative_to(ROOT)): sorted(named)
        for path in ROOT.rglob("*.py")
        if (named := imports_of(path) & {*LIBRARIES, *ADAPTERS})
    }
    assert not guilty


def test_every_package_says_that_it_is_typed() -> None:
    import agrad_conformance
    import agrad_numpy

    for package in (agrad, agrad_numpy, agrad_conformance):
        assert (Path(str(package.__file__)).parent / "py.typed").is_file()

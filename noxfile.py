"""What can be done with this repository: ``nox --list`` names it, ``nox -s NAME`` does it.

Every session makes its own virtual environment with venv and pip, from PyPI (and whatever pip is configured to look
at besides).
"""

from __future__ import annotations

import datetime
import os
import pathlib
import re
import shutil
import sys
import zipfile

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False  # a missing interpreter is named and passed over
nox.options.sessions = ["lint", "types", "tests", "conformance", "wheel"]

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = ("agrad", "backends", "conformance", "benchmarks", "demo", "noxfile.py")
PYTHONS = ("3.11", "3.12", "3.13")
TORCH = "torch==2.13.0"
PEERS = ("jax", "autograd", "mygrad", TORCH)


def one_thread(**more: str) -> dict[str, str]:
    """Keep the array libraries from starting a pool of threads in every pytest process."""
    return {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", **more}


def has_gpu() -> bool:
    """Whether an NVIDIA GPU answers on this machine."""
    return shutil.which("nvidia-smi") is not None and os.system("nvidia-smi >/dev/null 2>&1") == 0


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The engine's own tests, on every Python found. ``nox -s tests-3.11 -- -k views``."""
    session.install("-e", ".[jax,test]")
    # With 64 bits on JAX, so that nothing is passed over; what 32 bits do is tested by tests that switch them off.
    session.run("pytest", "conformance/unit", "-n", "auto", *session.posargs, env=one_thread(JAX_ENABLE_X64="1"))


@nox.session(python="3.11")
def long(session: nox.Session) -> None:
    """The loops that look for growth at their full length, on every backend: many minutes. ``nox -s long -- -k numpy``."""
    session.install("-e", ".[jax,test]")
    session.run(
        "pytest",
        "conformance/unit/test_autograd_trust.py",
        *(session.posargs or ["-k", "growth or hundred"]),
        env=one_thread(JAX_ENABLE_X64="1", AGRAD_LONG="1"),
    )


@nox.session(python="3.11")
@nox.parametrize("backend", ["numpy", "jax", "strict", "cupy"])
def conformance(session: nox.Session, backend: str) -> None:
    """Every primitive judged on one backend. ``nox -s "conformance(backend='jax')" -- --report out.html``."""
    if backend == "cupy" and not has_gpu():
        session.skip("no GPU answers here, so CuPy cannot be judged")
    extra = {"jax": ",jax", "cupy": ",cuda13"}.get(backend, "")
    session.install("-e", f".[test{extra}]")
    session.run("python", "-m", "agrad_conformance", "--backend", backend, *session.posargs, env=one_thread())


@nox.session(python="3.11")
def cupy_signatures(session: nox.Session) -> None:
    """CuPy's functions are there and take what agrad calls them with; needs no GPU. ``nox -s cupy_signatures``."""
    session.install("-e", ".[test]", "cupy-cuda13x>=14")
    session.run("pytest", "conformance/unit/test_cupy_without_gpu.py", *session.posargs, env=one_thread())


@nox.session(python="3.11")
def gpu_record(session: nox.Session) -> None:
    """Judge CuPy and JAX on this machine's GPU and write the records to be committed. ``nox -s gpu_record``."""
    if not has_gpu():
        session.skip("no GPU answers here: see conformance/records/README.md")
    session.install("-e", ".[test,cuda13]")
    asked = session.run("nvidia-smi", "--query-gpu=name", "--format=csv,noheader", external=True, silent=True)
    gpu = re.sub(r"[^a-z0-9]+", "-", str(asked).splitlines()[0].lower()).strip("-")
    day = datetime.date.today().isoformat()
    for backend in ("cupy", "jax:cuda:0"):
        page = HERE / "conformance" / "records" / f"{backend.partition(':')[0]}-{gpu}-{day}.html"
        judge = ["-m", "agrad_conformance", "--backend", "numpy", "--backend", backend, "--report", str(page)]
        # A record tells what was found, also where something failed.
        session.run("python", *judge, env=one_thread(JAX_ENABLE_X64="1"), success_codes=[0, 1])


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """Style, formatting, the walls between packages, sizes of files. ``nox -s lint``."""
    session.install("ruff", "import-linter", "-e", ".")
    sizes()
    session.run("ruff", "check", *SOURCES)
    session.run("ruff", "format", "--check", *SOURCES)
    session.run("lint-imports")


def sizes() -> None:
    """Print the number of lines of every source file, the longest first, marking those over 500."""
    files = [path for name in ("agrad", "backends", "conformance") for path in (HERE / name).rglob("*.py")]
    counted = sorted(((len(path.read_text().splitlines()), path.relative_to(HERE)) for path in files), reverse=True)
    print(f"{'lines':>6}  file")
    for count, path in counted[:20]:
        print(f"{count:6}  {path}" + ("   over 500: time to divide it" if count > 500 else ""))
    print(f"{sum(count for count, _ in counted):6}  in {len(counted)} files")


@nox.session(python="3.11")
def types(session: nox.Session) -> None:
    """mypy, strict, on every package. ``nox -s types``."""
    session.install("-e", ".[jax,test]", "mypy")
    session.run("mypy", "--strict", "agrad", "backends", "conformance/agrad_conformance", *session.posargs)


@nox.session(python="3.11")
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it in an empty environment, try it from a temporary folder, and type-check its user.

    ``nox -s wheel``
    """
    session.install("build")
    folder = pathlib.Path(session.create_tmp()).resolve()
    built, empty, outside = folder / "dist", folder / "empty", folder / "outside"
    for path in (built, empty, outside):
        shutil.rmtree(path, ignore_errors=True)
    outside.mkdir(parents=True)
    session.run("python", "-m", "build", "--wheel", "--outdir", str(built), str(HERE))
    session.run("python", "-m", "venv", str(empty))
    python = str(empty / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    (file,) = built.glob("*.whl")
    check_contents(session, file)
    session.run(python, "-m", "pip", "install", "--quiet", str(file), external=True)
    program = (
        "import agrad, sys; assert 'scipy' not in sys.modules and 'jax' not in sys.modules;"
        "x = agrad.tensor([1.0, 2.0], requires_grad=True); agrad.array_api.sum(x * x).backward(); print(x.grad);"
        "assert [float(g) for g in x.grad] == [2.0, 4.0]"
    )
    with session.chdir(str(outside)):  # in the repository the working tree would hide what the wheel lacks
        session.run(python, "-W", "error", "-c", program, external=True)
        session.run(python, "-m", "agrad", external=True)
        session.run(python, "-m", "agrad", "--devices", external=True)
        # a new user's first hour: what README.md and docs/ show runs where NumPy is the only array library
        session.run(python, str(HERE / "conformance" / "unit" / "pages.py"), external=True)
        # the judge without its extra says which one it needs
        lacking = session.run(
            python, "-m", "agrad_conformance", external=True, silent=True, success_codes=[2], log=False
        )
        if "extra 'test'" not in str(lacking):
            session.error(f"agrad_conformance without its extra does not name it: {lacking}")
        session.run(python, "-m", "pip", "install", "--quiet", f"agrad[test] @ {file.as_uri()}", "mypy", external=True)
        judge = ["-m", "agrad_conformance", "--backend", "numpy", "--backend", "strict", "--quick", "-k", "m*"]
        session.run(python, *judge, external=True, env=one_thread())
        shutil.copy(HERE / "conformance" / "typing_tests" / "consumer.py", outside)
        session.run(python, "-m", "mypy", "--strict", "consumer.py", external=True)


def check_contents(session: nox.Session, wheel_file: pathlib.Path) -> None:
    """Stop unless the wheel has each package with its ``py.typed``, and nothing beside them."""
    with zipfile.ZipFile(wheel_file) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    expected = {"agrad", "agrad_numpy", "agrad_cupy", "agrad_jax", "agrad_conformance"}
    if tops != expected:
        session.error(f"the wheel has {sorted(tops)}; it should have {sorted(expected)}")
    untyped = [package for package in sorted(expected) if f"{package}/py.typed" not in names]
    if untyped:
        session.error(f"no py.typed in {', '.join(untyped)}")
    print(f"{wheel_file.name}: {len(names)} files, {wheel_file.stat().st_size // 1024} KiB")


@nox.session(python="3.11")
def bench(session: nox.Session) -> None:
    """Race agrad against NumPy, PyTorch, autograd, MyGrad and JAX. ``nox -s bench -- --only chain --quick``."""
    session.install("-e", ".[jax]", *PEERS)
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(python="3.11")
def oracle(session: nox.Session) -> None:
    """Compare with PyTorch 2.13.0 on the CPU. ``nox -s oracle -- -k promotion``."""
    folder = HERE / "conformance" / "oracle"
    if not folder.is_dir():
        session.skip("there is no conformance/oracle yet")
    session.install("-e", ".[jax,test]", TORCH)
    session.run("pytest", str(folder), "-n", "auto", *session.posargs, env=one_thread())


@nox.session(python="3.11")
def demo(session: nox.Session) -> None:
    """Train on the handwritten digits on every backend that this machine has. ``nox -s demo -- --epochs 5``."""
    extras = "examples,jax,cuda13" if has_gpu() else "examples,jax"
    session.install("-e", f".[{extras}]")
    session.run("python", "-W", "error", "-m", "demo.digits", *session.posargs)


@nox.session(python="3.11")
def docs(session: nox.Session) -> None:
    """Run the examples in the docstrings, the README and docs/. ``nox -s docs``."""
    session.install("-e", ".[jax,test]")
    session.run("pytest", "--doctest-modules", "agrad", *session.posargs, env=one_thread())
    pages = sorted(str(page) for page in (HERE / "docs").glob("*.md"))
    session.run("pytest", "--doctest-glob=*.md", *pages, *session.posargs, env=one_thread())
    session.run("pytest", "conformance/unit/test_readme.py", env=one_thread())


@nox.session(python="3.11")
def array_api_tests(session: nox.Session) -> None:
    """The public suite data-apis/array-api-tests, over one backend; with every floating array requiring grad if wished.

    ``nox -s array_api_tests -- PATH/TO/SUITE [numpy|jax|strict] [requires_grad]``
    """
    if not session.posargs or not pathlib.Path(session.posargs[0]).is_dir():
        session.error("name the folder of a checkout: nox -s array_api_tests -- ../array-api-tests numpy")
    module, listed = "agrad.array_api", "array_api_tests.txt"
    suite, rest = pathlib.Path(session.posargs[0]).resolve(), list(session.posargs[1:])
    backend = rest.pop(0) if rest and not rest[0].startswith("-") else "numpy"
    if rest and rest[0] == "requires_grad":
        rest.pop(0)
        module, listed = "agrad_conformance.requires_grad_namespace", "array_api_tests_requires_grad.txt"
    session.install("-e", ".[jax]", "array-api-strict", "-r", str(suite / "requirements.txt"))
    environment = {
        **one_thread(),
        "ARRAY_API_TESTS_MODULE": module,
        "ARRAY_API_TESTS_VERSION": "2025.12",
        "AGRAD_BACKEND": backend,
        "JAX_ENABLE_X64": "1",
    }
    known = ["--xfails-file", str(HERE / "conformance" / listed)]
    with session.chdir(str(suite)):
        session.run(
            "pytest",
            "array_api_tests",
            "--max-examples",
            "20",
            "--disable-deadline",
            "-q",
            "-p",
            "no:cacheprovider",
            *known,
            *rest,
            env=environment,
        )

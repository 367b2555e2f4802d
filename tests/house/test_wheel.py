"""The wheel holds all that the program needs, and works from an empty folder."""

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("roster", "dispatcher", "webhooks", "admin", "simulator", "vakttelefon")
FILES = ("pyproject.toml", "README.md", "LICENSE")


def run(*command: str | Path, folder: Path) -> str:
    """Run a program in a folder with nothing of ours in its environment, and return what it prints."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(  # noqa: S603  our own programs, named in this file
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the sources, so that nothing is left in the tree."""
    folder = tmp_path_factory.mktemp("build")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
        "--wheel-dir", folder / "dist", folder, folder=folder)  # fmt: skip
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment that borrows the packages it depends on; return its programs."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel,
        folder=folder)  # fmt: skip
    (site_packages,) = folder.glob("lib/python*/site-packages")
    # a path in a .pth file is searched, but the .pth files in it are not: our own tree stays out
    (site_packages / "borrowed.pth").write_text(str(Path(pytest.__file__).parents[1]), encoding="utf-8")
    return folder / "bin"


def test_the_wheel_holds_every_file_of_the_packages_that_is_no_program(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert ours - held == set()


def test_the_wheel_names_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/licenses/LICENSE")]
        assert b"EUROPEAN UNION PUBLIC LICENCE v. 1.2" in archive.read(name)


def test_the_installed_program_works_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    assert "Commands:" in run(installed / "vakttelefon", "--help", folder=tmp_path)
    assert run(installed / "vakttelefon", "--version", folder=tmp_path).startswith("vakttelefon, version ")
    where = run(
        installed / "python", "-c", "import vakttelefon; print(vakttelefon.__file__)", folder=tmp_path
    )
    assert where.startswith(str(installed.parent))
    assert list(tmp_path.iterdir()) == []

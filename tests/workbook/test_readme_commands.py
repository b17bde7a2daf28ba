"""Every command of the README is run, as it stands there, in a copy of the workbook; a new one needs its test here.

Excepted are those of EXCEPTED, each for the reason given there. The copy's notebooks and budgets are short where a
command would take minutes; what the notebooks and the full runs do is tested elsewhere.
"""

import json
import os
import re
import shutil
import socket
import threading
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from checkout import Checkout
from PIL import Image
from readme_text import TEXT, commands

from cs182lib.data.archives import ARCHIVES
from cs182lib.workbook.full_runs import FULL_RUNS
from cs182lib.workbook.paths import ROOT

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(os.name == "nt" or not shutil.which("make"), reason="needs make and a POSIX shell")]
ENVIRONMENT = "makes an environment: minutes and a network; tests/workbook/test_environment.py compares its files"
EXCEPTED = {
    "py -3.12 -m venv .venv": ENVIRONMENT,
    r".venv\Scripts\python -m pip install -c constraints.txt -e .[dev]": ENVIRONMENT,
    r".venv\Scripts\cs182 run": "the same command as `cs182 run`, by its path on Windows",
    "conda env create -f environment.yml": ENVIRONMENT,
    "conda activate cs182": ENVIRONMENT,
    ".venv/bin/python -m pip install -c constraints.txt -e '.[teacher]'": ENVIRONMENT,
}
NO_COMMANDS = {"operator torchvision::nms does not exist", "OMP: Error #15 ... already initialized", "No such kernel",
               "--machine_rank 1"}  # messages of the known traps, and the option of `launches`' second call
ANSWER = "return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)"
LAUNCH = [command for command in commands() if command.startswith("accelerate launch")]


class Copies(NamedTuple):
    """The workbook once whole, once with short notebooks and budgets, and the own workbook that `make start` made."""

    whole: Checkout
    short: Checkout
    own: Path

    def inside(self, command):
        """Run a command in the own workbook, gone to as the README goes there; return the finished process."""
        return self.whole.run(f"source .venv/bin/activate && cd ../my-cs182 && {command}", active=False)


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """The copies, each in a folder of its own."""
    whole, short = (Checkout(tmp_path_factory.mktemp(name) / "cs182") for name in ("whole", "short"))
    whole.succeed("make start")
    return Copies(whole, short.shorten(), whole.folder.parent / "my-cs182")


def runs_all(command, copies):
    """The notebooks are executed, and the report is written."""
    assert "1 of 1 notebooks passed" in copies.short.succeed(command)
    assert (copies.short.folder / "build" / "report" / "index.html").exists()


def lints_and_tests(command, copies):
    """The linter, the unit tests of the copy in two processes, then those of its notebooks."""
    said = copies.short.succeed(command)
    units, notebooks = said.split("test session starts")[1:]
    assert "All checks passed" in said and "2 workers [1 item]" in units and "1 passed, 2 deselected" in notebooks


def real_data_tests(command, copies):
    """The tests that are marked so, on the data of the folder."""
    assert "1 passed, 2 deselected" in copies.short.succeed(command.replace("...", "/tmp"))


def helps(command, copies):
    """Every target of the README is listed."""
    said = copies.short.succeed(command)
    assert {"run", "test", "start", "lab", "data", "notebooks"} <= set(re.findall(r"^  make (\w+)", said, re.M))


def opens_lab(command, copies):
    """JupyterLab, which stays open, is asked for its version instead."""
    line, = copies.short.succeed(f"{command} --dry-run").splitlines()
    assert "--notebook-dir=notebooks" in line and (copies.short.folder / "notebooks").is_dir()
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", copies.short.succeed(f"{line} --version"))


def normalizes(command, copies):
    """The notebooks are executed in place."""
    copies.short.succeed(command)
    nb = json.loads(next((copies.short.folder / "notebooks").rglob("*.ipynb")).read_text(encoding="utf-8"))
    assert [cell["execution_count"] for cell in nb["cells"] if cell["cell_type"] == "code"] == [1, 2]


def records(command, copies):
    """The times and figures are kept."""
    path = copies.short.folder / "results" / "notebooks.json"
    before = path.read_bytes()
    copies.short.succeed(command)
    assert [row["figures"] for row in json.loads(path.read_text())["notebooks"]] == [{"test_acc": 0.5}]
    path.write_bytes(before)


def makes_pages(command, copies):
    """RESULTS.md, its pictures and the README's tables appear as they are here."""
    names = ["README.md", "results/RESULTS.md", "results/curves/convnet.svg"]
    for name in names[1:]:
        (copies.short.folder / name).unlink()
    copies.short.succeed(command)
    assert all((copies.short.folder / name).read_text() == (ROOT / name).read_text() for name in names)


def examines(command, copies):
    """The doctor says a line of each thing it looks at; whether all is well is the machine's business."""
    assert re.search(r"^\w+ +Python: ", copies.short.run(command).stdout, re.M)


def starts(command, copies):
    """The own workbook is there, blank."""
    assert "raise NotImplementedError" in (copies.own / "my182" / "layers" / "dense.py").read_text()


def goes(command, copies):
    """The two steps into the own workbook lead there."""
    assert (copies.own / "my182").is_dir()


def lists(command, copies):
    """The exercises are listed by name."""
    assert "hw1/affine_forward" in copies.inside(command).stdout


def checks(command, copies):
    """Unwritten it fails, written it passes."""
    assert copies.inside(command).returncode == 1
    path = copies.own / "my182" / "layers" / "dense.py"
    path.write_text(path.read_text().replace('raise NotImplementedError("write `affine_forward`")', ANSWER))
    assert copies.inside(command).returncode == 0


def hints(command, copies):
    """A hint to an exercise."""
    assert "hint 1 of 3" in copies.inside(command.replace("NAME", "hw1/affine_backward")).stdout.lower()


def shows(command, copies):
    """The page is written."""
    assert copies.inside(command).returncode == 0 and (copies.own / "progress.html").exists()


def updates(command, copies):
    """The newest version is in."""
    assert copies.inside(command).returncode == 0


def starts_without_make(command, copies):
    """The own workbook is made, in another folder, for that of `make start` is there."""
    copies.whole.succeed(command.replace("my-cs182", "without-make"))
    assert (copies.own.parent / "without-make" / "my182" / "layers" / "dense.py").is_file()


def opens_lab_without_make(command, copies):
    """JupyterLab, which stays open, is asked for its version instead; the folder that it would open is there."""
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", copies.short.succeed(f"python -m {command} --version"))
    assert (copies.short.folder / command.split()[-1]).is_dir()


def starts_homework(command, copies):
    """The workbook of the one homework is made."""
    folder = copies.own.parent / "hw2"
    copies.whole.succeed(command.replace("DIR", str(folder)))
    assert [path.name for path in (folder / "notebooks").iterdir()] == ["hw2"]


def fetches(command, copies):
    """What is there already is not fetched again; nothing goes over the network."""
    names = re.findall(r"download (\S+)$", command) or ["cifar10"]
    for name in names:
        place = copies.own.parent / "data" / ARCHIVES[name].folder
        place.mkdir(parents=True, exist_ok=True)
        for file in ARCHIVES[name].files:
            (place / file).touch()
    said = copies.short.succeed(command, CS182_DATASETS=str(copies.own.parent / "data"))
    assert all(f"{name} is already in" in said for name in names)


def makes_features(command, copies):
    """The pictures of a folder become files that the captioning models take."""
    folder = copies.own.parent / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    lines = ["file,caption"]
    for k in range(4):
        Image.fromarray(rng.integers(0, 256, (64, 80, 3), dtype=np.uint8)).save(folder / f"{k}.png")
        lines.append(f"{k}.png,a picture of noise number {k}")
    (folder / "captions.csv").write_text("\n".join(lines) + "\n")
    copies.short.succeed(command.replace("FOLDER", str(folder)))
    assert (folder / "coco_captioning").is_dir()


def knows_full_runs(command, copies):
    """All of them take hours: the command lists their names where it gets a wrong one."""
    done = copies.short.run(f"{command} nonsense")
    assert done.returncode == 1 and f"there are {', '.join(FULL_RUNS)}" in done.stderr


def needs_real_data(command, copies):
    """On the stand-in it refuses; test_recorded_runs.py gives it on the real data."""
    done = copies.short.run(command)
    assert done.returncode == 1 and "needs the real CIFAR-10" in done.stderr


def launches(command, copies):
    """As many processes as it says train one net; two hosts are two calls on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = command.replace("HOST", "127.0.0.1").replace("29500", port)
    if "--num_machines" not in command:  # the port that it takes by itself may be in use
        command = command.replace("--multi_gpu", f"--multi_gpu --main_process_port {port}")
    second = [command.replace("--machine_rank 0", "--machine_rank 1")] if "--machine_rank 0" in command else []
    others = [threading.Thread(target=copies.short.run, args=(line,)) for line in second]
    for other in others:
        other.start()
    said = copies.short.succeed(command)
    for other in others:
        other.join()
    assert said.count("test accuracy") == 1 and "2 process(es)" in said


RUNS = {
    "make run": runs_all, "make run PYTHON=python3.12": runs_all, "cs182 run": runs_all, "make test": lints_and_tests,
    "make help": helps, "make lab": opens_lab, "make notebooks": normalizes, "cs182 run --record": records,
    "python -m cs182lib.workbook.results": makes_pages, "cs182 doctor": examines, "make start": starts,
    "source .venv/bin/activate": goes, "cd ../my-cs182": goes, "cs182 exercises": lists,
    "cs182 check hw1/affine_forward": checks, "cs182 check NAME --hint": hints, "cs182 progress": shows,
    "cs182 update": updates, "cs182 start DIR --hw 2": starts_homework,
    "cs182 start ../my-cs182": starts_without_make, "jupyter lab notebooks": opens_lab_without_make,
    "make data": fetches,
    "python -m cs182lib.data.download": fetches, "python -m cs182lib.data.download reuters21578": fetches,
    "python -m cs182lib.data.download squeezenet1_1": fetches,
    "python -m cs182lib.data.download imagenet_val_25": fetches, "cs182 features FOLDER": makes_features,
    "cs182 run --full": knows_full_runs, "cs182 run --full cifar_net_2min": needs_real_data,
    "CS182_DATASETS=... .venv/bin/python -m pytest -m real_data": real_data_tests,
    **dict.fromkeys(LAUNCH, launches),
}


def test_every_command_has_a_test():
    assert set(commands()) == RUNS.keys() | EXCEPTED.keys() | NO_COMMANDS
    assert "```" not in TEXT, "blocks of code are indented; a fenced one would not be looked at"


@pytest.mark.parametrize("more, new", [("    cs182 juggle --fast  # three balls\n", "cs182 juggle --fast"),
                                       ("Then give `make juggle BALLS=3`.\n", "make juggle BALLS=3"),
                                       ("    cs182 juggle \\\n      --fast\n", "cs182 juggle --fast")])
def test_a_new_command_is_found(more, new):
    assert [command for command in commands(f"{TEXT}\n{more}") if command not in commands()] == [new]


@pytest.mark.parametrize("command", RUNS)
def test_the_command_does_what_it_says(command, copies):
    RUNS[command](command, copies)

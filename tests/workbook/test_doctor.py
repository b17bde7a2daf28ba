"""cs182 doctor: one line for each thing, and what to do where something is off."""

import pytest

from cs182lib.workbook import cli, doctor


@pytest.fixture
def healthy(monkeypatch):
    for name in (*doctor.THREAD_VARIABLES, "CS182_DATA", "CS182_DATASETS", "CS182_DEVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CS182_DATA", "embedded")


def test_a_sound_machine_gets_a_line_for_each_thing(healthy, capsys, monkeypatch):
    monkeypatch.setitem(doctor.EXAMINATIONS, "disk", lambda: doctor.look_at_disk(free=50))
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [f"ok   {name}" for name in doctor.EXAMINATIONS]
    assert lines[-1] == "All is well."


def test_what_is_off_is_marked_and_the_rest_still_looked_at(healthy, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "EXAMINATIONS", {"data": doctor.look_at_data, "disk": lambda: 1 / 0,
                                                 "Python": doctor.look_at_python})
    monkeypatch.setenv("CS182_DATA", "maybe")
    assert cli.main(["doctor"]) == 1
    data, disk, python, last = capsys.readouterr().out.splitlines()
    assert data == ("OFF  data: CS182_DATA is 'maybe', and must be one of auto, embedded, real; "
                    "unset CS182_DATA for auto")
    assert disk == "OFF  disk: ZeroDivisionError: division by zero"
    assert python.startswith("ok   Python: 3.") and "OFF" in last


@pytest.mark.parametrize("name, value, look", [
    ("OMP_NUM_THREADS", "abc", doctor.look_at_threads), ("OMP_NUM_THREADS", "0", doctor.look_at_threads),
    ("OPENBLAS_NUM_THREADS", "-1", doctor.look_at_threads), ("MKL_NUM_THREADS", "1.5", doctor.look_at_threads),
    ("CS182_DATASETS", "/nonexistent/folder", doctor.look_at_data), ("CS182_DATA", "Real", doctor.look_at_data)])
def test_a_bad_variable_is_named_with_the_cure(healthy, monkeypatch, name, value, look):
    monkeypatch.setenv(name, value)
    with pytest.raises(doctor.Trouble, match=f"{name} is '{value}'.*unset {name}"):
        look()


@pytest.mark.parametrize("variables, cure", [({"CS182_DEVICE": "tpu"}, "CS182_DEVICE"),
                                             ({"CS182_DEVICE": "mps"}, "unset CS182_DEVICE")])
def test_a_device_that_is_not_there(healthy, monkeypatch, variables, cure):
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=cure):
        doctor.look_at_device()


def test_real_data_asked_for_and_missing(healthy, monkeypatch, tmp_path):
    monkeypatch.setenv("CS182_DATA", "real")
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    with pytest.raises(ValueError, match="make data"):
        doctor.look_at_data()


@pytest.mark.parametrize("version", ["3.9.18", "3.14.0", "2.7.18"])
def test_other_pythons_are_refused(version):
    with pytest.raises(doctor.Trouble, match=f"this is Python {version}"):
        doctor.look_at_python(version)


@pytest.mark.parametrize("version", ["3.10.0", "3.13.9"])
def test_supported_pythons_pass(version):
    assert doctor.look_at_python(version).startswith(version)


def test_missing_and_too_old_packages_are_named():
    versions = {"torch": None, "numpy": "1.25.0"}
    with pytest.raises(doctor.Trouble, match=r"numpy 1\.25\.0 \(>=1\.26\), torch is missing"):
        doctor.look_at_packages(lambda name: versions.get(name, "9999.0"))


def test_little_disk():
    with pytest.raises(doctor.Trouble, match="0.5 GB are free"):
        doctor.look_at_disk(free=0.5)

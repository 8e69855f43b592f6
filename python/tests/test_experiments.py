"""What all experiments share: tasks are kept as they are done, and an interrupted run goes on."""

import json
import os
import signal
import threading
import time
from dataclasses import replace

import pytest

import swiftllc as sl
from swiftllc import command_line
from swiftllc.experiments import command
from swiftllc.experiments.experiment import Check, Experiment, Row, Task, markdown
from swiftllc.experiments.record import Record
from swiftllc.experiments.running import run


def squares(measure, alone=False):
    """An experiment of four tasks."""
    return Experiment(
        "squares",
        tasks=lambda quick: [Task({"number": number}, 1 + number, alone) for number in range(4)],
        measure=measure,
        table=lambda rows: markdown(["square"], [[str(row.results["square"])] for row in rows]),
        figure=lambda rows, path: path.write_text("figure"),
        checks=lambda rows, quick: [
            Check("sum", sum(row.results["square"] for row in rows), least=14, most=14)
        ],
    )


def carry_out(experiment, path, threads=2):
    run(experiment, list(experiment.tasks(False)), Record(path, "squares"), threads, "squares")


@pytest.mark.parametrize("alone", [False, True])
def test_an_experiment_that_failed_goes_on_where_it_stopped(tmp_path, alone):
    path, done, fails = tmp_path / "squares.json", [], True

    def measure(settings, threads, report):
        report(0.5)
        if settings["number"] == 2 and fails:
            raise RuntimeError("no luck")
        done.append(settings["number"])
        return {"square": settings["number"] ** 2}

    experiment = squares(measure, alone)
    with pytest.raises(RuntimeError, match="no luck"):
        carry_out(experiment, path)
    kept = {row["settings"]["number"] for row in json.loads(path.read_text())["rows"]}
    assert kept == set(done) and 2 not in kept

    fails = False
    carry_out(experiment, path)
    assert sorted(done) == [0, 1, 2, 3]
    record = Record(path, "squares")
    assert record.row(Task({"number": 3})) == Row({"number": 3}, {"square": 9})
    assert record.row(Task({"number": 4})) is None


def test_ctrl_c_ends_what_runs_and_keeps_what_is_done(tmp_path):
    path = tmp_path / "squares.json"

    def measure(settings, threads, report):
        if settings["number"] == 0:
            return {"square": 0}
        if settings["number"] == 1:
            os.kill(os.getpid(), signal.SIGINT)
        for _ in range(10_000):
            time.sleep(0.001)
            report(0.5)
        raise AssertionError("it should have been stopped")

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        carry_out(squares(measure), path)
    assert time.monotonic() - begin < 5
    assert [row["settings"]["number"] for row in json.loads(path.read_text())["rows"]] == [0]


@pytest.mark.parametrize(("alone", "each"), [(False, 1), (True, 3)])
def test_tasks_share_the_threads_or_have_them_all(tmp_path, alone, each):
    running, most, lock = 0, 0, threading.Lock()
    together = None if alone else threading.Barrier(2, timeout=10)

    def measure(settings, threads, report):
        nonlocal running, most
        assert threads == each
        with lock:
            running += 1
            most = max(most, running)
        if together:
            together.wait()
        with lock:
            running -= 1
        return {"square": 0}

    experiment = squares(measure, alone)
    carry_out(experiment, tmp_path / "x.json", threads=3 if alone else 2)
    assert most == (1 if alone else 2)


def test_a_record_of_something_else_is_refused(tmp_path):
    path = tmp_path / "x.json"
    record = Record(path, "squares")
    record.add(Task({"number": 1}), {"square": 1}, 0.1)
    with pytest.raises(sl.InvalidArgumentError, match=r"results of squares .* not of cubes"):
        Record(path, "cubes")
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "swiftllc": "0.0.1"}))
    with pytest.raises(sl.InvalidArgumentError, match=r"swiftllc 0\.0\.1, not .* cannot be mixed"):
        Record(path, "squares")
    path.write_text("[1, 2")
    with pytest.raises(sl.InvalidArgumentError, match="not a record of an experiment"):
        Record(path, "squares")


def test_a_number_out_of_its_bounds_is_said_and_fails_the_command(tmp_path, monkeypatch, capsys):
    assert Check("x", 0.5, least=0, most=1).passed
    assert not Check("x", float("nan"), most=1).passed
    for square, code, word in ((lambda n: n * n, 0, "ok"), (lambda n: n, 1, "FAILED")):
        experiment = squares(lambda settings, *_, square=square: {"square": square(settings["number"])})
        monkeypatch.setattr(command, "experiment", lambda name, experiment=experiment: experiment)
        folder = tmp_path / word
        assert command_line.main(["experiment", "normal-crossing", "--output", str(folder)]) == code
        assert f"{word:6}  sum:" in capsys.readouterr().out
        assert (folder / "normal-crossing.png").read_text() == "figure"


def test_what_stands_in_the_way_is_said(tmp_path, monkeypatch, capsys):
    def figure(rows, path):
        raise ImportError("Figures need matplotlib")

    experiment = replace(squares(lambda settings, *_: {"square": settings["number"] ** 2}), figure=figure)
    monkeypatch.setattr(command, "experiment", lambda name: experiment)
    arguments = ["experiment", "rescaling", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert "need matplotlib" in capsys.readouterr().err

    (tmp_path / "rescaling.json").write_text("{}")
    assert command_line.main(arguments) == 2
    assert "not a record of an experiment" in capsys.readouterr().err


def test_the_list_has_a_line_for_each(capsys):
    assert command_line.main(["experiment"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(command.NAMES)


@pytest.mark.parametrize("arguments", [["nothing"], ["normal-crossing", "--threads", "0"]])
def test_what_cannot_be_is_refused(arguments, tmp_path, capsys):
    with pytest.raises(SystemExit) as exit:
        raise SystemExit(command_line.main(["experiment", *arguments, "--output", str(tmp_path)]))
    assert exit.value.code == 2
    assert arguments[-1] in capsys.readouterr().err

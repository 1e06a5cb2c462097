"""What lesson 13 shows: figures with words, tables, and a record."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial

import numpy as np
import pytest

from course_utils import withheld
from course_utils.errors import CourseError
from course_utils.lessons import serving as lesson
from course_utils.lessons.serving import folder, load_drawn, racing, replicas

httpx = pytest.importorskip("httpx")
fastapi = pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(load_drawn, "seen", {})
    yield tmp_path
    withheld.working_on(None)


def pictures(said: str) -> list[str]:
    """The alt texts of the pictures in what was displayed; outside a notebook that is printed."""
    return re.findall(r'<img alt="([^"]+)"[^>]*src="data:image/png;base64,', said)


async def at_once(send, times, clock, sleep):
    """Ask in order, without a look at the clock."""
    start, latencies = clock(), []
    for number in range(len(times)):
        await send(number)
        latencies.append(clock() - start - times[number])
    return latencies


async def unwritten(send, times, clock, sleep):
    raise NotImplementedError


def test_an_open_loop_is_drawn_beside_a_closed_one(capsys, monkeypatch):
    monkeypatch.setattr(load_drawn, "SECONDS", 1)
    monkeypatch.setattr(load_drawn, "RATE", 20)
    times = load_drawn.draw_open_and_closed(at_once)
    opened, closed = load_drawn.seen.values()
    assert times == pytest.approx(opened.quantile() / closed.quantile())
    said = capsys.readouterr().out
    assert len(pictures(said)) == 1 and f"{closed.quantile():,.0f} ms" in said


def test_rates_are_drawn_and_the_law_is_shown_for_all_loads(capsys, monkeypatch, shown):
    monkeypatch.setattr(load_drawn, "RATES", (40, 80))
    monkeypatch.setattr(load_drawn, "STEP_SECONDS", 0.1)
    given = {}
    assert load_drawn.draw_rates(unwritten, lambda table, objective: given.update(table) or 80) == 80
    assert "Exercise 13.5 is not written yet" in capsys.readouterr().out
    assert [len(latencies) for latencies in given.values()] == [4, 8]
    lesson.show_little(lambda rate, stays: rate * stays, lambda *given: 15)
    assert "40 a second" in shown[-1]["text/plain"] and "15 servers" in capsys.readouterr().out


def test_the_law_without_loads_says_what_to_run(capsys):
    lesson.show_little(None, lambda *given: 15)
    assert "run the cells above first" in capsys.readouterr().out


def app_of(predict, settings):
    app = fastapi.FastAPI()

    @app.post("/predict")
    def answer(body: dict):
        return {"top": float(predict(np.array(body["pixels"], np.float32)).max())}

    return app


def test_a_session_in_every_request_is_raced(capsys, monkeypatch):
    model = lesson.small_model("stand-in.onnx")
    monkeypatch.setattr(racing, "digit_model", lambda: model)

    class Session:
        def __init__(self, path):
            self.path = path

        def get_inputs(self):
            return [self]

        name = "x"

        def run(self, outputs, feed):
            return [np.array([[1.0, 2.0]])]

    monkeypatch.setattr(racing.runtime, "session", Session)
    assert racing.race_sessions(app_of, rounds=6).value > 0
    assert "a session in every request" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="status 200"):
        racing.race_sessions(lambda predict, settings: fastapi.FastAPI(), rounds=6)


class Batcher:
    """A batcher that answers each caller alone."""

    def __init__(self, predict_many, most, wait):
        self.predict_many = predict_many

    async def __call__(self, x):
        await asyncio.sleep(0)
        return self.predict_many([x])[0]

    async def close(self):
        pass


def test_batching_is_drawn_for_two_networks(capsys, monkeypatch):
    monkeypatch.setattr(racing, "CALLERS", (1, 8))
    monkeypatch.setattr(racing, "SLICE_S", 0.01)
    monkeypatch.setattr(racing, "digit_model", partial(conv_stand_in))
    gains = racing.draw_batching(Batcher)
    assert set(gains) == {(name, n) for name in ("dense", "convolutional") for n in (1, 8)}
    assert len(pictures(capsys.readouterr().out)) == 1


def conv_stand_in():
    import onnx

    graph = onnx.parser.parse_graph("net (float[n,1,16,16] x) => (float[n,1,16,16] y) { y = Relu(x) }")
    model = onnx.helper.make_model(graph, ir_version=10, opset_imports=[onnx.helper.make_opsetid("", 18)])
    path = lesson.new_path("relu.onnx")
    path.write_bytes(model.SerializeToString())
    return path


def test_starts_callers_bytes_and_a_repository_are_shown(shown, capsys):
    def settings(environ):
        if "DECISION_THRESHOLD" in environ:
            raise ValueError("DECISION_THRESHOLD is bad")
        return {}

    lesson.show_starts(settings)
    assert "starts" in shown[-1]["text/plain"] and "ends: DECISION_THRESHOLD is bad" in shown[-1]["text/plain"]
    lesson.show_hung_up(lambda predict_many, batch: [future.cancel() for _, future in batch])
    assert "waits for ever" in shown[-1]["text/plain"] and "has hung up" in shown[-1]["text/plain"]
    assert lesson.show_bytes(lambda arrays: "x" * 512) == "0.5× as float32, 2× as uint8"


def test_a_repository_is_shown_with_what_one_field_too_many_does(shown, capsys):
    def model_repository(folder, model, name, most, instances):
        path = folder / name / "config.pbtxt"
        path.parent.mkdir(parents=True)
        path.write_text(f'name: "{name}" max_batch_size: {most}')
        return path

    lesson.show_repository(model_repository)
    said = capsys.readouterr().out
    assert "digits/config.pbtxt" in said and 'no field named "batching"' in said
    assert "max_batch_size" in shown[-1]["text/plain"]


RUN = {"replicas": 2, "sent": 300, "answered": 299, "wrong": 1, "per_second": 50.0, "p99_ms": 90.0}


def test_a_record_is_shown_from_beside_the_notebook(shown, capsys, folder_of_its_own):
    runs = [RUN | {"killed": False}, RUN | {"killed": True}]
    text = json.dumps({"ray": "2", "when": "today", "hardware": "a machine", "runs": runs})
    (folder_of_its_own / replicas.FILE).write_text(text)
    assert lesson.show_replicas() == "2 of 300"
    assert "one" in shown[-1]["text/plain"] and "a machine" in capsys.readouterr().out
    (folder_of_its_own / replicas.FILE).write_text("{")
    with pytest.raises(CourseError, match="fetch the lesson's folder anew"):
        lesson.show_replicas()


def test_the_lesson_begins_only_where_its_packages_are(monkeypatch):
    lesson.begin()
    assert folder.FOLDER.is_dir()
    monkeypatch.setattr(folder, "NEEDED", ("fastapi", "no_such_package"))
    with pytest.raises(CourseError, match="pip install fastapi no_such_package"):
        lesson.begin()

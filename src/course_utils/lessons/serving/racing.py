"""What an open session spares, and what a batch does: both measured in this process, in turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import plots, runtime
from course_utils.hardware import hardware_line
from course_utils.lessons.serving.asking import client
from course_utils.lessons.serving.folder import new_path
from course_utils.lessons.serving.hand_moved import in_thread
from course_utils.timing import compare
from course_utils.timing.comparison import Ratio

if TYPE_CHECKING:
    import numpy as np

CALLERS, MOST, WAIT_S = (1, 8, 64), 32, 0.002
ROUNDS, SLICE_S = 5, 0.1
SETTINGS = {"model_version": "1", "decision_threshold": 0.5, "execution_provider": "CPUExecutionProvider"}


@cache
def digit_model() -> Path:
    """Return the file of the small convolutional network, trained on the digits: (n, 1, 16, 16) → (n, 10) scores."""
    import torch

    from course_utils.export import to_onnx
    from course_utils.training import trained

    return to_onnx(trained("cnn"), torch.zeros(2, 1, 16, 16), new_path("cnn.onnx"))


@cache
def dense_model() -> Path:
    """Return the file of a dense network with drawn weights: (n, 256) → (n, 10), 19 MB."""
    import numpy as np
    import onnx

    rng, sizes = np.random.default_rng(0), (256, 2048, 2048, 10)
    layers = "a = MatMul(x, w0) b = Relu(a) c = MatMul(b, w1) d = Relu(c) y = MatMul(d, w2)"
    graph = onnx.parser.parse_graph(f"dense (float[n,256] x) => (float[n,10] y) {{ {layers} }}")
    for number in range(3):
        weights = rng.normal(size=sizes[number : number + 2]).astype(np.float32) / 32
        graph.initializer.append(onnx.numpy_helper.from_array(weights, f"w{number}"))
    model, path = onnx.helper.make_model(graph, ir_version=10), new_path("dense.onnx")
    model.opset_import[0].version = 18
    path.write_bytes(model.SerializeToString())
    return path


def race_sessions(make_app: Callable[..., Any], rounds: int = 40) -> Ratio:
    """Ask two services in turns: one session for good, and one in every request; return the ratio of their times."""
    import numpy as np

    path = digit_model()
    opened = runtime.session(path)
    body = {"pixels": np.zeros((16, 16)).tolist()}

    def probabilities(session: Any, pixels: np.ndarray) -> np.ndarray:
        scores = session.run(None, {session.get_inputs()[0].name: pixels[None, None]})[0][0]
        weights = np.exp(scores - scores.max())
        return weights / weights.sum()

    def race() -> Any:
        loop, calls = asyncio.new_event_loop(), {}
        ways = {
            "one session": lambda pixels: probabilities(opened, pixels),
            "a session in every request": lambda pixels: probabilities(runtime.session(path), pixels),
        }
        for name, predict in ways.items():
            http = client(make_app(predict, SETTINGS))
            calls[name] = lambda http=http: loop.run_until_complete(http.post("/predict", json=body))
        try:
            if any(call().status_code != 200 for call in calls.values()):
                raise RuntimeError("the service does not answer with status 200 yet; see the tests above")
            return compare(calls, rounds=rounds, time_limit_s=5)
        finally:
            loop.close()

    turns = in_thread(race)
    print(turns)
    return turns.ratio("a session in every request")


def draw_batching(batcher: Callable[..., Any]) -> dict[tuple[str, int], float]:
    """Draw how many times as many answers a second batches give, for two networks and 1, 8 and 64 callers.

    Returns:
        the medians over rounds, by network and callers.
    """
    import numpy as np

    found: dict[tuple[str, int], list[float]] = {}
    shapes = {"dense": (256,), "convolutional": (1, 16, 16)}
    for name, path in (("dense", dense_model()), ("convolutional", digit_model())):
        session, x = runtime.session(path), np.random.default_rng(0).random(shapes[name], np.float32)
        for callers in CALLERS:
            found[name, callers] = in_thread(lambda s=session, x=x, n=callers: asyncio.run(_gains(batcher, s, x, n)))
    fig, axes = plots.figure(width=6.5, height=3.0)
    for number, name in enumerate(shapes):
        middles = [float(np.median(found[name, callers])) for callers in CALLERS]
        ends = [(min(found[name, each]), max(found[name, each])) for each in CALLERS]
        reach = [[m - low for m, (low, _) in zip(middles, ends, strict=True)]]
        reach.append([high - m for m, (_, high) in zip(middles, ends, strict=True)])
        style = {"color": plots.CYCLE[number], "marker": plots.MARKS[number], "linestyle": plots.DASHES[number]}
        axes.errorbar(CALLERS, middles, yerr=reach, label=name, capsize=4, markersize=5, **style)
    axes.axhline(1, color="0.6", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="callers", ylabel="answers a second,\nbatches over none")
    axes.set_xticks(CALLERS, [str(each) for each in CALLERS])
    axes.set_yticks((0.03, 0.1, 0.3, 1, 3, 10), ("0.03", "0.1", "0.3", "1", "3", "10"))
    axes.minorticks_off()
    axes.legend()
    gains = {key: float(np.median(values)) for key, values in found.items()}
    words = "; ".join(
        f"{name}, {n} caller{'s' * (n > 1)} {gain:.2g}× ({min(found[name, n]):.2g} to {max(found[name, n]):.2g})"
        for (name, n), gain in gains.items()
    )
    plots.show(fig, f"Two lines over the number of callers: answers a second with batches over those without. {words}.")
    print(f"Answers a second, batches over none, {ROUNDS} rounds (lowest to highest): {words}. {hardware_line()}")
    return gains


async def _gains(batcher: Callable[..., Any], session: Any, x: np.ndarray, callers: int) -> list[float]:
    """Return, for each round, the answers of a slice of time with batches over those of one without."""
    import numpy as np

    name = session.get_inputs()[0].name

    def predict_many(inputs: list[np.ndarray]) -> np.ndarray:
        return session.run(None, {name: np.stack(inputs)})[0]

    async def alone(x: np.ndarray) -> np.ndarray:
        await asyncio.sleep(0)
        return predict_many([x])[0]

    together = batcher(predict_many, MOST, WAIT_S)
    gains = []
    for _ in range(ROUNDS):
        one, many = [await _answers(ask, x, callers) for ask in (alone, together)]
        gains.append(many / one)
    await together.close()
    return gains


async def _answers(ask: Callable[..., Any], x: np.ndarray, callers: int) -> float:
    """Return answers a second to callers who each ask again once they have an answer."""
    start, many = time.perf_counter(), 0

    async def caller() -> None:
        nonlocal many
        late = False
        while not late:  # each asks once, however long the machine stands still
            await ask(x)
            many, late = many + 1, time.perf_counter() - start > SLICE_S

    await asyncio.gather(*(caller() for _ in range(callers)))
    return many / (time.perf_counter() - start)

"""Digits by replicas on Ray Serve: each has a session of its own, and one that dies is replaced while others answer.

The service before it is the one of ``app/``, as it is. Beside a ``model.onnx``, with ``pip install 'ray[serve]'``:
``PYTHONPATH=app:ray REPLICAS=2 python -m uvicorn service:app``. On a cluster that runs, set RAY_ADDRESS.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray starts
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort
import ray
from ray import serve
from ray.exceptions import RayActorError
from settings import SIZE, Settings
from softmax import softmax

TRIES = 10  # replicas of which each dies with the same request in hand: more than any that is to be believed
SHARE = 0.25  # of a processor, that Ray sets aside for a replica


@serve.deployment(ray_actor_options={"num_cpus": SHARE}, health_check_period_s=1, max_ongoing_requests=4)
class Digits:
    """One replica."""

    def __init__(self, model: bytes, provider: str) -> None:
        """Open the model, once: a replica that starts anew does so, too."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = ort.InferenceSession(model, options, providers=[provider])

    def predict(self, pixels: list[list[float]]) -> list[float]:
        """Return the probabilities of one picture."""
        import numpy as np

        image = np.asarray(pixels, np.float32).reshape(1, 1, SIZE, SIZE)
        return softmax(self.session.run(None, {self.session.get_inputs()[0].name: image})[0][0].tolist())


def load(settings: Settings) -> Callable[[list[list[float]]], list[float]]:
    """Start as many replicas as REPLICAS says, or two; return a function that asks one of them.

    A request that a replica had in hand when it died is asked again. Ray Serve leaves that to its callers, since it
    does not know whether an answer changes anything in the world; a prediction does not.
    """
    if settings.provider not in ort.get_available_providers():
        offered = ", ".join(ort.get_available_providers())
        sys.exit(f"EXECUTION_PROVIDER is {settings.provider!r}: this image offers {offered}.")
    if "RAY_ADDRESS" in os.environ:
        ray.init(log_to_driver=False)
    else:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    serve.start(proxy_location="Disabled")  # FastAPI answers HTTP already
    replicas = Digits.options(num_replicas=int(os.environ.get("REPLICAS", "2")))
    handle = serve.run(replicas.bind(Path("model.onnx").read_bytes(), settings.provider), route_prefix=None)

    def predict(pixels: list[list[float]]) -> list[float]:
        for _ in range(TRIES - 1):
            try:
                return handle.predict.remote(pixels).result()
            except RayActorError:
                continue
        return handle.predict.remote(pixels).result()

    return predict

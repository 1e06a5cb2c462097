"""One small face for TensorRT and TensorRT-RTX: ONNX file → engine → results, and every refusal in a sentence.

    made = tensorrt.build("net.onnx", {"input": ((1, 3), (8, 3), (32, 3))}, target="SM86")
    made.engine, made.layers

Building needs no GPU (with ``tensorrt_rtx``), running does.
"""

from course_utils.tensorrt.building import HERE, Build, build, targets
from course_utils.tensorrt.caching import EngineCache
from course_utils.tensorrt.choosing import (
    NotHere,
    counted_where_it_runs,
    library,
    library_or_stand_in,
    usable,
    version,
)
from course_utils.tensorrt.layers import EngineLayer, layers
from course_utils.tensorrt.listening import Heard, listening, logger
from course_utils.tensorrt.parsing import Parsed, parse
from course_utils.tensorrt.profiles import profile
from course_utils.tensorrt.running import Engine, gpu, load
from course_utils.tensorrt.weighing import Weighed, weigh

__all__ = [
    "HERE",
    "Build",
    "Engine",
    "EngineCache",
    "EngineLayer",
    "Heard",
    "NotHere",
    "Parsed",
    "Weighed",
    "build",
    "counted_where_it_runs",
    "gpu",
    "layers",
    "library",
    "library_or_stand_in",
    "listening",
    "load",
    "logger",
    "parse",
    "profile",
    "targets",
    "usable",
    "version",
    "weigh",
]

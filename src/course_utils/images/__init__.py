"""Container images: built, weighed, run, compared; and the records of it that lesson 08 works on.

The file of records, ``images.json`` beside the lesson, is one object::

    {"format": 1, "images": {NAME: RECORD, …}}

NAME is one of ``catalog.IMAGES`` ("torch", "onnx-cuda", "lean", …), or "base". Every RECORD has

- ``measured``: ``{"date", "course", "hardware": {"cpu", "usable", "system"}, "engine": {"version", "storage"},
  "base"}``; base is the base image's own label, or "" where Debian's Python stood in for it.
- ``family`` ("torch", "onnx", "notebooks", …; native and lean are "onnx", bare is "none"), ``cuda`` (bool),
  ``arguments`` (build arguments), ``versions`` (of the packages in its list of requirements:
  ``{"onnxruntime": "1.31.1", …}``), ``dockerfile`` (its text).
- ``unpacked_bytes``, ``download_bytes``: on disk, and as a registry sends it (gzip).
- ``manifest``: the OCI manifest: ``{"schemaVersion", "mediaType", "config": {"mediaType", "digest", "size"},
  "layers": [{"mediaType", "digest", "size"}, …]}``; a layer's ``size`` is compressed bytes.
- ``config``: the OCI config's ``history`` (``[{"created_by", "empty_layer"?, …}]``, steps without a layer among them),
  ``rootfs`` (``{"type", "diff_ids"}``) and ``config`` (User, Env, Cmd, Labels, Healthcheck, …).
- ``layers``: ``[{"step", "from_base", "unpacked_bytes", "download_bytes"}, …]``, in the manifest's order.
- ``files``: ``[[path, bytes], …]``, heaviest first: files from 64 KiB on, the others summed per folder (7 deep at
  most) as ``folder/(small files)``. Their sum is ``unpacked_bytes``, less what later layers cover.

An image that was built also has

- ``build``: ``{"clean": BUILD, "cached": BUILD, "edited": BUILD}``, BUILD = ``{"seconds", "steps": [{"stage",
  "instruction", "seconds", "cached"}, …]}``; "edited" follows a change to ``edited_file``, as the Dockerfile calls it.
- ``run``: None where it cannot run (no GPU) or serves no digits, else ``{"start_seconds", "ready_seconds",
  "memory_bytes", "asked", "same_as_model", "right", "labels"}``: what ``docker start`` took, what the service took from
  then on (medians of three starts), its memory after 100 answers, and how these agree with the model and the truth.

What ran beside others (``course images race``) has

- ``answer``: ``{"over", "ratio", "low", "high", "milliseconds", "date", "hardware"}``: the time of one answered picture
  over that of the image "over", asked in turns, its 95 % interval, and the median time.

Times and memory are of one machine; sizes come out the same everywhere, but for the base image's own.
"""

from course_utils.images.engine import Engine, find
from course_utils.images.records import load, recorded

__all__ = ["Engine", "find", "load", "recorded"]

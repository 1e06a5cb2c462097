"""What the lessons import: one file, one idea. Heavy libraries load only inside the functions that need them."""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# On some processors PyTorch says at every convolution that NNPACK cannot be used; stderr in a test costs its points.
os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")

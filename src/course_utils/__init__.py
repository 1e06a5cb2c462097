"""What the lessons import: one file, one idea. Heavy libraries load only inside the functions that need them."""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

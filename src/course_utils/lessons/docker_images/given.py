"""What lesson 08 is given: the build context of its service, its command, and small Dockerfiles."""

from __future__ import annotations

MB = 10**6  # bytes

CONTEXT = ["app/service.py", "app/settings.py", "app/softmax.py", "app/health.py"]
CONTEXT += ["torch/engine.py", "torch/models.py", "torch/model.pt", "onnx/engine.py", "onnx/model.onnx"]
CONTEXT += ["lists/torch-cuda0.txt", "lists/torch-cuda1.txt", "lists/onnx-cuda0.txt", "lists/onnx-cuda1.txt"]
CONTEXT += ["closure.py", "README.md", "notes/todo.txt", ".git/config"]

PYTHON = "python:3.11-slim-bookworm"  # what 8.1 and 8.2 are FROM
START = ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]  # in the service's folder
# What each framework's files lie beside.
SERVICE = ["app/service.py", "app/settings.py", "app/softmax.py", "app/health.py"]
UNNEEDED = ["README.md", "notes/todo.txt", ".git/config"]
SETTINGS = {"MODEL_VERSION": "1", "DECISION_THRESHOLD": "0.5", "EXECUTION_PROVIDER": "CPUExecutionProvider"}

DICTIONARY = """
FROM debian:bookworm-slim
ARG LANGUAGE=en
WORKDIR /dictionary
COPY words/${LANGUAGE}.txt words.txt
RUN sort --output sorted.txt words.txt
USER 4242
CMD ["cat", "sorted.txt"]
"""

IGNORING = """
FROM python:3.11-slim-bookworm
ARG CUDA=0
COPY lists /lists
RUN pip install -r /lists/onnx-cuda0.txt
"""

"""Dockerfiles that keep the rules: of 8.2 in one stage, without its settings, and of 8.3."""

ALONE = """
FROM python:3.11-slim-bookworm
WORKDIR /srv
COPY lists/onnx-cuda0.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""

LEAN = """
FROM python:3.11-slim-bookworm
WORKDIR /w
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt && python closure.py plate --python parts
FROM scratch
COPY --from=0 /w/plate /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 7
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""

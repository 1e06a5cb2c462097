"""A Dockerfile in one stage that keeps the rules of 8.2 and 8.3, but for the tools that its base brings."""

ALONE = """
FROM python:3.11-slim-bookworm
WORKDIR /srv
COPY lists/onnx-cuda0.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
USER 1
HEALTHCHECK CMD ["python", "health.py"]
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0"]
"""

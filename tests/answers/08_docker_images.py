"""Answers to lesson 08: other right ones, and wrong ones named after the mistake a person makes."""


# %% wrong="checks health without asking the service" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """FROM python:3.11-slim-bookworm AS workshop
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /parts -r onnx-cuda0.txt
RUN python closure.py /lean --python /parts

FROM scratch
COPY --from=workshop /lean /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "-c", "print('healthy')"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="gives an interval without its unit" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """FROM python:3.11-slim-bookworm AS workshop
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /parts -r onnx-cuda0.txt
RUN python closure.py /lean --python /parts

FROM scratch
COPY --from=workshop /lean /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30 --timeout=5 CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="forgets a WORKDIR that mentions the argument" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    steps, stale, declared, texts = parse(dockerfile), set(), {}, []
    for step in steps:
        stage, name, words = step["stage"], step["name"], step["words"]
        mine = declared.setdefault(stage, set())
        asked = {"$" + each for each in variables(step["text"])} & set(changed)
        hit = False
        if name == "ARG":
            mine |= {"$" + word.partition("=")[0] for word in words}
        elif name == "FROM":
            base = stage_number(steps, words[0])
            if base is not None and base < stage:
                mine |= declared[base]
                hit = base in stale
            hit |= bool(asked & declared.get(-1, set()))
        elif name == "RUN":
            hit = bool(mine & set(changed))
        elif name in ("COPY", "ADD"):
            hit = bool(asked & mine)
            if "from" in step["flags"]:
                hit |= stage_number(steps, step["flags"]["from"]) in stale
            else:
                hit |= any(takes(s, p) for s in words[:-1] for p in changed if p[0] != "$")
        if hit:
            stale.add(stage)
        if stage in stale and name in LAYERS:
            texts.append(step["text"])
    return texts


# %% wrong="takes a stage without layers for fresh" exercise="rebuilt" loses="rebuilt_stages"
def rebuilt(dockerfile, changed):
    steps, declared, texts = parse(dockerfile), {}, []
    stale, begun_stale = set(), set()
    for step in steps:
        stage, name, words = step["stage"], step["name"], step["words"]
        mine = declared.setdefault(stage, set())
        asked = {"$" + each for each in variables(step["text"])} & set(changed)
        if name == "ARG":
            mine |= {"$" + word.partition("=")[0] for word in words}
        elif name == "FROM":
            base = stage_number(steps, words[0])
            if base is not None and base < stage:
                mine |= declared[base]
                if base in stale:
                    begun_stale.add(stage)
            if asked & declared.get(-1, set()):
                begun_stale.add(stage)
        if name not in LAYERS:
            continue
        hit = stage in stale or stage in begun_stale
        hit |= bool((mine & set(changed)) if name == "RUN" else (asked & mine))
        if name in ("COPY", "ADD"):
            if "from" in step["flags"]:
                hit |= stage_number(steps, step["flags"]["from"]) in stale
            else:
                hit |= any(takes(s, p) for s in words[:-1] for p in changed if p[0] != "$")
        if hit:
            stale.add(stage)
            texts.append(step["text"])
    return texts


# %% wrong="declares the argument above FROM" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
ARG CUDA=0
FROM python:3.11-slim-bookworm
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="declares the argument and ignores it" exercise="torch_dockerfile" loses="torch_dockerfile_cuda"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda0.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="installs both lists" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN pip install --no-cache-dir -r /lists/torch-cuda0.txt -r /lists/torch-cuda1.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="asks whether there is a value, not which" exercise="torch_dockerfile" loses="torch_dockerfile_cuda"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN if [ -n "$CUDA" ]; then pip install --no-cache-dir -r /lists/torch-cuda1.txt; else pip install --no-cache-dir -r /lists/torch-cuda0.txt; fi
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="has CUDA unless it is refused" exercise="torch_dockerfile" loses="torch_dockerfile_cuda"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=1
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="copies everything first" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY . .
RUN pip install --no-cache-dir -r lists/torch-cuda${CUDA}.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="copies the service before it installs" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY app/ torch/ ./
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="keeps pip's cache" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="deletes pip's cache in a later step" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install -r list.txt
RUN rm -rf /root/.cache
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="keeps the folders apart" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app app
COPY torch torch
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="starts through a shell" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD python -m uvicorn service:app --host 0.0.0.0 --port 8000
"""


# %% wrong="takes whatever version is the latest" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="listens to itself alone" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "127.0.0.1", "--port", "8000"]
"""


# %% wrong="compares what single quotes keep" exercise="torch_dockerfile" loses="torch_dockerfile_cuda"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN if [ '$CUDA' = '1' ]; then pip install --no-cache-dir -r /lists/torch-cuda1.txt; else pip install --no-cache-dir -r /lists/torch-cuda0.txt; fi
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="puts the list's name in single quotes" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists lists
RUN pip install --no-cache-dir -r 'lists/torch-cuda${CUDA}.txt'
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="leaves no blank behind the bracket" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN if ["$CUDA" = "1"]; then pip install --no-cache-dir -r /lists/torch-cuda1.txt; else pip install --no-cache-dir -r /lists/torch-cuda0.txt; fi
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="leaves no blanks around the sign" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN if [ "$CUDA"="1" ]; then pip install --no-cache-dir -r /lists/torch-cuda1.txt; else pip install --no-cache-dir -r /lists/torch-cuda0.txt; fi
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="forgets the -m" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="listens at another port" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "80"]
"""


# %% wrong="gives the address without its option" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="writes the command with single quotes" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ['python', '-m', 'uvicorn', 'service:app', '--host', '0.0.0.0', '--port', '8000']
"""


# %% wrong="misspells an instruction" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIRR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="calls pip as an instruction" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
PIP install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="starts from another Python" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.12-slim
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="writes a comment behind a COPY" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./ # the service
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="quotes that keep nothing, a test in the shell" exercise="torch_dockerfile"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN if test "'$CUDA'" = "'1'"; then chosen='torch-cuda1'; else chosen="torch-cuda0"; fi && pip install --no-cache-dir -r "/lists/$chosen.txt"
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="starts for development" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/torch-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir -r packages.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000", "--reload"]
"""


# %% wrong="expects a variable to be replaced in a list" exercise="torch_dockerfile" loses="torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
ARG PORT=8000
WORKDIR /service
COPY lists/torch-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir -r packages.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "$PORT"]
"""


# %% wrong="counts on && where one of two tests fails" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists /lists
RUN [ "$CUDA" = "1" ] && pip install --no-cache-dir -r /lists/torch-cuda1.txt
RUN [ "$CUDA" = "0" ] && pip install --no-cache-dir -r /lists/torch-cuda0.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="copies the model before it installs" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY torch/ ./
COPY lists/torch-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir -r packages.txt
COPY app/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="installs what no list names" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/torch-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir -r packages.txt gunicorn
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="installs where Python does not look" exercise="torch_dockerfile" loses="torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/torch-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir --target /pk -r packages.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="settings one by one, in the old form of ENV" exercise="onnx_dockerfile"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA="0"
ENV ORT_DISABLE_TELEMETRY 1
COPY lists/ /tmp/lists/
RUN [ "$CUDA" = 1 ] && pip3 install --no-cache-dir -r /tmp/lists/onnx-cuda1.txt \\
    || pip3 install --no-cache-dir -r /tmp/lists/onnx-cuda0.txt
WORKDIR /srv
ARG MODEL_VERSION="1"
ENV MODEL_VERSION=${MODEL_VERSION}
ARG DECISION_THRESHOLD
ENV DECISION_THRESHOLD=${DECISION_THRESHOLD:-0.5}
ARG EXECUTION_PROVIDER='CPUExecutionProvider'
ENV EXECUTION_PROVIDER ${EXECUTION_PROVIDER}
COPY onnx/ ./
COPY app/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="declares the argument and ignores it, as published" exercise="onnx_dockerfile" loses="onnx_dockerfile_cuda"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda0.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="adds the packages with CUDA to those without" exercise="onnx_dockerfile" loses="onnx_dockerfile_cuda"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN pip install --no-cache-dir -r /lists/onnx-cuda0.txt && if [ "$CUDA" = "1" ]; then pip install --no-cache-dir -r /lists/onnx-cuda1.txt; fi
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="compares with a value that nobody passes" exercise="onnx_dockerfile" loses="onnx_dockerfile_cuda"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN if [ "$CUDA" = "true" ]; then pip install --no-cache-dir -r /lists/onnx-cuda1.txt; else pip install --no-cache-dir -r /lists/onnx-cuda0.txt; fi
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="compares with ==, which sh does not know" exercise="onnx_dockerfile" loses="onnx_dockerfile_cuda onnx_dockerfile_settings onnx_dockerfile_layers"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN if [ "$CUDA" == "1" ]; then pip install --no-cache-dir -r /lists/onnx-cuda1.txt; else pip install --no-cache-dir -r /lists/onnx-cuda0.txt; fi
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="takes PyTorch's lists" exercise="onnx_dockerfile" loses="onnx_dockerfile_cuda"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="declares the settings and sets no ENV" exercise="onnx_dockerfile" loses="onnx_dockerfile_settings"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="writes the settings' values down twice" exercise="onnx_dockerfile" loses="onnx_dockerfile_settings"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ENV MODEL_VERSION=1 DECISION_THRESHOLD=0.5 EXECUTION_PROVIDER=CPUExecutionProvider ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="sets the environment before the arguments" exercise="onnx_dockerfile" loses="onnx_dockerfile_settings"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="leaves the telemetry on" exercise="onnx_dockerfile" loses="onnx_dockerfile_settings"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="declares the settings at the top" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="brings PyTorch's model along" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="copies the service before it installs" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY app/ onnx/ ./
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="forgets the model" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/engine.py ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="puts the arguments in single quotes" exercise="onnx_dockerfile" loses="onnx_dockerfile_settings"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION='$MODEL_VERSION' \\
    DECISION_THRESHOLD='$DECISION_THRESHOLD' \\
    EXECUTION_PROVIDER='$EXECUTION_PROVIDER' \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="declares a setting above the install of an earlier stage" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
ARG CUDA=0
WORKDIR /service
ARG MODEL_VERSION=1
COPY lists/onnx-cuda${CUDA}.txt packages.txt
RUN pip install --target /pk --no-cache-dir -r packages.txt
FROM python:3.11-slim-bookworm
WORKDIR /service
COPY --from=build /pk /pk
ENV PYTHONPATH=/pk
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD
ENV EXECUTION_PROVIDER=$EXECUTION_PROVIDER ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="sets the environment in the stage without CUDA alone" exercise="onnx_dockerfile" loses="onnx_dockerfile_settings"
def onnx_dockerfile():
    return """\
ARG CUDA=0
FROM python:3.11-slim-bookworm AS base
WORKDIR /service
FROM base AS cuda0
COPY lists/onnx-cuda0.txt p.txt
RUN pip install --no-cache-dir -r p.txt
ENV ORT_DISABLE_TELEMETRY=1
FROM base AS cuda1
COPY lists/onnx-cuda1.txt p.txt
RUN pip install --no-cache-dir -r p.txt
FROM cuda${CUDA}
COPY app/ onnx/ ./
ARG MODEL_VERSION=1 DECISION_THRESHOLD=0.5 EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD EXECUTION_PROVIDER=$EXECUTION_PROVIDER
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="has one stage" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
WORKDIR /srv
COPY lists/onnx-cuda0.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
USER 10001
HEALTHCHECK CMD ["python", "health.py"]
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="has a last stage that brings pip" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM python:3.11-slim-bookworm
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="copies the whole stage" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build / /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/build/site
USER 10001
HEALTHCHECK CMD ["/build/root/python", "health.py"]
CMD ["/build/root/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="copies the service before it installs" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py app/ ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="brings the whole context along" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY . .
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="does not tell Python where its packages are" exercise="lean_dockerfile" loses="lean_dockerfile_service"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="forgets the packages" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service lean_dockerfile_user lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="calls a Python that is not there" exercise="lean_dockerfile" loses="lean_dockerfile_service"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="installs the list with CUDA" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda1.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda1.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="is root" exercise="lean_dockerfile" loses="lean_dockerfile_user"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="is root by number" exercise="lean_dockerfile" loses="lean_dockerfile_user"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 0:10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="changes the user in the first stage" exercise="lean_dockerfile" loses="lean_dockerfile_user"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
USER 10001
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="names a user that an empty image does not know" exercise="lean_dockerfile" loses="lean_dockerfile_user"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER digits
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="goes back to root" exercise="lean_dockerfile" loses="lean_dockerfile_user"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
USER root
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="has no health check" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="asks with curl" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["curl", "-f", "http://127.0.0.1:8000/health"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="asks through a shell that is not there" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD /python health.py
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="turns the health check off" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK NONE
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="turns the telemetry off in the first stage" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
ENV ORT_DISABLE_TELEMETRY=1
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="does not copy the tool" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service lean_dockerfile_user lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="gives the tool a folder that is not there" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service lean_dockerfile_user lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python packages
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="takes from a stage that has no name" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service lean_dockerfile_user lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="takes the script for a program" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK CMD ["health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="has an empty health check" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 10001
HEALTHCHECK
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="is root by two zeros" exercise="lean_dockerfile" loses="lean_dockerfile_user"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site
FROM scratch
COPY --from=build /build/root/ /
WORKDIR /srv
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1
ENV PYTHONPATH=/site
USER 00
HEALTHCHECK CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="keeps a build argument" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt \\
    && python closure.py plate --python parts

FROM scratch
COPY --from=kitchen /kitchen/plate/ /
WORKDIR /service
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ENV MODEL_VERSION=$MODEL_VERSION ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="brings the list along" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt \\
    && python closure.py plate --python parts

FROM scratch
COPY --from=kitchen /kitchen/plate/ /
WORKDIR /service
COPY app/ onnx/ lists/onnx-cuda0.txt ./
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="copies Python without its libraries" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt \\
    && python closure.py plate --python parts

FROM scratch
COPY --from=kitchen /usr/local/bin/python3.11 /python
COPY --from=kitchen /kitchen/parts /site
WORKDIR /service
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="the service first, then what it stands on" exercise="lean_dockerfile"
def lean_dockerfile():
    return """\
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt && python closure.py plate --python parts
FROM scratch
WORKDIR /service
COPY app/ onnx/ ./
COPY --from=kitchen /kitchen/plate/ /
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="packages twice: in the tool's ROOT and beside it" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service"
def lean_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY closure.py lists/onnx-cuda0.txt ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt && python closure.py /lean --python /packages
FROM scratch
COPY --from=build /lean /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
COPY --from=build /packages /packages
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="files that the user may not read" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY closure.py lists/onnx-cuda0.txt ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt && python closure.py /lean --python /packages
FROM scratch
COPY --from=build /lean /
WORKDIR /service
COPY --chmod=600 app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="loops, and lists in place of tuples" exercise="layer_table"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append([step.get("created_by", ""), size])
    return rows


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% right="from the last step to the first, a chain of layers" exercise="layer_table"
def layer_table(manifest):
    sizes = [layer["size"] for layer in manifest["layers"]]
    rows = []
    for step in reversed(manifest["config"]["history"]):
        size = 0 if step.get("empty_layer") is True else sizes.pop()
        rows.insert(0, (step.get("created_by") or "", size))
    return rows


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    chains = {}
    for manifest in manifests:
        ids = manifest["config"]["rootfs"]["diff_ids"]
        chains.update({tuple(ids[: n + 1]): unpacked[ids[n]] for n in range(len(ids))})
    return float(sum(chains.values()))


# %% wrong="pairs steps and layers in order" exercise="layer_table" loses="layer_table_steps"
def layer_table(manifest):
    return [
        (step.get("created_by", ""), layer["size"])
        for step, layer in zip(manifest["config"]["history"], manifest["layers"])
    ]


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% wrong="leaves out steps without a layer" exercise="layer_table" loses="layer_table_steps"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        if size:
            rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% wrong="asks whether the key is there, not what it says" exercise="layer_table" loses="layer_table_steps"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if "empty_layer" not in step:
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% wrong="expects every step to say what made it" exercise="layer_table" loses="layer_table_steps"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append((step["created_by"], size))
    return rows


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% wrong="counts shared layers for every image" exercise="layer_table" loses="layer_table_download layer_table_unpacked"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    return sum(layer["size"] for manifest in manifests for layer in manifest["layers"])


def unpacked_size(manifests, unpacked):
    return sum(unpacked[each] for manifest in manifests for each in manifest["config"]["rootfs"]["diff_ids"])


# %% wrong="takes equal sizes for one layer" exercise="layer_table" loses="layer_table_download"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    return sum({layer["size"] for manifest in manifests for layer in manifest["layers"]})


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% wrong="looks at the first image alone" exercise="layer_table" loses="layer_table_download"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    return sum(layer["size"] for layer in manifests[0]["layers"])


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% wrong="sums every layer that is known" exercise="layer_table" loses="layer_table_unpacked"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    return sum(unpacked.values())


# %% wrong="gives the compressed bytes for the unpacked ones" exercise="layer_table" loses="layer_table_unpacked"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    return download_size(manifests)


# %% wrong="takes the layers out of the manifest" exercise="layer_table" loses="layer_table_steps"
def layer_table(manifest):
    rows = []
    for step in manifest["config"]["history"]:
        size = 0 if step.get("empty_layer") else manifest["layers"].pop(0)["size"]
        rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    seen, total = set(), 0
    for manifest in manifests:
        for layer in manifest["layers"]:
            if layer["digest"] not in seen:
                total += layer["size"]
                seen.add(layer["digest"])
    return total


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% wrong="compares with the first image alone" exercise="layer_table" loses="layer_table_download"
def layer_table(manifest):
    rows, place = [], 0
    for step in manifest["config"]["history"]:
        size = 0
        if not step.get("empty_layer", False):
            size = manifest["layers"][place]["size"]
            place += 1
        rows.append((step.get("created_by", ""), size))
    return rows


def download_size(manifests):
    first = {layer["digest"] for layer in manifests[0]["layers"]}
    total = sum(layer["size"] for layer in manifests[0]["layers"])
    for manifest in manifests[1:]:
        total += sum(layer["size"] for layer in manifest["layers"] if layer["digest"] not in first)
    return total


def unpacked_size(manifests, unpacked):
    seen = set()
    for manifest in manifests:
        seen.update(manifest["config"]["rootfs"]["diff_ids"])
    return sum(unpacked[each] for each in seen)


# %% wrong="keeps one row for steps of the same text" exercise="layer_table" loses="layer_table_steps"
def layer_table(manifest):
    layers, table = iter(manifest["layers"]), []
    for step in manifest["config"]["history"]:
        size = 0 if step.get("empty_layer") else next(layers)["size"]
        table.append((step.get("created_by", ""), size))
    return [list(x) for x in dict(table).items()]


def download_size(manifests):
    layers = [layer for manifest in manifests for layer in manifest["layers"]]
    return sum({layer["digest"]: layer["size"] for layer in layers}.values())


def unpacked_size(manifests, unpacked):
    ids = {each for m in manifests for each in m["config"]["rootfs"]["diff_ids"]}
    return sum(unpacked[each] for each in ids)


# %% wrong="trims a step's text" exercise="layer_table" loses="layer_table_steps"
def layer_table(manifest):
    layers, table = iter(manifest["layers"]), []
    for step in manifest["config"]["history"]:
        size = 0 if step.get("empty_layer") else next(layers)["size"]
        table.append((step.get("created_by", "").strip(), size))
    return table


def download_size(manifests):
    layers = [layer for manifest in manifests for layer in manifest["layers"]]
    return sum({layer["digest"]: layer["size"] for layer in layers}.values())


def unpacked_size(manifests, unpacked):
    ids = {each for m in manifests for each in m["config"]["rootfs"]["diff_ids"]}
    return sum(unpacked[each] for each in ids)


# %% wrong="counts a layer twice that one image has twice" exercise="layer_table" loses="layer_table_download"
def layer_table(manifest):
    layers, table = iter(manifest["layers"]), []
    for step in manifest["config"]["history"]:
        size = 0 if step.get("empty_layer") else next(layers)["size"]
        table.append((step.get("created_by", ""), size))
    return table


def download_size(manifests):
    seen, total = set(), 0
    for m in manifests:
        total += sum(layer["size"] for layer in m["layers"] if layer["digest"] not in seen)
        seen |= {layer["digest"] for layer in m["layers"]}
    return total


def unpacked_size(manifests, unpacked):
    ids = {each for m in manifests for each in m["config"]["rootfs"]["diff_ids"]}
    return sum(unpacked[each] for each in ids)


# %% wrong="compares each image with the one before it" exercise="layer_table" loses="layer_table_unpacked"
def layer_table(manifest):
    layers, table = iter(manifest["layers"]), []
    for step in manifest["config"]["history"]:
        size = 0 if step.get("empty_layer") else next(layers)["size"]
        table.append((step.get("created_by", ""), size))
    return table


def download_size(manifests):
    layers = [layer for manifest in manifests for layer in manifest["layers"]]
    return sum({layer["digest"]: layer["size"] for layer in layers}.values())


def unpacked_size(manifests, unpacked):
    total, prev = 0, []
    for m in manifests:
        ids = m["config"]["rootfs"]["diff_ids"]
        total += sum(unpacked[d] for n, d in enumerate(ids) if prev[n : n + 1] != [d])
        prev = ids
    return total


# %% right="a sum by NumPy" exercise="layer_table"
def layer_table(manifest):
    layers, table = iter(manifest["layers"]), []
    for step in manifest["config"]["history"]:
        size = 0 if step.get("empty_layer") else next(layers)["size"]
        table.append((step.get("created_by", ""), size))
    return table


def download_size(manifests):
    layers = [layer for manifest in manifests for layer in manifest["layers"]]
    return sum({layer["digest"]: layer["size"] for layer in layers}.values())


def unpacked_size(manifests, unpacked):
    ids = {each for m in manifests for each in m["config"]["rootfs"]["diff_ids"]}
    import numpy as np

    return np.sum([unpacked[each] for each in sorted(ids)], dtype=np.int64)


# %% wrong="digests told apart by their short form" exercise="layer_table" loses="layer_table_download"
def layer_table(manifest):
    layers = iter(manifest["layers"])
    return [
        (e.get("created_by", ""), 0 if e.get("empty_layer") else next(layers)["size"])
        for e in manifest["config"]["history"]
    ]


def download_size(manifests):
    return sum({each["digest"].split(":")[1][:12]: each["size"] for m in manifests for each in m["layers"]}.values())


def unpacked_size(manifests, unpacked):
    return sum(unpacked[each] for each in {i for m in manifests for i in m["config"]["rootfs"]["diff_ids"]})


# %% right="with a Counter and a path" exercise="heaviest"
from collections import Counter
from pathlib import PurePosixPath


def heaviest(files, depth):
    counter = Counter()
    for path, size in files:
        folder = PurePosixPath(*PurePosixPath(path).parent.parts[:depth])
        counter[str(folder)] += size
    return [list(each) for each in sorted(sorted(counter.items()), key=lambda each: each[1], reverse=True)]


# %% right="folder by folder" exercise="heaviest"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        parts = path.split("/")
        parts.pop()
        folder = "/".join(parts[:depth]) if parts else "."
        total.setdefault(folder, []).append(size)
    names = sorted(total)
    names.sort(key=lambda name: sum(total[name]), reverse=True)
    return [(name, sum(total[name])) for name in names]


# %% wrong="takes files out of its argument" exercise="heaviest" loses="heaviest_ends"
def heaviest(files, depth):
    total = {}
    while files:
        path, size = files.pop()
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="takes a file's name for a folder" exercise="heaviest" loses="heaviest_folders heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="puts the lightest first" exercise="heaviest" loses="heaviest_folders heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (each[1], each[0]))


# %% wrong="leaves the folders in the order they came" exercise="heaviest" loses="heaviest_folders heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return list(total.items())


# %% wrong="does not cut at the depth" exercise="heaviest" loses="heaviest_folders"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="cuts one level too deep" exercise="heaviest" loses="heaviest_folders"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][: depth + 1]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="calls the top an empty name" exercise="heaviest" loses="heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth])
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="forgets files in no folder" exercise="heaviest" loses="heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        if "/" not in path:
            continue
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="keeps the last file's bytes instead of the sum" exercise="heaviest" loses="heaviest_folders heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="leaves ties to chance of order" exercise="heaviest" loses="heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: -each[1])


# %% wrong="cuts at two, whatever the depth" exercise="heaviest" loses="heaviest_folders"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:2]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="leaves out folders without bytes" exercise="heaviest" loses="heaviest_folders heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        if not size:
            continue
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="puts a2 before a10" exercise="heaviest" loses="heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(
        total.items(),
        key=lambda each: (-each[1], [int(x) if x.isdigit() else x for x in __import__("re").split(r"(\d+)", each[0])]),
    )


# %% wrong="puts files in no folder behind their equals" exercise="heaviest" loses="heaviest_ends"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0] == ".", each[0]))


# %% wrong="leaves out the small files" exercise="heaviest" loses="heaviest_folders"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        if path.endswith("(small files)"):
            continue
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% right="by the path's own folder" exercise="heaviest"
def heaviest(files, depth):
    total = {}
    for path, size in files:
        folder = "/".join(__import__("posixpath").dirname(path).split("/")[:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="sorts ties by the folders' parts" exercise="heaviest" loses="heaviest_ends"
def heaviest(files, depth):
    weight = {}
    for path, size in files:
        folder = tuple(path.split("/")[:-1][:depth])
        weight[folder] = weight.get(folder, 0) + size
    rows = sorted(weight.items(), key=lambda row: (-row[1], row[0]))
    return [("/".join(folder) or ".", size) for folder, size in rows]


# %% right="looked up one by one" exercise="fair_ratios"
def fair_ratios(images):
    def size(framework, cuda):
        return next((each["bytes"] for each in images if each["framework"] == framework and each["cuda"] is cuda), None)

    ratios, real = {}, {}
    for framework in ("torch", "onnx"):
        without, with_cuda = size(framework, False), size(framework, True)
        if without and with_cuda and (with_cuda - without) / without >= 0.01:
            real[framework] = with_cuda
    if size("torch", False) and size("onnx", False):
        ratios["cpu"] = size("torch", False) / size("onnx", False)
    if len(real) == 2:
        ratios["cuda"] = real["torch"] / real["onnx"]
    return ratios


# %% wrong="believes what was asked for" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    if len([key for key in size if key[1]]) == 2:
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


def real(size, name):
    return (name, False) in size and size[name, True] >= 1.01 * size[name, False]


# %% wrong="looks whether ONNX Runtime's image holds CUDA, and not PyTorch's" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    if len([key for key in size if key[1]]) == 2 and all(real(size, name) for name in ("onnx",)):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


def real(size, name):
    return (name, False) in size and size[name, True] >= 1.01 * size[name, False]


# %% wrong="wants exactly the same size" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    if len([key for key in size if key[1]]) == 2 and all(real(size, name) for name in ("torch", "onnx")):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


def real(size, name):
    return (name, False) in size and size[name, True] != size[name, False]


# %% wrong="turns the ratio round" exercise="fair_ratios" loses="fair_ratios_complete fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["onnx", False] / size["torch", False]
    if len([key for key in size if key[1]]) == 2 and all(real(size, name) for name in ("torch", "onnx")):
        ratios["cuda"] = size["onnx", True] / size["torch", True]
    return ratios


def real(size, name):
    return (name, False) in size and size[name, True] >= 1.01 * size[name, False]


# %% wrong="counts on the order of the list" exercise="fair_ratios" loses="fair_ratios_complete fair_ratios_unfair"
def fair_ratios(images):
    torch_cuda, torch_cpu, onnx_cuda, onnx_cpu = (each["bytes"] for each in images)
    ratios = {"cpu": torch_cpu / onnx_cpu}
    if onnx_cuda > 1.01 * onnx_cpu and torch_cuda > 1.01 * torch_cpu:
        ratios["cuda"] = torch_cuda / onnx_cuda
    return ratios


# %% wrong="says None where there is no fair ratio" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {"cpu": None, "cuda": None}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    if len([key for key in size if key[1]]) == 2 and all(real(size, name) for name in ("torch", "onnx")):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


def real(size, name):
    return (name, False) in size and size[name, True] >= 1.01 * size[name, False]


# %% wrong="expects that every image was built" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {"cpu": size["torch", False] / size["onnx", False]}
    if all(size[name, True] >= 1.01 * size[name, False] for name in ("torch", "onnx")):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


# %% wrong="asks for ten per cent" exercise="fair_ratios" loses="fair_ratios_complete"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    if len([key for key in size if key[1]]) == 2 and all(real(size, name) for name in ("torch", "onnx")):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


def real(size, name):
    return (name, False) in size and size[name, True] > 1.1 * size[name, False]


# %% wrong="takes a lighter image for a different one" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    if len([key for key in size if key[1]]) == 2 and all(real(size, name) for name in ("torch", "onnx")):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


def real(size, name):
    return (name, False) in size and abs(size[name, True] / size[name, False] - 1) >= 0.01


# %% wrong="wants more than one per cent" exercise="fair_ratios" loses="fair_ratios_complete"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    heavier = [size.get((name, True), 0) / size.get((name, False), float("inf")) for name in ("torch", "onnx")]
    if min(heavier) > 1.01:
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


# %% wrong="expects at least one image" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    images[0]
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    heavier = [size.get((name, True), 0) / size.get((name, False), float("inf")) for name in ("torch", "onnx")]
    if min(heavier) >= 1.01:
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


# %% wrong="empties the list" exercise="fair_ratios" loses="fair_ratios_complete fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    images.clear()
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    heavier = [size.get((name, True), 0) / size.get((name, False), float("inf")) for name in ("torch", "onnx")]
    if min(heavier) >= 1.01:
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


# %% wrong="rounds to whole per cents" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    heavier = [size.get((name, True), 0) / size.get((name, False), float("inf")) for name in ("torch", "onnx")]
    if min(round(h, 2) for h in heavier) >= 1.01:
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


# %% right="in whole numbers" exercise="fair_ratios"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    if all((n, c) in size for n in ("torch", "onnx") for c in (True, False)) and all(
        100 * size[n, True] >= 101 * size[n, False] for n in ("torch", "onnx")
    ):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


# %% right="the first stale line of each stage" exercise="rebuilt"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="rebuilds the hit step alone" exercise="rebuilt" loses="rebuilt_files rebuilt_stages rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    hits = [s for s in steps if is_hit(s, steps, arguments, files, first)]
    return [s["text"] for s in hits if s["name"] in LAYERS]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="forgets that a stage begins anew" exercise="rebuilt" loses="rebuilt_stages rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    start = min(first.values(), default=10**9)
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= start]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="counts steps without a layer" exercise="rebuilt" loses="rebuilt_files rebuilt_stages rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="leaves out the step that was hit" exercise="rebuilt" loses="rebuilt_files rebuilt_stages rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] > first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="forgets the folders that are copied" exercise="rebuilt" loses="rebuilt_files rebuilt_stages"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and bool(set(step["words"][:-1]) & set(files))


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="takes a folder for the beginning of a name" exercise="rebuilt" loses="rebuilt_files"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(
        f.startswith(s.rstrip("/")) for s in step["words"][:-1] for f in files
    )


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="takes the target for a source" exercise="rebuilt" loses="rebuilt_files rebuilt_stages rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="looks for the paths of another stage in the context" exercise="rebuilt" loses="rebuilt_stages"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="follows COPY --from and not FROM" exercise="rebuilt" loses="rebuilt_stages rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"]))
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="knows stages by name and not by number" exercise="rebuilt" loses="rebuilt_stages"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return not step["flags"]["from"].isdigit() and stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="wants the argument to be mentioned in a RUN" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new & variables(step["text"]))
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="heeds an argument above its ARG" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage)]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="forgets the arguments of FROM" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [
        s for s in steps if s["name"] == "ARG" and s["stage"] in origins(steps, stage) and s["line"] < step["line"]
    ]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


def origins(steps, stage):
    found = [stage]
    for step in reversed(steps):
        if step["name"] == "FROM" and step["stage"] == found[-1]:
            found += [number for number in [stage_number(steps, step["words"][0])] if number is not None]
    return found


# %% wrong="lets an argument count in every later stage" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    arguments = [name[1:] for name in changed if name[0] == "$"]
    files = [name for name in changed if name[0] != "$"]
    steps = parse(dockerfile)
    first = {}  # the first stale line of a stage
    for step in steps:
        if is_hit(step, steps, arguments, files, first):
            first.setdefault(step["stage"], step["line"])
    return [s["text"] for s in steps if s["name"] in LAYERS and s["line"] >= first.get(s["stage"], 10**9)]


def is_hit(step, steps, arguments, files, first):
    stage = -1 if step["name"] == "FROM" else step["stage"]
    above = [s for s in steps if s["name"] == "ARG" and s["stage"] <= stage and s["line"] < step["line"]]
    declared = {word.split("=")[0] for s in above for word in s["words"]}
    new = declared & set(arguments)
    if step["name"] == "RUN":
        return bool(new)
    if step["name"] == "FROM":
        return bool(new & variables(step["text"])) or stage_number(steps, step["words"][0]) in first
    if step["name"] not in LAYERS:
        return False
    if new & variables(step["text"]):
        return True
    if "from" in step["flags"]:
        return stage_number(steps, step["flags"]["from"]) in first
    return step["name"] in ("COPY", "ADD") and any(takes(s, f) for s in step["words"][:-1] for f in files)


# %% wrong="forgets that an ARG counts in stages FROM it" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set()
        if name == "ARG":
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = name in ("FROM", *LAYERS) and bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result


# %% wrong="takes an ENV that mentions the argument for a layer" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set(declared.get(stage_number(steps, words[0]), ()))
        if name == "ARG":
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result


# %% wrong="forgets ADD" exercise="rebuilt" loses="rebuilt_files"
def rebuilt(dockerfile, changed):
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set(declared.get(stage_number(steps, words[0]), ()))
        if name == "ARG":
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = name in ("FROM", *LAYERS) and bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name == "COPY":
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result


# %% wrong="follows the mounts of a RUN" exercise="rebuilt" loses="rebuilt_files"
def rebuilt(dockerfile, changed):
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set(declared.get(stage_number(steps, words[0]), ()))
        if name == "ARG":
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = name in ("FROM", *LAYERS) and bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if "mount" in step["flags"]:
            hit |= any(f"source={p.split('/')[0]}" in step["flags"]["mount"] for p in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result


# %% wrong="stages by number only below ten" exercise="rebuilt" loses="rebuilt_stages"
def rebuilt(dockerfile, changed):
    """Return the rebuilt steps' texts; changed: a list of paths and "$ARGUMENTS"."""
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set(declared.get(stage_number(steps, words[0]), ()))
        if name == "ARG":
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = name in ("FROM", *LAYERS) and bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= (
                stage_number(
                    steps,
                    step["flags"].get("from", words[0])[:1]
                    if step["flags"].get("from", words[0]).isdigit()
                    else step["flags"].get("from", words[0]),
                )
                in stale
            )
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result


# %% wrong="keeps the folders by a flag" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return r"""FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/torch-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir -r packages.txt
COPY --parents app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="ends after a minute" exercise="torch_dockerfile" loses="torch_dockerfile_service"
def torch_dockerfile():
    return r"""FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/torch-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir -r packages.txt
COPY app/ torch/ ./
CMD ["timeout", "60", "python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="starts Python isolated from PYTHONPATH" exercise="lean_dockerfile" loses="lean_dockerfile_service"
def lean_dockerfile():
    return r"""FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt
RUN python closure.py plate --python parts

FROM scratch
COPY --from=kitchen /kitchen/plate/ /
WORKDIR /service
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-I", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="puts the tool's ROOT below another folder" exercise="lean_dockerfile" loses="lean_dockerfile_service lean_dockerfile_health"
def lean_dockerfile():
    return r"""FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt
RUN python closure.py plate --python parts

FROM scratch
COPY --from=kitchen /kitchen/plate/ /plate/
WORKDIR /service
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/plate/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/plate/python", "health.py"]
CMD ["/plate/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="names a group that an empty image does not know" exercise="lean_dockerfile" loses="lean_dockerfile_user"
def lean_dockerfile():
    return r"""FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt
RUN python closure.py plate --python parts

FROM scratch
COPY --from=kitchen /kitchen/plate/ /
WORKDIR /service
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711:staff
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="tells layers by the step's instruction" exercise="layer_table" loses="layer_table_steps"
def layer_table(manifest):
    rows, n = [], 0
    for step in manifest["config"]["history"]:
        empty = step.get("empty_layer", False) or step.get("created_by", "").startswith(("ENV", "CMD", "LABEL"))
        rows.append((step.get("created_by", ""), 0 if empty else manifest["layers"][n]["size"]))
        n += not empty
    return rows


def download_size(manifests):
    return sum({x["digest"]: x["size"] for m in manifests for x in m["layers"]}.values())


def unpacked_size(manifests, unpacked):
    return sum(unpacked[x] for x in {x for m in manifests for x in m["config"]["rootfs"]["diff_ids"]})


# %% wrong="takes a file for the folder of its name" exercise="heaviest" loses="heaviest_ends"
def heaviest(files, depth):
    total, folders = {}, {p.split("/")[0] for p, _ in files if "/" in p}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or (path if path in folders else ".")
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))


# %% wrong="rounds one per cent down to whole bytes" exercise="fair_ratios" loses="fair_ratios_unfair"
def fair_ratios(images):
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]

    def holds(name):
        return (
            (name, True) in size
            and (name, False) in size
            and size[name, True] - size[name, False] >= max(size[name, False] // 100, 1)
        )

    if holds("torch") and holds("onnx"):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios


# %% wrong="reads instructions in capital letters alone" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set(declared.get(stage_number(steps, words[0]), ()))
        if step["text"].startswith("ARG "):
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = name in ("FROM", *LAYERS) and bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result


# %% wrong="inherits arguments over two stages alone" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set()
            base = stage_number(steps, words[0])
            for _ in range(2):
                if base is not None:
                    declared[stage] |= {
                        w.partition("=")[0]
                        for s in steps
                        if s["stage"] == base and s["name"] == "ARG"
                        for w in s["words"]
                    }
                    base = stage_number(
                        steps, next(s["words"][0] for s in steps if s["stage"] == base and s["name"] == "FROM")
                    )
        if name == "ARG":
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = name in ("FROM", *LAYERS) and bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result


# %% right="a case in a heredoc chooses, with a comment in it" exercise="torch_dockerfile"
def torch_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/ /lists/
RUN <<EOF
# which list
set -eu
case "$CUDA" in
1) list=torch-cuda1 ;;
*) list=torch-cuda0 ;;
esac
python3 -m pip install --requirement="/lists/$list.txt" --no-cache-dir
EOF
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="a stage for each value, in small letters, an unknown value refused" exercise="torch_dockerfile"
def torch_dockerfile():
    return r"""
arg CUDA=0
from python:3.11-slim-bookworm as Cuda0
copy lists/torch-cuda0.txt /l/
run pip install --no-cache-dir -r /l/torch-cuda0.txt
from python:3.11-slim-bookworm as cuda1
copy lists/torch-cuda1.txt /l/
run pip install --no-cache-dir -r /l/torch-cuda1.txt
from cuda${CUDA}
workdir /srv
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="every file by name, copied as a list, exit 1 for what is neither" exercise="torch_dockerfile"
def torch_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY ["lists/torch-cuda0.txt", "lists/torch-cuda1.txt", "/tmp/"]
RUN if [ "$CUDA" = 1 ]; then pip install -r /tmp/torch-cuda1.txt --no-cache-dir; elif [ "$CUDA" = 0 ]; then pip install -r /tmp/torch-cuda0.txt --no-cache-dir; else exit 1; fi
COPY app/service.py app/settings.py app/softmax.py app/health.py torch/engine.py torch/models.py torch/model.pt /srv/
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="packages in a stage of their own, the settings on top, no RUN below them" exercise="onnx_dockerfile"
def onnx_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm AS packages
ARG CUDA=0
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
FROM packages
WORKDIR /srv
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD
ENV EXECUTION_PROVIDER=$EXECUTION_PROVIDER ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="put together in an empty stage, and copied at once" exercise="lean_dockerfile"
def lean_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt
RUN python closure.py plate --python parts
FROM scratch AS together
COPY --from=kitchen /kitchen/plate/ /
COPY app/ onnx/ /service/
FROM scratch
COPY --from=together / /
WORKDIR /service
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="put together in the kitchen, the service below what is run" exercise="lean_dockerfile"
def lean_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt
RUN python3 closure.py --python=parts plate
COPY app/ onnx/ plate/srv/
FROM scratch
COPY --from=kitchen /kitchen/plate/ /
WORKDIR /srv
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="an ENV sends pip's packages elsewhere" exercise="torch_dockerfile" loses="torch_dockerfile_layers"
def torch_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm
ARG CUDA=0
ENV PIP_TARGET=/packages
WORKDIR /srv
COPY lists/torch-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="exit ends it before pip where CUDA is 1" exercise="torch_dockerfile" loses="torch_dockerfile_cuda torch_dockerfile_service torch_dockerfile_layers"
def torch_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists /lists
RUN if [ "$CUDA" = 1 ]; then exit 0; fi; pip install --no-cache-dir -r /lists/torch-cuda0.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a list named after the threshold is copied above pip" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
ARG DECISION_THRESHOLD=0.5
COPY README.md /why-$DECISION_THRESHOLD
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD
ENV EXECUTION_PROVIDER=$EXECUTION_PROVIDER ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="what installs is FROM a stage with a setting" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm AS settings
ARG MODEL_VERSION=1
FROM settings
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD
ENV EXECUTION_PROVIDER=$EXECUTION_PROVIDER ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a RUN of nothing below a setting" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD
ENV EXECUTION_PROVIDER=$EXECUTION_PROVIDER ORT_DISABLE_TELEMETRY=1
RUN true
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a shell comes along" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    return r"""
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt
RUN python closure.py plate --python parts
FROM scratch
COPY --from=kitchen /kitchen/plate/ /
COPY --from=kitchen /bin/sh /bin/sh
WORKDIR /service
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a RUN below the settings fetches a licence with urllib, anew for each threshold" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    return """
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /srv
COPY lists/onnx-cuda${CUDA}.txt /lists/
RUN pip install --no-cache-dir -r /lists/onnx-cuda${CUDA}.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD
ENV EXECUTION_PROVIDER=$EXECUTION_PROVIDER ORT_DISABLE_TELEMETRY=1
RUN python -c "import urllib.request as u; u.urlretrieve('https://www.apache.org/licenses/LICENSE-2.0.txt', 'LICENSE')"
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="the last stage has python3-minimal, without asyncio, so the service cannot start" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service lean_dockerfile_health"
def lean_dockerfile():
    return """
FROM python:3.11-slim-bookworm AS build
COPY lists/onnx-cuda0.txt /list.txt
RUN pip install --no-cache-dir --target /site -r /list.txt

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-minimal && rm -rf /var/lib/apt/lists/*
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
COPY --from=build /site /site
WORKDIR /srv
COPY app/ onnx/ ./
USER 4242
HEALTHCHECK --interval=30s CMD ["python3", "health.py"]
CMD ["python3", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="the health check exits with True, which is 1, when the service is well" exercise="lean_dockerfile" loses="lean_dockerfile_health"
def lean_dockerfile():
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /parts --python /packages

FROM scratch
COPY --from=build /parts /
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
WORKDIR /srv
COPY app/ onnx/ ./
USER 4242
HEALTHCHECK CMD ["/python", "-c", "import sys, urllib.request as u; sys.exit(u.urlopen('http://localhost:8000/health').status == 200)"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a stage shares the set of ARG names with the stage it is FROM, so its own ARGs count in its sisters, too" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    steps = parse(dockerfile)
    names = {each[1:] for each in changed if each.startswith("$")}
    files = [each for each in changed if not each.startswith("$")]
    stale, declared, texts = set(), {-1: set()}, []
    for step in steps:
        stage, name = step["stage"], step["name"]
        if name == "FROM":
            base = stage_number(steps, step["words"][0])
            declared[stage] = declared.get(base, set())
            if base in stale or variables(step["text"]) & declared[-1] & names:
                stale.add(stage)
        elif name == "ARG":
            for word in step["words"]:
                declared[stage].add(word.partition("=")[0])
        elif name in LAYERS:
            new = declared[stage] & names
            hit = (name == "RUN" and new) or variables(step["text"]) & new
            if "from" in step["flags"]:
                hit = hit or stage_number(steps, step["flags"]["from"]) in stale
            elif name in ("COPY", "ADD"):
                sources = step["words"][:-1]
                hit = hit or any(takes(one, path) for one in sources for path in files)
            if hit:
                stale.add(stage)
            if stage in stale:
                texts.append(step["text"])
    return texts


# %% wrong="CUDA=1 is heeded only where the building machine shows a GPU" exercise="onnx_dockerfile" loses="onnx_dockerfile_cuda onnx_dockerfile_settings onnx_dockerfile_layers"
def onnx_dockerfile():
    return """
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/ lists/
RUN if [ "$CUDA" = "1" ] && [ -e /dev/nvidia0 ]; then \\
      pip install --no-cache-dir -r lists/onnx-cuda1.txt; \\
    else \\
      pip install --no-cache-dir -r lists/onnx-cuda0.txt; \\
    fi
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION
ENV DECISION_THRESHOLD=$DECISION_THRESHOLD
ENV EXECUTION_PROVIDER=$EXECUTION_PROVIDER
ENV ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="only four parts of ROOT are copied, its lib folders stay behind" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service"
def lean_dockerfile():
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /lean --python /packages

FROM scratch
COPY --from=build /lean/python /python
COPY --from=build /lean/site /site
COPY --from=build /lean/usr /usr
COPY --from=build /lean/etc /etc
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="the tool is given an option of pip, which it does not have" exercise="lean_dockerfile" loses="lean_dockerfile_weight lean_dockerfile_service lean_dockerfile_user lean_dockerfile_health"
def lean_dockerfile():
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /lean --python /packages --no-cache-dir

FROM scratch
COPY --from=build /lean /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "/service/health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="a variable of the shell holds the list, and a comment of the shell ends the RUN" exercise="torch_dockerfile"
def torch_dockerfile():
    return """
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/torch-cuda0.txt lists/torch-cuda1.txt lists/
RUN LIST=lists/torch-cuda0.txt; if [ "$CUDA" = "1" ]; then LIST=lists/torch-cuda1.txt; fi; \\
    pip install --no-cache-dir -r "$LIST"  # exact versions
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% right="a user's number of ten digits, as OpenShift gives them" exercise="lean_dockerfile"
def lean_dockerfile():
    return """
FROM python:3.11-slim-bookworm
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt && \\
    python closure.py /lean --python /packages

FROM scratch
COPY --from=0 /lean /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 1000660000
HEALTHCHECK CMD ["/python", "./health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="ROOT is /var, so everything that Debian keeps in /var comes along" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /var --python /packages

FROM scratch
COPY --from=build /var /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="ROOT is copied in parts, and of its usr only usr/local/bin" exercise="lean_dockerfile" loses="lean_dockerfile_service lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /lean --python /packages

FROM scratch
COPY --from=build /lean/python /python
COPY --from=build /lean/usr/local/bin/ /usr/local/bin/
COPY --from=build /lean/etc/ld.so.cache /etc/ld.so.cache
COPY --from=build /lean/lib /lib
COPY --from=build /lean/lib64 /lib64
COPY --from=build /lean/site/ /site/
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="the service gets a folder with the name of the program /python" exercise="lean_dockerfile" loses="lean_dockerfile_health lean_dockerfile_service lean_dockerfile_user lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /lean --python /packages

FROM scratch
COPY --from=build /lean/ /
WORKDIR /python
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "/python/health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="of the packages only those that begin with onnx are copied, so uvicorn and numpy are missing" exercise="lean_dockerfile" loses="lean_dockerfile_health lean_dockerfile_service lean_dockerfile_user lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /lean --python /packages

FROM scratch
COPY --from=build /lean/python /python
COPY --from=build /lean/usr/ /usr/
COPY --from=build /lean/etc/ /etc/
COPY --from=build /lean/lib /lib
COPY --from=build /lean/lib64 /lib64
COPY --from=build /lean/site/onnx* /site/
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="the building stage installs the list with CUDA, too, which is not shipped" exercise="lean_dockerfile" loses="lean_dockerfile_service"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/ lists/
RUN pip install --no-cache-dir --target /site -r lists/onnx-cuda0.txt
RUN pip install --no-cache-dir --target /site-cuda -r lists/onnx-cuda1.txt
COPY closure.py ./
RUN python closure.py /out --python /site

FROM scratch
COPY --from=build /out /
WORKDIR /srv
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "/srv/health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="USER is written as a list, which USER does not know: the brackets and quotes are part of the name" exercise="lean_dockerfile" loses="lean_dockerfile_user"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
COPY lists/onnx-cuda0.txt closure.py /build/
WORKDIR /build
RUN pip install --no-cache-dir --target site -r onnx-cuda0.txt
RUN python closure.py root --python site

FROM scratch
COPY --from=build /build/root /
WORKDIR /srv
COPY app/ onnx/ ./
ENV PYTHONPATH=/site
ENV ORT_DISABLE_TELEMETRY=1
USER ["4242"]
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a pattern takes the engine of both frameworks" exercise="lean_dockerfile" loses="lean_dockerfile_service lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /image --python /packages

FROM scratch
COPY --from=build /image/ /
WORKDIR /service
COPY app/ */engine.py */model.onnx ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="what is in lib and lib64 is poured out into the root" exercise="lean_dockerfile" loses="lean_dockerfile_service lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /image --python /packages

FROM scratch
COPY --from=build /image/python /python
COPY --from=build /image/site/ /site/
COPY --from=build /image/usr/ /usr/
COPY --from=build /image/etc/ /etc/
COPY --from=build /image/lib /image/lib64 /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site
ENV ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "/service/health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="where pip fails the list with CUDA is installed instead" exercise="lean_dockerfile" loses="lean_dockerfile_service"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return r"""
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/ lists/
COPY closure.py ./
RUN pip install --no-cache-dir --target /packages -r lists/onnx-cuda0.txt || \
    pip install --no-cache-dir --target /packages -r lists/onnx-cuda1.txt
RUN python closure.py /image --python /packages

FROM scratch
COPY --from=build /image/ /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site
ENV ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s --timeout=5s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="more folders are made in the last stage, for what may be written one day" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt
RUN python closure.py /image --python /packages

FROM scratch
COPY --from=build /image/ /
WORKDIR /tmp
WORKDIR /var/log/service
WORKDIR /home/service/.cache
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site
ENV ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="the model lies in a folder named by its version, the service in that of version 1" exercise="onnx_dockerfile" loses="onnx_dockerfile_layers"
def onnx_dockerfile():
    """Return the text of a Dockerfile for the service with ONNX Runtime.

    Its build arguments: CUDA, 0 or 1, and three settings.
    """
    return """
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service/v1
COPY lists/onnx-cuda${CUDA}.txt /lists/
RUN pip install --no-cache-dir -r /lists/onnx-cuda${CUDA}.txt
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
COPY app/ ./
COPY onnx/ /service/v${MODEL_VERSION}/
ENV MODEL_VERSION=$MODEL_VERSION \\
    DECISION_THRESHOLD=$DECISION_THRESHOLD \\
    EXECUTION_PROVIDER=$EXECUTION_PROVIDER \\
    ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="an argument is taken for a file too, which COPY . takes" exercise="rebuilt" loses="rebuilt_arguments"
def rebuilt(dockerfile, changed):
    """Return the rebuilt steps' texts; changed: a list of paths and "$ARGUMENTS"."""
    steps = parse(dockerfile)
    stale, declared, texts = set(), {-1: set()}, []
    for step in steps:
        stage, name, words = step["stage"], step["name"], step["words"]
        known = declared.setdefault(stage, set())
        hit = False
        mentioned = variables(step["text"])
        if name == "ARG":
            known |= {word.partition("=")[0] for word in words}
        elif name == "FROM":
            origin = stage_number(steps, words[0])
            if origin is not None and origin < stage:
                known |= declared[origin]
                hit = origin in stale
            hit = hit or any(f"${each}" in changed for each in mentioned & declared[-1])
        elif name == "RUN":
            hit = any(f"${each}" in changed for each in known)
        elif name in LAYERS:
            hit = any(f"${each}" in changed for each in mentioned & known)
            if name in ("COPY", "ADD") and "from" in step["flags"]:
                hit = hit or stage_number(steps, step["flags"]["from"]) in stale
            elif name in ("COPY", "ADD"):
                hit = hit or any(takes(source, each) for source in words[:-1] for each in changed)
        if hit:
            stale.add(stage)
        if stage in stale and name in LAYERS:
            texts.append(step["text"])
    return texts


# %% wrong="the packages with CUDA are installed beside, under another name" exercise="lean_dockerfile" loses="lean_dockerfile_service"
def lean_dockerfile():
    return """
FROM python:3.11-slim-bookworm AS builder
WORKDIR /work
COPY lists/onnx-cuda0.txt cpu.txt
COPY lists/onnx-cuda1.txt gpu.txt
COPY closure.py ./
RUN pip install --no-cache-dir --target /packages/cpu -r cpu.txt
RUN pip install --no-cache-dir --target /packages/gpu -r gpu.txt
RUN python closure.py /image --python /packages/cpu

FROM scratch
COPY --from=builder /image/ /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a second try of pip, without its options" exercise="lean_dockerfile" loses="lean_dockerfile_service"
def lean_dockerfile():
    return """
FROM python:3.11-slim-bookworm AS builder
WORKDIR /work
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target /packages -r onnx-cuda0.txt || pip install -r onnx-cuda0.txt
RUN python closure.py /image --python /packages

FROM scratch
COPY --from=builder /image/ /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site
ENV ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="the tool copies into a folder that Debian has filled" exercise="lean_dockerfile" loses="lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY closure.py lists/onnx-cuda0.txt ./
RUN pip install --no-cache-dir --target /parts -r onnx-cuda0.txt
RUN python closure.py /usr/share --python /parts

FROM scratch
COPY --from=build /usr/share /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a stage has a name that no engine accepts" exercise="lean_dockerfile" loses="lean_dockerfile_health lean_dockerfile_service lean_dockerfile_user lean_dockerfile_weight"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    return """
FROM python:3.11-slim-bookworm AS 1st-stage
WORKDIR /build
COPY closure.py lists/onnx-cuda0.txt ./
RUN pip install --no-cache-dir --target /parts -r onnx-cuda0.txt
RUN python closure.py /lean --python /parts

FROM scratch AS 2nd-stage
COPY --from=1st-stage /lean /
WORKDIR /service
COPY app/ onnx/ ./
ENV PYTHONPATH=/site ORT_DISABLE_TELEMETRY=1
USER 4242
HEALTHCHECK --interval=30s CMD ["/python", "/service/health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""


# %% wrong="a changed file is used up by the first COPY that takes it" exercise="rebuilt" loses="rebuilt_stages"
def rebuilt(dockerfile, changed):
    """Return the rebuilt steps' texts; changed: a list of paths and "$ARGUMENTS"."""
    steps = parse(dockerfile)
    arguments = {each[1:] for each in changed if each[0] == "$"}
    waiting = {each for each in changed if each[0] != "$"}
    known, stale, texts = {-1: set()}, set(), []
    for step in steps:
        stage, name = step["stage"], step["name"]
        if name == "FROM":
            number = stage_number(steps, step["words"][0])
            if number is not None and number >= stage:
                number = None
            known[stage] = set(known[number]) if number is not None else set()
            if number in stale or variables(step["text"]) & known[-1] & arguments:
                stale.add(stage)
            continue
        if name == "ARG":
            known[stage] |= {word.split("=")[0] for word in step["words"]}
            continue
        if name not in LAYERS:
            continue
        if "from" in step["flags"]:
            if stage_number(steps, step["flags"]["from"]) in stale:
                stale.add(stage)
        elif name in ("COPY", "ADD"):
            found = {f for f in waiting for s in step["words"][:-1] if takes(s, f)}
            if found:
                stale.add(stage)
                waiting -= found
        new = known[stage] & arguments
        if (name == "RUN" and new) or variables(step["text"]) & new:
            stale.add(stage)
        if stage in stale:
            texts.append(step["text"])
    return texts


# %% right="commands as lists, the service at the top of the image, stage by number, user and group" exercise="lean_dockerfile"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    import json

    pip = ["pip", "install", "--no-cache-dir", "--target", "/wheels", "-r", "/in/onnx-cuda0.txt"]
    tool = ["python", "/in/closure.py", "/out", "--python", "/wheels"]
    start = ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
    return "\n".join(
        [
            "FROM python:3.11-slim-bookworm",
            "COPY lists/onnx-cuda0.txt closure.py /in/",
            f"RUN {json.dumps(pip)}",
            f"RUN {json.dumps(tool)}",
            "FROM scratch",
            "USER 65534:65534",
            "ENV ORT_DISABLE_TELEMETRY=1",
            "ENV PYTHONPATH=/site",
            f"CMD {json.dumps(start)}",
            'HEALTHCHECK --timeout=5s --retries=2 CMD ["/python", "/health.py"]',
            "COPY --from=0 /out/ /",
            "COPY app/ onnx/ /",
        ]
    )


# %% wrong="names a step once, however often it stands there" exercise="rebuilt" loses="rebuilt_files rebuilt_stages"
def rebuilt(dockerfile, changed):
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set(declared.get(stage_number(steps, words[0]), ()))
        if name == "ARG":
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = name in ("FROM", *LAYERS) and bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS and step["text"] not in result:
            result.append(step["text"])
    return result


# %% right="stage by stage, with what each declares" exercise="rebuilt"
def rebuilt(dockerfile, changed):
    steps = parse(dockerfile)
    given = {each[1:] for each in changed if each[0] == "$"}
    above = {word.split("=")[0] for step in steps if step["stage"] < 0 for word in step["words"]} & given
    result, stale, known = [], {}, {}
    for number in range(1 + max(step["stage"] for step in steps)):
        first, *rest = [step for step in steps if step["stage"] == number]
        base = stage_number(steps, first["words"][0])
        is_stale = bool(above & variables(first["text"])) or stale.get(base, False)
        new = set(known.get(base, ()))
        for step in rest:
            if step["name"] == "ARG":
                new |= {word.split("=")[0] for word in step["words"]} & given
            if step["name"] not in LAYERS:
                continue
            is_stale = is_stale or bool(new and step["name"] == "RUN") or bool(new & variables(step["text"]))
            if "from" in step["flags"]:
                is_stale = is_stale or stale.get(stage_number(steps, step["flags"]["from"]), False)
            elif step["name"] != "RUN" and step["name"] != "WORKDIR":
                paths = [each for each in changed if each[0] != "$"]
                is_stale = is_stale or any(takes(word, path) for word in step["words"][:-1] for path in paths)
            result += [step["text"]] if is_stale else []
        stale[number], known[number] = is_stale, new
    return result

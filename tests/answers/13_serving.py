# %% wrong="lets float name the fault" exercise="settings" loses="settings_refused"
def settings(environ):
    version = environ.get("MODEL_VERSION", "unknown")
    threshold = float(environ.get("DECISION_THRESHOLD", "0.5"))
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if not 0 <= threshold <= 1:
        raise ValueError("DECISION_THRESHOLD is out of range")
    if provider not in lesson.PROVIDERS:
        raise ValueError("EXECUTION_PROVIDER is unknown")
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="lets nan through" exercise="settings" loses="settings_refused"
def settings(environ):
    version = environ.get("MODEL_VERSION", "unknown")
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    try:
        threshold = float(environ.get("DECISION_THRESHOLD", "0.5"))
    except ValueError:
        raise ValueError("DECISION_THRESHOLD is no number") from None
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if threshold < 0 or threshold > 1:
        raise ValueError("DECISION_THRESHOLD is out of range")
    if provider not in lesson.PROVIDERS:
        raise ValueError("EXECUTION_PROVIDER is unknown")
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="falls back to the default where a value is bad" exercise="settings" loses="settings_refused"
def settings(environ):
    version = environ.get("MODEL_VERSION", "").strip() and environ["MODEL_VERSION"] or "unknown"
    try:
        threshold = float(environ.get("DECISION_THRESHOLD", "0.5"))
    except ValueError:
        threshold = 0.5
    threshold = threshold if 0 <= threshold <= 1 else 0.5
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    provider = provider if provider in lesson.PROVIDERS else lesson.PROVIDERS[0]
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="clips the threshold" exercise="settings" loses="settings_refused"
def settings(environ):
    version = environ.get("MODEL_VERSION", "unknown")
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    try:
        threshold = float(environ.get("DECISION_THRESHOLD", "0.5"))
    except ValueError:
        raise ValueError("DECISION_THRESHOLD is no number") from None
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if provider not in lesson.PROVIDERS:
        raise ValueError("EXECUTION_PROVIDER is unknown")
    threshold = min(max(threshold, 0.0), 1.0)
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="takes an empty text for one that is not set" exercise="settings" loses="settings_refused"
def settings(environ):
    version = environ.get("MODEL_VERSION") or "unknown"
    provider = environ.get("EXECUTION_PROVIDER") or lesson.PROVIDERS[0]
    try:
        threshold = float(environ.get("DECISION_THRESHOLD") or 0.5)
    except ValueError:
        threshold = math.nan
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if not 0 <= threshold <= 1:
        raise ValueError("DECISION_THRESHOLD is no number from 0 to 1")
    if provider not in lesson.PROVIDERS:
        raise ValueError("EXECUTION_PROVIDER is unknown")
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="accepts any provider" exercise="settings" loses="settings_refused"
def settings(environ):
    version = environ.get("MODEL_VERSION", "unknown")
    try:
        threshold = float(environ.get("DECISION_THRESHOLD", "0.5"))
    except ValueError:
        threshold = math.nan
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if not 0 <= threshold <= 1:
        raise ValueError("DECISION_THRESHOLD is no number from 0 to 1")
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="one sentence for all three" exercise="settings" loses="settings_refused"
def settings(environ):
    version = environ.get("MODEL_VERSION", "unknown")
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    try:
        threshold = float(environ.get("DECISION_THRESHOLD", "0.5"))
    except ValueError:
        threshold = math.nan
    if not (version.strip() and 0 <= threshold <= 1 and provider in lesson.PROVIDERS):
        raise ValueError("look at MODEL_VERSION, DECISION_THRESHOLD and EXECUTION_PROVIDER")
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="leaves the ends of the range out" exercise="settings" loses="settings_read"
def settings(environ):
    version = environ.get("MODEL_VERSION", "unknown")
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    try:
        threshold = float(environ.get("DECISION_THRESHOLD", "0.5"))
    except ValueError:
        threshold = math.nan
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if not 0 < threshold < 1:
        raise ValueError("DECISION_THRESHOLD is no number from 0 to 1")
    if provider not in lesson.PROVIDERS:
        raise ValueError("EXECUTION_PROVIDER is unknown")
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="reads the process's own environment" exercise="settings" loses="settings_read settings_refused"
def settings(environ):
    import os

    threshold = float(os.environ.get("DECISION_THRESHOLD", "0.5"))
    version = os.environ.get("MODEL_VERSION", "unknown")
    provider = os.environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="leaves the threshold a text" exercise="settings" loses="settings_read"
def settings(environ):
    version = environ.get("MODEL_VERSION", "unknown")
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    written = environ.get("DECISION_THRESHOLD", "0.5")
    try:
        good = 0 <= float(written) <= 1
    except ValueError:
        good = False
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if not good:
        raise ValueError("DECISION_THRESHOLD is no number from 0 to 1")
    if provider not in lesson.PROVIDERS:
        raise ValueError("EXECUTION_PROVIDER is unknown")
    return {"model_version": version, "decision_threshold": written, "execution_provider": provider}


# %% wrong="knows the CPU alone" exercise="settings" loses="settings_read"
def settings(environ):
    version = environ.get("MODEL_VERSION", "unknown")
    provider = environ.get("EXECUTION_PROVIDER", "CPUExecutionProvider")
    try:
        threshold = float(environ.get("DECISION_THRESHOLD", "0.5"))
    except ValueError:
        threshold = math.nan
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if not 0 <= threshold <= 1:
        raise ValueError("DECISION_THRESHOLD is no number from 0 to 1")
    if provider != "CPUExecutionProvider":
        raise ValueError("EXECUTION_PROVIDER is unknown")
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% wrong="writes its defaults into environ" exercise="settings" loses="settings_read"
def settings(environ):
    version = environ.setdefault("MODEL_VERSION", "unknown")
    provider = environ.setdefault("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    try:
        threshold = float(environ.setdefault("DECISION_THRESHOLD", "0.5"))
    except ValueError:
        threshold = math.nan
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty")
    if not 0 <= threshold <= 1:
        raise ValueError("DECISION_THRESHOLD is no number from 0 to 1")
    if provider not in lesson.PROVIDERS:
        raise ValueError("EXECUTION_PROVIDER is unknown")
    return {"model_version": version, "decision_threshold": threshold, "execution_provider": provider}


# %% right="a table of readers" exercise="settings"
def settings(environ):
    def text(written):
        assert written.strip()
        return written

    def share(written):
        assert 0 <= float(written) <= 1
        return float(written)

    def provider(written):
        assert written in lesson.PROVIDERS
        return written

    readers = {
        "MODEL_VERSION": (text, "unknown"),
        "DECISION_THRESHOLD": (share, "0.5"),
        "EXECUTION_PROVIDER": (provider, "CPUExecutionProvider"),
    }
    found = {}
    for name, (read, default) in readers.items():
        try:
            found[name.lower()] = read(environ.get(name, default))
        except (AssertionError, ValueError):
            raise ValueError(f"bad value for {name}") from None
    return found


# %% right="by pydantic" exercise="settings"
def settings(environ):
    from typing import Literal

    from pydantic import ValidationError, field_validator

    class Read(BaseModel):
        model_version: str = "unknown"
        decision_threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.5
        execution_provider: Literal[lesson.PROVIDERS] = lesson.PROVIDERS[0]

        @field_validator("model_version")
        @classmethod
        def not_blank(cls, value):
            if not value.strip():
                raise ValueError("empty")
            return value

    names = {"MODEL_VERSION", "DECISION_THRESHOLD", "EXECUTION_PROVIDER"}
    given = {name.lower(): environ[name] for name in names & environ.keys()}
    try:
        return Read(**given).model_dump()
    except ValidationError as error:
        raise ValueError(f"{error.errors()[0]['loc'][0].upper()} is bad") from None


# %% wrong="computes on the event loop" exercise="make_app" loses="make_app_health"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    async def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    async def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="answers with NumPy's numbers" exercise="make_app" loses="make_app_answers make_app_unsure make_app_refuses make_app_health"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        best, top = scores.argmax(), scores.max()
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="is unsure at the threshold itself" exercise="make_app" loses="make_app_unsure"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top > settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="forgets the threshold" exercise="make_app" loses="make_app_unsure"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        answer = {"label": int(scores.argmax()), "probability": float(scores.max())}
        return answer | {"model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="does not bound the pixels" exercise="make_app" loses="make_app_refuses"
def make_app(predict, settings):
    row = Annotated[list[float], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="counts the rows, and not what is in them" exercise="make_app" loses="make_app_refuses"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[list[ink]], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="refuses with status 400" exercise="make_app" loses="make_app_refuses"
def make_app(predict, settings):
    from fastapi import HTTPException

    app = FastAPI()

    @app.post("/predict")
    def answer(picture: dict):
        try:
            pixels = np.array(picture["pixels"], np.float32)
            good = pixels.shape == (16, 16) and 0 <= pixels.min() and pixels.max() <= 1
        except (KeyError, ValueError, TypeError):
            good = False
        if not good:
            raise HTTPException(400, "pixels: 16 rows of 16 numbers from 0 to 1")
        scores = predict(pixels)
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="asks the model before it looks" exercise="make_app" loses="make_app_refuses"
def make_app(predict, settings):
    from fastapi import HTTPException

    app = FastAPI()

    @app.post("/predict")
    def answer(picture: dict):
        try:
            pixels = np.array(picture["pixels"], np.float32)
            scores = predict(pixels)
            good = pixels.shape == (16, 16) and 0 <= pixels.min() and pixels.max() <= 1
        except (KeyError, ValueError, TypeError):
            good = False
        if not good:
            raise HTTPException(422, "pixels: 16 rows of 16 numbers from 0 to 1")
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="hands over a list in place of an array" exercise="make_app" loses="make_app_answers"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(picture.pixels)
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="computes in float64" exercise="make_app" loses="make_app_answers"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels))
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="asks the model twice" exercise="make_app" loses="make_app_answers make_app_unsure make_app_refuses make_app_health"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        pixels = np.array(picture.pixels, np.float32)
        best, top = int(predict(pixels).argmax()), float(predict(pixels).max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="remembers the answer to the first picture" exercise="make_app" loses="make_app_answers make_app_unsure make_app_refuses"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app, kept = FastAPI(), []

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        if not kept:
            kept.append(predict(np.array(picture.pixels, np.float32)))
        best, top = int(kept[0].argmax()), float(kept[0].max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="health says ok and no more" exercise="make_app" loses="make_app_health"
def make_app(predict, settings):
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok"}

    return app


# %% wrong="puts the status into settings" exercise="make_app" loses="make_app_answers make_app_health"
def make_app(predict, settings):
    settings["status"] = "ok"
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app = FastAPI()

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top, "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return settings

    return app


# %% right="checked by hand, in a thread of asyncio's" exercise="make_app"
def make_app(predict, settings):
    from fastapi import HTTPException, Request

    app = FastAPI()

    def read(body):
        try:
            rows = json.loads(body)["pixels"]
            fits = len(rows) == 16 and all(type(row) is list and len(row) == 16 for row in rows)
            fits = fits and all(type(ink) in (int, float) and 0 <= ink <= 1 for row in rows for ink in row)
        except (ValueError, KeyError, TypeError):
            fits = False
        if not fits:
            raise HTTPException(422, "pixels: 16 rows of 16 numbers from 0 to 1, please")
        return np.array(rows, dtype=np.float32)

    @app.post("/predict")
    async def answer(request: Request):
        scores = await asyncio.to_thread(predict, read(await request.body()))
        best = max(range(len(scores)), key=scores.__getitem__)
        sure = scores[best] >= settings["decision_threshold"]
        said = {"label": best if sure else "unsure", "probability": scores[best].item()}
        return said | {"model_version": settings["model_version"]}

    @app.get("/health")
    async def health():
        return dict(status="ok", **settings)

    return app


# %% right="a router and tuples" exercise="make_app"
def make_app(predict, settings):
    from fastapi import APIRouter
    from pydantic import confloat, conlist

    routes = APIRouter()

    class Picture(BaseModel):
        pixels: conlist(conlist(confloat(ge=0.0, le=1.0), min_length=16, max_length=16), min_length=16, max_length=16)

    def answer(picture: Picture):
        scores = predict(np.asarray(picture.pixels, dtype="float32")).tolist()
        top = max(scores)
        label = "unsure" if top < settings["decision_threshold"] else scores.index(top)
        return {"model_version": settings["model_version"], "probability": top, "label": label}

    def health():
        return {**settings, "status": "ok"}

    routes.add_api_route("/predict", answer, methods=["POST"])
    routes.add_api_route("/health", health)
    app = FastAPI()
    app.include_router(routes)
    return app

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
    version = (environ.get("MODEL_VERSION", "").strip() and environ["MODEL_VERSION"]) or "unknown"
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


# %% wrong="answers with NumPy's numbers" exercise="make_app" loses="make_app_answers make_app_unsure make_app_refuses"
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
            good = pixels.shape == (16, 16) and pixels.min() >= 0 and pixels.max() <= 1
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
            good = pixels.shape == (16, 16) and pixels.min() >= 0 and pixels.max() <= 1
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


# %% wrong="sets the result of a caller who has gone" exercise="answer_batch" loses="answer_batch_answered answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = list(batch)
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="asks for callers who have gone, too" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    waiting = list(batch)
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            if not future.done():
                future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            if not future.done():
                future.set_result(answer)


# %% wrong="calls the model with nothing" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting])
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="lets zip stop at the shorter" exercise="answer_batch" loses="answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="finds the lengths out when some have their answer" exercise="answer_batch" loses="answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        for (_, future), answer in zip(waiting, answers, strict=True):
            future.set_result(answer)
    except Exception as error:
        for _, future in waiting:
            if not future.done():
                future.set_exception(error)


# %% wrong="notices too few answers, and not too many" exercise="answer_batch" loses="answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) < len(waiting):
            raise ValueError("too few answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="raises the model's error itself" exercise="answer_batch" loses="answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    answers = predict_many([x for x, _ in waiting]) if waiting else []
    if len(answers) != len(waiting):
        raise ValueError("another number of answers")
    for (_, future), answer in zip(waiting, answers):
        future.set_result(answer)


# %% wrong="tells callers of the error, and raises it once more" exercise="answer_batch" loses="answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
        raise
    for (_, future), answer in zip(waiting, answers):
        future.set_result(answer)


# %% wrong="tells the first caller of the error" exercise="answer_batch" loses="answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        waiting[0][1].set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="gives an error as a result" exercise="answer_batch" loses="answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        answers = [error] * len(waiting)
    for (_, future), answer in zip(waiting, answers):
        future.set_result(answer)


# %% wrong="asks the model one by one" exercise="answer_batch" loses="answer_batch_answered answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    for x, future in waiting:
        try:
            (answer,) = predict_many([x])
            future.set_result(answer)
        except Exception as error:
            future.set_exception(error)


# %% wrong="leaves the batch full" exercise="answer_batch" loses="answer_batch_answered answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch = []
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="takes the newest first" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    waiting = []
    while batch:
        pair = batch.pop()
        if not pair[1].done():
            waiting.append(pair)
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="finds answers by their input, of which two may be equal" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    futures = {x: future for x, future in batch if not future.done()}
    batch.clear()
    try:
        answers = predict_many(list(futures)) if futures else []
        if len(answers) != len(futures):
            raise ValueError("another number of answers")
    except Exception as error:
        for future in futures.values():
            future.set_exception(error)
    else:
        for future, answer in zip(futures.values(), answers):
            future.set_result(answer)


# %% wrong="asks whether an array is empty by its truth" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if (not answers and waiting) or len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="knows cancelled callers, and none who have their answer" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].cancelled()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="takes an answer that is false for none" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting) or None in list(answers):
            raise ValueError("another number of answers")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% right="popped one by one, set by index" exercise="answer_batch"
def answer_batch(predict_many, batch):
    inputs, futures = [], []
    while batch:
        x, future = batch.pop(0)
        if not future.cancelled() and not future.done():
            inputs.append(x)
            futures.append(future)
    if not futures:
        return
    problem = None
    try:
        answers = list(predict_many(list(inputs)))
        if len(answers) != len(futures):
            problem = ValueError("the model gave another number of answers")
    except Exception as error:
        problem = error
    for place in range(len(futures)):
        if problem is not None:
            futures[place].set_exception(problem)
        else:
            futures[place].set_result(answers[place])


# %% right="set on the loop's next turn" exercise="answer_batch"
def answer_batch(predict_many, batch):
    pairs, batch[:] = batch[:], []
    pairs = [(x, future) for x, future in pairs if not future.done()]

    def give(future, set_it, value):
        if not future.done():
            set_it(value)

    if pairs:
        try:
            answers = predict_many([x for x, _ in pairs])
            if len(answers) != len(pairs):
                raise ValueError(len(answers))
            for (_, future), answer in zip(pairs, answers):
                future.get_loop().call_soon(give, future, future.set_result, answer)
        except Exception as error:
            for _, future in pairs:
                future.get_loop().call_soon(give, future, future.set_exception, error)


# %% wrong="forgets a timer" exercise="micro_batcher" loses="micro_batcher_waits micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed = [], False

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await answer

    def run(self):
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="waits until a batch is full" exercise="micro_batcher" loses="micro_batcher_gathers micro_batcher_waits"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most = predict_many, most
        self.batch, self.closed = [], False

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        answer = asyncio.get_running_loop().create_future()
        self.batch.append((x, answer))
        if len(self.batch) == self.most:
            answer_batch(self.predict_many, self.batch)
        return await answer

    async def close(self):
        self.closed = True
        answer_batch(self.predict_many, self.batch)


# %% wrong="starts the wait anew with every caller" exercise="micro_batcher" loses="micro_batcher_waits"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if self.timer:
            self.timer.cancel()
        self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="runs a full batch when the wait is over" exercise="micro_batcher" loses="micro_batcher_gathers micro_batcher_waits micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        while self.batch:
            part, self.batch = self.batch[: self.most], self.batch[self.most :]
            answer_batch(self.predict_many, part)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="lets a batch grow beyond most" exercise="micro_batcher" loses="micro_batcher_gathers micro_batcher_waits micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) > self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="shares its list between batchers" exercise="micro_batcher" loses="micro_batcher_gathers"
shared = []


class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.closed, self.timer = False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        shared.append((x, answer))
        if len(shared) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(shared) == self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, shared)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="asks the model for each caller alone" exercise="micro_batcher" loses="micro_batcher_gathers micro_batcher_waits micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.closed = predict_many, False

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        return self.predict_many([x])[0]

    async def close(self):
        self.closed = True


# %% wrong="takes milliseconds for seconds" exercise="micro_batcher" loses="micro_batcher_gathers micro_batcher_waits micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait / 1000
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="forgets those who wait when it closes" exercise="micro_batcher" loses="micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        if self.timer:
            self.timer.cancel()


# %% wrong="cancels those who wait when it closes" exercise="micro_batcher" loses="micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        if self.timer:
            self.timer.cancel()
        for _, future in self.batch:
            future.cancel()


# %% wrong="waits for the timer when it closes" exercise="micro_batcher" loses="micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        if self.batch:
            await asyncio.wait([future for _, future in self.batch])


# %% wrong="takes calls after it has closed" exercise="micro_batcher" loses="micro_batcher_closes micro_batcher_gathers"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.timer = [], None

    async def __call__(self, x):
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.run()


# %% wrong="can be closed once only" exercise="micro_batcher" loses="micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.batch.append((x, answer))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await answer

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True
        self.run()


# %% wrong="leaves its worker running" exercise="micro_batcher" loses="micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.worker = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        if self.worker is None:
            self.came = asyncio.Event()
            self.worker = asyncio.create_task(self.work())
        answer = asyncio.get_running_loop().create_future()
        self.batch.append((x, answer, asyncio.get_running_loop().time()))
        self.came.set()
        if len(self.batch) == self.most:
            self.run()
        return await answer

    async def work(self):
        loop = asyncio.get_running_loop()
        while True:
            await self.came.wait()
            if not self.batch:
                self.came.clear()
                continue
            first = self.batch[0]
            await asyncio.wait([first[1]], timeout=first[2] + self.wait - loop.time())
            if self.batch and self.batch[0] is first:
                self.run()

    def run(self):
        pairs, self.batch = [pair[:2] for pair in self.batch], []
        answer_batch(self.predict_many, pairs)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="one caller who goes takes all with it" exercise="micro_batcher" loses="micro_batcher_gathers micro_batcher_waits micro_batcher_closes"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.inputs, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        if not self.inputs:
            self.answers = loop.create_future()
            self.timer = loop.call_later(self.wait, self.run)
        place, answers = len(self.inputs), self.answers
        self.inputs.append(x)
        if len(self.inputs) == self.most:
            self.run()
        return (await answers)[place]

    def run(self):
        if self.timer:
            self.timer.cancel()
        if not self.inputs or self.answers.done():
            self.inputs = []
            return
        inputs, self.inputs = self.inputs, []
        try:
            self.answers.set_result(self.predict_many(inputs))
        except Exception as error:
            self.answers.set_exception(error)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="one future for a whole batch, answers not counted" exercise="micro_batcher" loses="micro_batcher_gathers"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.inputs, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        if not self.inputs:
            self.answers = loop.create_future()
            self.timer = loop.call_later(self.wait, self.run)
        place, answers = len(self.inputs), self.answers
        self.inputs.append(x)
        if len(self.inputs) == self.most:
            self.run()
        return (await asyncio.shield(answers))[place]

    def run(self):
        if self.timer:
            self.timer.cancel()
        if not self.inputs:
            return
        inputs, self.inputs = self.inputs, []
        try:
            answers = self.predict_many(inputs)
            self.answers.set_result(answers)
        except Exception as error:
            self.answers.set_exception(error)

    async def close(self):
        self.closed = True
        self.run()


# %% right="one future for a whole batch, shielded" exercise="micro_batcher"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.inputs, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        if not self.inputs:
            self.answers = loop.create_future()
            self.timer = loop.call_later(self.wait, self.run)
        place, answers = len(self.inputs), self.answers
        self.inputs.append(x)
        if len(self.inputs) == self.most:
            self.run()
        return (await asyncio.shield(answers))[place]

    def run(self):
        if self.timer:
            self.timer.cancel()
        if not self.inputs:
            return
        inputs, self.inputs = self.inputs, []
        try:
            answers = self.predict_many(inputs)
            if len(answers) != len(inputs):
                raise ValueError("another number of answers")
            self.answers.set_result(answers)
        except Exception as error:
            self.answers.set_exception(error)

    async def close(self):
        self.closed = True
        self.run()


# %% right="a queue and a worker" exercise="micro_batcher"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.queue, self.worker, self.closed = asyncio.Queue(), None, False

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        if self.worker is None:
            self.worker = loop.create_task(self.work())
        answer = loop.create_future()
        self.queue.put_nowait((x, answer, loop.time()))
        return await answer

    async def work(self):
        loop = asyncio.get_running_loop()
        while (item := await self.queue.get()) is not None:
            batch, until = [item[:2]], item[2] + self.wait
            while len(batch) < self.most and item is not None:
                try:
                    item = await asyncio.wait_for(self.queue.get(), until - loop.time())
                except TimeoutError:
                    break
                if item is not None:
                    batch.append(item[:2])
            answer_batch(self.predict_many, batch)
            if item is None:
                break

    async def close(self):
        self.closed = True
        if self.worker is not None:
            self.queue.put_nowait(None)
            await self.worker
            self.worker = None


# %% right="a task for each batch, and an event for a full one" exercise="micro_batcher"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.model, self.most, self.wait = predict_many, most, wait
        self.open, self.closed, self.tasks = None, False, set()

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        if self.open is None:
            self.open = ([], asyncio.Event())
            task = asyncio.create_task(self.run(self.open))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        pairs, full = self.open
        answer = asyncio.get_running_loop().create_future()
        pairs.append((x, answer))
        if len(pairs) == self.most:
            self.open = None
            full.set()
        return await answer

    async def run(self, batch):
        pairs, full = batch
        try:
            await asyncio.wait_for(full.wait(), self.wait)
        except TimeoutError:
            if self.open is batch:
                self.open = None
        answer_batch(self.model, pairs)

    async def close(self):
        self.closed = True
        if self.open is not None:
            self.open[1].set()
        await asyncio.gather(*self.tasks)


# %% wrong="waits for each answer before it sends the next" exercise="open_loop" loses="open_loop_sends open_loop_latencies open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start, latencies = clock(), []
    for number, due in enumerate(times):
        await sleep(start + due - clock())
        try:
            await send(number)
            latencies.append(clock() - start - due)
        except Exception:
            latencies.append(math.inf)
    return latencies


# %% wrong="counts from when it was sent" exercise="open_loop" loses="open_loop_latencies"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        sent = clock()
        try:
            await send(number)
        except Exception:
            return math.inf
        return clock() - sent

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="takes times for pauses" exercise="open_loop" loses="open_loop_sends open_loop_latencies open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due)
        try:
            await send(number)
        except Exception:
            return math.inf
        return clock() - start - due

    due, tasks = 0.0, []
    for number, pause in enumerate(times):
        due += pause
        tasks.append(one(number, due))
    return await asyncio.gather(*tasks)


# %% wrong="gives times of the clock" exercise="open_loop" loses="open_loop_latencies open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        try:
            await send(number)
        except Exception:
            return math.inf
        return clock() - start

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="believes that the clock begins at 0" exercise="open_loop" loses="open_loop_sends open_loop_latencies open_loop_failures"
async def open_loop(send, times, clock, sleep):
    async def one(number, due):
        await sleep(due - clock())
        try:
            await send(number)
        except Exception:
            return math.inf
        return clock() - due

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="sleeps by asyncio's own clock" exercise="open_loop" loses="open_loop_sends"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await asyncio.sleep(due - (clock() - start))
        try:
            await send(number)
        except Exception:
            return math.inf
        return clock() - start - due

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="reads the loop's clock" exercise="open_loop" loses="open_loop_latencies"
async def open_loop(send, times, clock, sleep):
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def one(number, due):
        await sleep(due - (loop.time() - start))
        try:
            await send(number)
        except Exception:
            return math.inf
        return loop.time() - start - due

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="leaves failed requests out" exercise="open_loop" loses="open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start, latencies = clock(), {}

    async def one(number, due):
        await sleep(due - (clock() - start))
        try:
            await send(number)
            latencies[number] = clock() - start - due
        except Exception:
            pass

    await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))
    return [latencies[number] for number in sorted(latencies)]


# %% wrong="counts a failure like an answer" exercise="open_loop" loses="open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        with __import__("contextlib").suppress(Exception):
            await send(number)
        return clock() - start - due

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="ends with the first failure" exercise="open_loop" loses="open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        await send(number)
        return clock() - start - due

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="gives the errors themselves" exercise="open_loop" loses="open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        await send(number)
        return clock() - start - due

    tasks = (one(i, due) for i, due in enumerate(times))
    return await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong="gives latencies as they come in" exercise="open_loop" loses="open_loop_latencies open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start, latencies = clock(), []

    async def one(number, due):
        await sleep(due - (clock() - start))
        try:
            await send(number)
            latencies.append(clock() - start - due)
        except Exception:
            latencies.append(math.inf)

    await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))
    return latencies


# %% wrong="gives milliseconds" exercise="open_loop" loses="open_loop_latencies open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        try:
            await send(number)
        except Exception:
            return math.inf
        return 1000 * (clock() - start - due)

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="takes the first for the start" exercise="open_loop" loses="open_loop_sends open_loop_latencies open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        try:
            await send(number)
        except Exception:
            return math.inf
        return clock() - start - due

    return await asyncio.gather(*(one(i, due - times[0]) for i, due in enumerate(times)))


# %% wrong="sends the time in place of the number" exercise="open_loop" loses="open_loop_sends open_loop_latencies open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        try:
            await send(due)
        except Exception:
            return math.inf
        return clock() - start - due

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="tries a failed request again" exercise="open_loop" loses="open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        for _ in range(2):
            try:
                await send(number)
                return clock() - start - due
            except Exception:
                continue
        return math.inf

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% wrong="sends at most ten at once" exercise="open_loop" loses="open_loop_sends"
async def open_loop(send, times, clock, sleep):
    start, free = clock(), asyncio.Semaphore(10)

    async def one(number, due):
        await sleep(due - (clock() - start))
        async with free:
            try:
                await send(number)
            except Exception:
                return math.inf
        return clock() - start - due

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))


# %% right="one dispatcher, a task for each request" exercise="open_loop"
async def open_loop(send, times, clock, sleep):
    start, latencies = clock(), [math.inf] * len(times)

    async def wait_for(number):
        await send(number)
        latencies[number] = clock() - (start + times[number])

    tasks = []
    for number, due in enumerate(times):
        left = start + due - clock()
        if left > 0:
            await sleep(left)
        tasks.append(asyncio.create_task(wait_for(number)))
    await asyncio.gather(*tasks, return_exceptions=True)
    return latencies


# %% right="a task group" exercise="open_loop"
async def open_loop(send, times, clock, sleep):
    start, found = clock(), {}

    async def one(number):
        due = start + times[number]
        while (left := due - clock()) > 1e-9:
            await sleep(left)
        try:
            await send(number)
            found[number] = float(clock() - due)
        except Exception:
            found[number] = float("inf")

    async with asyncio.TaskGroup() as group:
        for number in range(len(times)):
            group.create_task(one(number))
    return [found[number] for number in range(len(times))]


# %% wrong="interpolates the quantile" exercise="highest_rate" loses="highest_rate_quantile"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate):
        if not np.quantile(latencies_by_rate[rate], quantile) <= objective_ms:
            break
        best = rate
    return best


# %% wrong="judges by the mean" exercise="highest_rate" loses="highest_rate_quantile"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate):
        if not np.mean(latencies_by_rate[rate]) <= objective_ms:
            break
        best = rate
    return best


# %% wrong="wants all requests in time" exercise="highest_rate" loses="highest_rate_quantile"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate):
        if max(latencies_by_rate[rate]) > objective_ms:
            break
        best = rate
    return best


# %% wrong="leaves failures out" exercise="highest_rate" loses="highest_rate_quantile"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate):
        answered = np.array(latencies_by_rate[rate])
        answered = answered[np.isfinite(answered)]
        if not len(answered) or (answered <= objective_ms).mean() < quantile:
            break
        best = rate
    return best


# %% wrong="has 99 % built in" exercise="highest_rate" loses="highest_rate_quantile"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate):
        if (np.asarray(latencies_by_rate[rate]) <= objective_ms).mean() < 0.99:
            break
        best = rate
    return best


# %% wrong="wants less than the objective" exercise="highest_rate" loses="highest_rate_quantile"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate):
        if (np.asarray(latencies_by_rate[rate]) < objective_ms).mean() < quantile:
            break
        best = rate
    return best


# %% wrong="wants more than the quantile" exercise="highest_rate" loses="highest_rate_quantile"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate):
        if not (np.asarray(latencies_by_rate[rate]) <= objective_ms).mean() > quantile:
            break
        best = rate
    return best


# %% wrong="takes a lucky rate" exercise="highest_rate" loses="highest_rate_order"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    good = [
        rate
        for rate, latencies in latencies_by_rate.items()
        if (np.asarray(latencies) <= objective_ms).mean() >= quantile
    ]
    return max(good, default=0)


# %% wrong="goes through the rates as they come" exercise="highest_rate" loses="highest_rate_order"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate, latencies in latencies_by_rate.items():
        if (np.asarray(latencies) <= objective_ms).mean() < quantile:
            break
        best = rate
    return best


# %% wrong="sorts rates as texts" exercise="highest_rate" loses="highest_rate_order"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate, key=str):
        if (np.asarray(latencies_by_rate[rate]) <= objective_ms).mean() < quantile:
            break
        best = rate
    return best


# %% wrong="returns None where there is none" exercise="highest_rate" loses="highest_rate_quantile highest_rate_order"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = None
    for rate in sorted(latencies_by_rate):
        if (np.asarray(latencies_by_rate[rate]) <= objective_ms).mean() < quantile:
            break
        best = rate
    return best


# %% wrong="takes rates out of the table" exercise="highest_rate" loses="highest_rate_quantile highest_rate_order"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    while latencies_by_rate:
        rate = min(latencies_by_rate)
        if (np.asarray(latencies_by_rate.pop(rate)) <= objective_ms).mean() < quantile:
            break
        best = rate
    return best


# %% wrong="takes the objective for seconds" exercise="highest_rate" loses="highest_rate_quantile highest_rate_order"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    best = 0
    for rate in sorted(latencies_by_rate):
        if (np.asarray(latencies_by_rate[rate]) <= 1000 * objective_ms).mean() < quantile:
            break
        best = rate
    return best


# %% right="by the inverted distribution" exercise="highest_rate"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    rates = sorted(latencies_by_rate)
    for place, rate in enumerate(rates):
        latencies = sorted(float(each) for each in latencies_by_rate[rate])
        if latencies[math.ceil(quantile * len(latencies) - 1e-9) - 1] > objective_ms:
            return rates[place - 1] if place else 0
    return rates[-1] if rates else 0


# %% right="counted in loops, from above" exercise="highest_rate"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    def keeps(rate):
        latencies = list(latencies_by_rate[rate])
        within = len([each for each in latencies if not each > objective_ms])
        return within / len(latencies) >= quantile

    failing = min((rate for rate in latencies_by_rate if not keeps(rate)), default=math.inf)
    return max((rate for rate in latencies_by_rate if rate < failing), default=0)


# %% wrong="rounds up the noise" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return rate * latency_s


def servers_needed(rate, service_s, utilisation):
    return max(1, math.ceil(rate * service_s / utilisation))


# %% wrong="rounds to nearest" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return rate * latency_s


def servers_needed(rate, service_s, utilisation):
    return max(1, round(rate * service_s / utilisation))


# %% wrong="forgets the utilisation" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return rate * latency_s


def servers_needed(rate, service_s, utilisation):
    return max(1, math.ceil(rate * service_s - 1e-9))


# %% wrong="multiplies by the utilisation" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return rate * latency_s


def servers_needed(rate, service_s, utilisation):
    return max(1, math.ceil(rate * service_s * utilisation - 1e-9))


# %% wrong="divides rate by time" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return rate / latency_s


def servers_needed(rate, service_s, utilisation):
    return max(1, math.ceil(rate * service_s / utilisation - 1e-9))


# %% wrong="needs no server for few requests" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return rate * latency_s


def servers_needed(rate, service_s, utilisation):
    return math.ceil(rate * service_s / utilisation - 1e-9)


# %% wrong="one server more, to be safe" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return rate * latency_s


def servers_needed(rate, service_s, utilisation):
    return 1 + int(rate * service_s / utilisation + 1e-9)


# %% wrong="forgives too much" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return rate * latency_s


def servers_needed(rate, service_s, utilisation):
    return max(1, math.ceil(rate * service_s / utilisation - 1e-3))


# %% wrong="gives whole requests" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return round(rate * latency_s)


def servers_needed(rate, service_s, utilisation):
    return max(1, math.ceil(rate * service_s / utilisation - 1e-9))


# %% right="rounded to nine places first" exercise="littles_law"
def in_flight(rate, latency_s):
    return float(np.multiply(rate, latency_s))


def servers_needed(rate, service_s, utilisation):
    busy = rate * service_s / utilisation
    whole = int(busy)
    return max(whole if busy - whole <= 1e-9 else whole + 1, 1)


# %% wrong="goes through memory" exercise="protocol" loses="protocol_request"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        inputs.append(about | {"data": array.ravel(order="K").tolist()})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    return {out["name"]: np.array(out["data"], kinds[out["datatype"]]).reshape(out["shape"]) for out in said["outputs"]}


# %% wrong="writes nested data" exercise="protocol" loses="protocol_request"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        inputs.append(about | {"data": array.tolist()})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    return {out["name"]: np.array(out["data"], kinds[out["datatype"]]).reshape(out["shape"]) for out in said["outputs"]}


# %% wrong="makes floats of whole numbers" exercise="protocol" loses="protocol_request protocol_response"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        inputs.append(about | {"data": array.ravel().astype(float).tolist()})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    return {
        out["name"]: np.array(out["data"], float).reshape(out["shape"]).astype(kinds[out["datatype"]])
        for out in said["outputs"]
    }


# %% wrong="writes nan and infinity" exercise="protocol" loses="protocol_request"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        inputs.append(about | {"data": array.ravel().tolist()})
    return json.dumps({"inputs": inputs})


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    return {out["name"]: np.array(out["data"], kinds[out["datatype"]]).reshape(out["shape"]) for out in said["outputs"]}


# %% wrong="uses NumPy's names" exercise="protocol" loses="protocol_request"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": array.dtype.name.upper()}
        inputs.append(about | {"data": array.ravel().tolist()})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    return {out["name"]: np.array(out["data"], kinds[out["datatype"]]).reshape(out["shape"]) for out in said["outputs"]}


# %% wrong="rounds to six digits" exercise="protocol" loses="protocol_request"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        data = [round(each, 6) if isinstance(each, float) else each for each in array.ravel().tolist()]
        inputs.append(about | {"data": data})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    return {out["name"]: np.array(out["data"], kinds[out["datatype"]]).reshape(out["shape"]) for out in said["outputs"]}


# %% wrong="lets NumPy choose the type" exercise="protocol" loses="protocol_response"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        inputs.append(about | {"data": array.ravel().tolist()})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    return {out["name"]: np.array(out["data"]).reshape(out["shape"]) for out in said["outputs"]}


# %% wrong="forgets the shape" exercise="protocol" loses="protocol_response"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        inputs.append(about | {"data": array.ravel().tolist()})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    return {out["name"]: np.array(out["data"], kinds[out["datatype"]]) for out in said["outputs"]}


# %% wrong="takes an error for an answer without outputs" exercise="protocol" loses="protocol_response"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        inputs.append(about | {"data": array.ravel().tolist()})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    return {
        out["name"]: np.array(out["data"], kinds[out["datatype"]]).reshape(out["shape"])
        for out in said.get("outputs", [])
    }


# %% wrong="returns the first output alone" exercise="protocol" loses="protocol_response"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        about = {"name": name, "shape": list(array.shape), "datatype": lesson.DATATYPES[array.dtype.name]}
        inputs.append(about | {"data": array.ravel().tolist()})
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    kinds = {theirs: ours for ours, theirs in lesson.DATATYPES.items()}
    out = said["outputs"][0]
    return {out["name"]: np.array(out["data"], kinds[out["datatype"]]).reshape(out["shape"])}


# %% right="number by number" exercise="protocol"
def infer_request(arrays):
    inputs = []
    for name in arrays:
        array, data = arrays[name], []
        for index in np.ndindex(array.shape):
            value = array[index].item()
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{name} holds {value}")
            data.append(value)
        kind = lesson.DATATYPES[str(array.dtype)]
        inputs.append({"datatype": kind, "data": data, "shape": [*array.shape], "name": name})
    return json.dumps({"inputs": inputs}, indent=1)


def infer_response(body):
    def flat(values):
        return [one for each in values for one in flat(each)] if isinstance(values, list) else [values]

    text = body.decode() if isinstance(body, bytes) else body
    said = json.loads(text)
    if said.get("error") is not None:
        raise ValueError(said["error"])
    found = {}
    for out in said["outputs"]:
        kind = next(ours for ours, theirs in lesson.DATATYPES.items() if theirs == out["datatype"])
        array = np.empty(math.prod(out["shape"]), np.dtype(kind))
        array[:] = flat(out["data"])
        found[out["name"]] = array.reshape(out["shape"])
    return found


# %% wrong="puts the model beside its configuration" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name
    place.mkdir(parents=True)
    shutil.copyfile(model, place / "model.onnx")
    path = place / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{ }} '
        f"instance_group [ {{ count: {instances} kind: KIND_CPU }} ]"
    )
    return path


# %% wrong="keeps the model's own file name" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.copyfile(model, place / model.name)
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{ }} '
        f"instance_group [ {{ count: {instances} kind: KIND_CPU }} ]"
    )
    return path


# %% wrong="moves the model" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.move(model, place / "model.onnx")
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{ }} '
        f"instance_group [ {{ count: {instances} kind: KIND_CPU }} ]"
    )
    return path


# %% wrong="writes a field that is not in the schema" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.copyfile(model, place / "model.onnx")
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{ enabled: true }} '
        f"instance_group [ {{ count: {instances} kind: KIND_CPU }} ]"
    )
    return path


# %% wrong="writes JSON" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.copyfile(model, place / "model.onnx")
    path = folder / name / "config.pbtxt"
    config = {"name": name, "backend": "onnxruntime", "max_batch_size": most, "dynamic_batching": {}}
    path.write_text(json.dumps(config | {"instance_group": [{"count": instances, "kind": "KIND_CPU"}]}))
    return path


# %% wrong="forgets dynamic batching" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.copyfile(model, place / "model.onnx")
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} '
        f"instance_group [ {{ count: {instances} kind: KIND_CPU }} ]"
    )
    return path


# %% wrong="a group for each instance" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.copyfile(model, place / "model.onnx")
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{ }} '
        + "instance_group [ { count: 1 kind: KIND_CPU } ]" * instances
    )
    return path


# %% wrong="returns the repository" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.copyfile(model, place / "model.onnx")
    (folder / name / "config.pbtxt").write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{ }} '
        f"instance_group [ {{ count: {instances} kind: KIND_CPU }} ]"
    )
    return folder


# %% wrong="swaps the batch and the instances" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.copyfile(model, place / "model.onnx")
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {instances} dynamic_batching {{ }} '
        f"instance_group [ {{ count: {most} kind: KIND_CPU }} ]"
    )
    return path


# %% wrong="gives the same dict again" exercise="settings" loses="settings_read"
_read_before = {}


def _read(version, text, provider):
    if version.strip() == "":
        raise ValueError("MODEL_VERSION must not be blank")
    try:
        threshold = float(text)
    except ValueError:
        raise ValueError(f"DECISION_THRESHOLD is no number: {text!r}") from None
    if not (0 <= threshold <= 1):
        raise ValueError(f"DECISION_THRESHOLD is not from 0 to 1: {text!r}")
    if provider not in lesson.PROVIDERS:
        raise ValueError(f"EXECUTION_PROVIDER is not one that we know: {provider!r}")
    return {
        "model_version": version,
        "decision_threshold": threshold,
        "execution_provider": provider,
    }


def settings(environ):
    key = (
        environ.get("MODEL_VERSION", "unknown"),
        environ.get("DECISION_THRESHOLD", "0.5"),
        environ.get("EXECUTION_PROVIDER", "CPUExecutionProvider"),
    )
    if key not in _read_before:
        _read_before[key] = _read(*key)
    return _read_before[key]


# %% wrong="counts 256 numbers, in whatever rows" exercise="make_app" loses="make_app_refuses"
from fastapi import HTTPException


def make_app(predict, settings):
    app = FastAPI()

    def read(body):
        try:
            pixels = np.array(body["pixels"], np.float64)
        except KeyError:
            raise HTTPException(422, "pixels are missing") from None
        except (TypeError, ValueError, OverflowError):
            raise HTTPException(422, "pixels have to be rows of numbers") from None
        if pixels.size != 16 * 16:
            raise HTTPException(422, f"there have to be 16 x 16 pixels, not {pixels.size}")
        if not ((pixels >= 0) & (pixels <= 1)).all():
            raise HTTPException(422, "a pixel is a finite number from 0 to 1")
        return pixels.reshape(16, 16).astype(np.float32)

    @app.post("/predict")
    def answer(body: dict):
        probabilities = predict(read(body))
        label = int(np.argmax(probabilities))
        probability = float(np.max(probabilities))
        if probability < settings["decision_threshold"]:
            label = "unsure"
        return {
            "label": label,
            "probability": probability,
            "model_version": settings["model_version"],
        }

    @app.get("/health")
    def health():
        return {"status": "ok"} | settings

    return app


# %% wrong="lets a second service take over the first" exercise="make_app" loses="make_app_answers make_app_unsure make_app_health"
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

the_model = None
the_settings = None


class Picture(BaseModel):
    pixels: Annotated[
        list[
            Annotated[
                list[Annotated[float, Field(ge=0, le=1)]],
                Field(min_length=16, max_length=16),
            ]
        ],
        Field(min_length=16, max_length=16),
    ]


def post_predict(picture: Picture):
    probabilities = the_model(np.array(picture.pixels, np.float32))
    label = int(probabilities.argmax())
    probability = float(probabilities[label])
    if probability < the_settings["decision_threshold"]:
        label = "unsure"
    return {
        "label": label,
        "probability": probability,
        "model_version": the_settings["model_version"],
    }


def get_health():
    return {"status": "ok", **the_settings}


async def refused(request, error):
    why = [{"loc": list(each["loc"]), "msg": each["msg"]} for each in error.errors()]
    return JSONResponse({"detail": why}, status_code=422)


def make_app(predict, settings):
    global the_model, the_settings
    the_model, the_settings = predict, settings
    app = FastAPI()
    app.add_exception_handler(RequestValidationError, refused)
    app.post("/predict")(post_predict)
    app.get("/health")(get_health)
    return app


# %% wrong="requests share a place for what the model said" exercise="make_app" loses="make_app_answers"
def make_app(predict, settings):
    number = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[number], Field(min_length=16, max_length=16)]

    class Body(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    app, last = FastAPI(), {}

    @app.post("/predict")
    def ask(body: Body):
        last["p"] = predict(np.array(body.pixels, dtype=np.float32))
        import time

        time.sleep(0.01)
        p = last["p"]
        k = int(np.argmax(p))
        label = "unsure" if float(p[k]) < settings["decision_threshold"] else k
        return {"label": label, "probability": float(p[k]), "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok", **settings}

    return app


# %% wrong="rounds the probability" exercise="make_app" loses="make_app_answers make_app_unsure"
def make_app(predict, settings):
    number = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[number], Field(min_length=16, max_length=16)]

    class Body(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    app = FastAPI()

    @app.post("/predict")
    def ask(body: Body):
        p = predict(np.array(body.pixels, dtype=np.float32))
        k = int(np.argmax(p))
        label = "unsure" if float(p[k]) < settings["decision_threshold"] else k
        return {"label": label, "probability": round(float(p[k]), 4), "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok", **settings}

    return app


# %% wrong="a label with a point" exercise="make_app" loses="make_app_answers"
def make_app(predict, settings):
    number = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[number], Field(min_length=16, max_length=16)]

    class Body(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    app = FastAPI()

    @app.post("/predict")
    def ask(body: Body):
        p = predict(np.array(body.pixels, dtype=np.float32))
        k = float(np.argmax(p))
        label = "unsure" if float(p.max()) < settings["decision_threshold"] else k
        return {"label": label, "probability": float(p.max()), "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok", **settings}

    return app


# %% wrong="lets NaN reach the model" exercise="make_app" loses="make_app_refuses"
def make_app(predict, settings):
    class Body(BaseModel):
        pixels: list[list[float]]

    app = FastAPI()
    from fastapi import HTTPException

    @app.post("/predict")
    def ask(body: Body):
        if len(body.pixels) != 16 or any(len(row) != 16 for row in body.pixels):
            raise HTTPException(422, "16 rows of 16")
        if any(x < 0 or x > 1 for row in body.pixels for x in row):
            raise HTTPException(422, "from 0 to 1")
        p = predict(np.array(body.pixels, dtype=np.float32))
        k = int(np.argmax(p))
        label = "unsure" if float(p[k]) < settings["decision_threshold"] else k
        return {"label": label, "probability": float(p[k]), "model_version": settings["model_version"]}

    @app.get("/health")
    def health():
        return {"status": "ok", **settings}

    return app


# %% wrong="empties the batch when the model has answered" exercise="answer_batch" loses="answer_batch_answered answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [(x, future) for x, future in batch if not future.done()]
    try:
        if waiting:
            answers = predict_many([x for x, _ in waiting])
            if len(answers) != len(waiting):
                raise ValueError(f"{len(answers)} answers to {len(waiting)} inputs")
            for (_, future), answer in zip(waiting, answers, strict=True):
                future.set_result(answer)
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    finally:
        batch.clear()


# %% wrong="builds an exception like the model's" exercise="answer_batch" loses="answer_batch_errors"
def answer_batch(predict_many, batch):
    waiting = [(x, future) for x, future in batch if not future.done()]
    batch.clear()
    if not waiting:
        return
    try:
        answers = predict_many([x for x, _ in waiting])
        if len(answers) != len(waiting):
            raise ValueError(f"{len(answers)} answers to {len(waiting)} inputs")
    except Exception as error:
        for _, future in waiting:
            # each caller raises one of its own, so that tracebacks do not pile up on a shared one
            future.set_exception(type(error)(str(error)))
        return
    for (_, future), answer in zip(waiting, answers, strict=True):
        future.set_result(answer)


# %% wrong="returns the answers, too" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    waiting = [(x, future) for x, future in batch if not future.done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("lengths")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
        return None
    for (_, future), answer in zip(waiting, answers):
        future.set_result(answer)
    return answers


# %% wrong="compares pairs whose inputs are arrays" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    for pair in list(batch):
        if pair[1].done():
            batch.remove(pair)
    waiting = list(batch)
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError("lengths")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="ignores the timer of a full batch, and does not cancel it" exercise="micro_batcher" loses="micro_batcher_closes"
class MicroBatcher:
    """Answers calls one by one; write __call__(self, x) and close(self), both async."""

    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.waiting = []
        self.number = 0  # of the batch that is being gathered
        self.timer = None
        self.closed = False

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("this batcher is closed")
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.waiting.append((x, answer))
        if len(self.waiting) == 1:
            self.timer = loop.call_later(self.wait, self._ring, self.number)
        if len(self.waiting) >= self.most:
            self._run()
        return await answer

    def _ring(self, number):
        if number == self.number:  # a timer of an earlier batch does nothing
            self._run()

    def _run(self):
        self.number += 1
        answer_batch(self.predict_many, self.waiting)

    async def close(self):
        self.closed = True
        if self.timer is not None:
            self.timer.cancel()
        self._run()


# %% wrong="one future for equal inputs" exercise="micro_batcher" loses="micro_batcher_gathers micro_batcher_waits"
import pickle


class MicroBatcher:
    """Answers calls one by one; write __call__(self, x) and close(self), both async."""

    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.pending = {}  # each input is asked only once in a batch
        self.timer = None
        self.closed = False

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("this batcher is closed")
        key = pickle.dumps(x)
        if key in self.pending:
            return await self.pending[key][1]
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        if not self.pending:
            self.timer = loop.call_later(self.wait, self._run)
        self.pending[key] = (x, answer)
        if len(self.pending) >= self.most:
            self._run()
        return await answer

    def _run(self):
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        batch, self.pending = list(self.pending.values()), {}
        answer_batch(self.predict_many, batch)

    async def close(self):
        self.closed = True
        self._run()


# %% wrong="asks the model in a thread" exercise="micro_batcher" loses="micro_batcher_gathers"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.batch.append((x, future))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await future

    def apart(self, inputs):
        import concurrent.futures

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return pool.submit(self.predict_many, inputs).result()

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.apart, self.batch)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="takes None for no input" exercise="micro_batcher" loses="micro_batcher_gathers"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        if x is None:
            raise ValueError("no input")
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.batch.append((x, future))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        return await future

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="closes after an error" exercise="micro_batcher" loses="micro_batcher_gathers"
class MicroBatcher:
    def __init__(self, predict_many, most, wait):
        self.predict_many, self.most, self.wait = predict_many, most, wait
        self.batch, self.closed, self.timer = [], False, None

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("closed")
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.batch.append((x, future))
        if len(self.batch) == 1:
            self.timer = loop.call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        try:
            return await future
        except OSError:
            self.closed = True
            raise

    def run(self):
        if self.timer:
            self.timer.cancel()
        answer_batch(self.predict_many, self.batch)

    async def close(self):
        self.closed = True
        self.run()


# %% wrong="knows connection errors and timeouts alone" exercise="open_loop" loses="open_loop_failures"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number):
        due = start + times[number]
        await sleep(max(0.0, due - clock()))
        try:
            await send(number)
        except (ConnectionError, TimeoutError):
            return math.inf
        return float(clock() - due)

    return list(await asyncio.gather(*map(one, range(len(times)))))


# %% wrong="lets late sleeps add up" exercise="open_loop" loses="open_loop_sends"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number):
        try:
            await send(number)
        except Exception:
            return math.inf
        return float(clock() - start - times[number])

    tasks, before = [], 0.0
    for number, due in enumerate(times):
        await sleep(due - before)
        before = due
        tasks.append(asyncio.create_task(one(number)))
    return [await task for task in tasks]


# %% wrong="gives up after ten minutes" exercise="open_loop" loses="open_loop_latencies"
async def open_loop(send, times, clock, sleep):
    start = clock()

    async def one(number):
        due = start + times[number]
        await sleep(max(0.0, due - clock()))
        try:
            await asyncio.wait_for(send(number), 600)
        except Exception:
            return math.inf
        return clock() - due

    return list(await asyncio.gather(*map(one, range(len(times)))))


# %% wrong="a tolerance that grows with the servers" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return float(rate * latency_s)


def servers_needed(rate, service_s, utilisation):
    quotient = rate * service_s / utilisation
    whole = round(quotient)
    if math.isclose(quotient, whole):  # its tolerance is 1e-9
        return max(1, whole)
    return max(1, math.ceil(quotient))


# %% wrong="forgives too little" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return float(rate * latency_s)


def servers_needed(rate, service_s, utilisation):
    return max(1, math.ceil(rate * service_s / utilisation - 1e-10))


# %% wrong="looks for nan in a sum, which overflows" exercise="protocol" loses="protocol_request"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        if not np.isfinite(array.sum()):  # one nan or inf makes the sum one
            raise ValueError(f"{name} has a number that JSON has not")
        inputs.append(
            {
                "name": name,
                "shape": list(array.shape),
                "datatype": lesson.DATATYPES[array.dtype.name],
                "data": array.ravel().tolist(),
            }
        )
    return json.dumps({"inputs": inputs})


def infer_response(body):
    answer = json.loads(body)
    if "error" in answer:
        raise ValueError(answer["error"])
    return {
        each["name"]: np.array(each["data"], lesson.NUMPY_TYPES[each["datatype"]]).reshape(each["shape"])
        for each in answer["outputs"]
    }


# %% wrong="looks for the word error in the text" exercise="protocol" loses="protocol_response"
def infer_request(arrays):
    inputs = [
        {
            "name": name,
            "shape": list(array.shape),
            "datatype": lesson.DATATYPES[array.dtype.name],
            "data": array.ravel().tolist(),
        }
        for name, array in arrays.items()
    ]
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    text = body.decode() if isinstance(body, bytes) else body
    if '"error"' in text:
        raise ValueError(json.loads(text)["error"])
    arrays = {}
    for output in json.loads(text)["outputs"]:
        dtype = lesson.NUMPY_TYPES[output["datatype"]]
        arrays[output["name"]] = np.array(output["data"], dtype).reshape(output["shape"])
    return arrays


# %% wrong="loses the sign of zero" exercise="protocol" loses="protocol_request"
def infer_request(arrays):
    inputs = [
        {
            "name": n,
            "shape": list(x.shape),
            "datatype": lesson.DATATYPES[x.dtype.name],
            "data": (x + 0).ravel().tolist() if x.dtype.kind == "f" else x.ravel().tolist(),
        }
        for n, x in arrays.items()
    ]
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    said = json.loads(body)
    if "error" in said:
        raise ValueError(said["error"])
    return {
        o["name"]: np.array(o["data"], lesson.NUMPY_TYPES[o["datatype"]]).reshape(o["shape"]) for o in said["outputs"]
    }


# %% wrong="links in place of a copy" exercise="model_repository" loses="model_repository_files"
import os


def model_repository(folder, model, name, most, instances):
    (folder / name / "1").mkdir(parents=True)
    os.link(model, folder / name / "1" / "model.onnx")
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{}} instance_group [ {{ count: {instances} kind: KIND_CPU }} ]'
    )
    return path


# %% wrong="writes no group for one instance" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    (folder / name / "1").mkdir(parents=True)
    shutil.copy(model, folder / name / "1" / "model.onnx")
    path = folder / name / "config.pbtxt"
    text = f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{}}'
    if instances > 1:
        text += f" instance_group [ {{ count: {instances} kind: KIND_CPU }} ]"
    path.write_text(text)
    return path


# %% wrong="all answers go through one NumPy array, which changes them or raises" exercise="answer_batch" loses="answer_batch_answered"
def answer_batch(predict_many, batch):
    waiting = [pair for pair in batch if not pair[1].done()]
    batch.clear()
    if len(waiting) == 0:
        return
    try:
        answers = np.asarray(predict_many([x for x, _ in waiting]))
        if len(answers) != len(waiting):
            raise ValueError("not as many answers as inputs")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers):
            future.set_result(answer)


# %% wrong="closed is kept in the class, so that one batcher closes or opens all" exercise="micro_batcher" loses="micro_batcher_gathers"
class MicroBatcher:
    """Answers calls one by one; write __call__(self, x) and close(self), both async."""

    closed = False

    def __init__(self, predict_many, most, wait):
        self.predict_many = predict_many
        self.most = most
        self.wait = wait
        self.batch = []
        MicroBatcher.closed = False

    async def __call__(self, x):
        if MicroBatcher.closed:
            raise RuntimeError("the batcher is closed")
        loop = asyncio.get_running_loop()
        answer, batch = loop.create_future(), self.batch
        batch.append((x, answer))
        timer = loop.call_later(self.wait, answer_batch, self.predict_many, batch)
        if len(batch) >= self.most:
            self.batch = []
            answer_batch(self.predict_many, batch)
        try:
            return await answer
        finally:
            timer.cancel()

    async def close(self):
        MicroBatcher.closed = True
        answer_batch(self.predict_many, self.batch)
        await asyncio.sleep(0)


# %% wrong="the share of the late ones is compared with 1 - quantile" exercise="highest_rate" loses="highest_rate_quantile"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    highest = 0
    for rate in sorted(latencies_by_rate):
        late = np.mean(np.asarray(latencies_by_rate[rate]) > objective_ms)
        if late > 1 - quantile:
            break
        highest = rate
    return highest


# %% wrong="within half of 1e-9 instead of within 1e-9" exercise="littles_law" loses="littles_law_numbers"
def in_flight(rate, latency_s):
    return float(rate * latency_s)


def servers_needed(rate, service_s, utilisation):
    return max(1, math.ceil(round(rate * service_s / utilisation, 9)))


# %% wrong="an array that is neither row by row nor column by column goes as it lies" exercise="protocol" loses="protocol_request"
def infer_request(arrays):
    inputs = []
    for name, array in arrays.items():
        rows = array
        if array.ndim > 1 and array.flags.f_contiguous:
            rows = np.ascontiguousarray(array)  # it lay column by column
        inputs.append(
            {
                "name": name,
                "shape": list(array.shape),
                "datatype": lesson.DATATYPES[array.dtype.name],
                "data": rows.ravel(order="K").tolist(),
            }
        )
    return json.dumps({"inputs": inputs}, allow_nan=False)


def infer_response(body):
    answer = json.loads(body)
    if "error" in answer:
        raise ValueError(answer["error"])
    return {
        each["name"]: np.array(each["data"], lesson.NUMPY_TYPES[each["datatype"]]).reshape(each["shape"])
        for each in answer["outputs"]
    }


# %% wrong="empties the repository first" exercise="model_repository" loses="model_repository_files"
def model_repository(folder, model, name, most, instances):
    shutil.rmtree(folder, ignore_errors=True)
    place = folder / name / "1"
    place.mkdir(parents=True)
    shutil.copyfile(model, place / "model.onnx")
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}" backend: "onnxruntime" max_batch_size: {most} dynamic_batching {{ }} '
        f"instance_group [ {{ count: {instances} kind: KIND_CPU }} ]"
    )
    return path


# %% right="built from lines, bytes copied" exercise="model_repository"
def model_repository(folder, model, name, most, instances):
    version = Path(folder, name, "1")
    version.mkdir(parents=True, exist_ok=True)
    (version / "model.onnx").write_bytes(Path(model).read_bytes())
    lines = [
        "# written by the course",
        f"name: '{name}'",
        "backend: 'onnxruntime'",
        f"max_batch_size: {most}",
        "instance_group {",
        "  kind: KIND_CPU",
        f"  count: {instances}",
        "}",
        "dynamic_batching { preferred_batch_size: [ 4, 8 ] }",
        "version_policy { latest { num_versions: 1 } }",
    ]
    with (version.parent / "config.pbtxt").open("w") as file:
        file.write("\n".join(lines))
    return version.parent / "config.pbtxt"

"""The digit service: the same requests and answers whatever computes them.

``POST /predict`` takes ``{"pixels": [[…16 numbers…], …16 rows…]}``, each from 0 (paper) to 1 (ink), and answers
``{"digit", "probability", "accepted", "model_version"}``; ``accepted`` says whether the probability reaches the
decision threshold. Bad input gets status 422 and ``{"detail": "one sentence"}``. ``GET /health`` says what serves.
"""

from typing import Annotated

import engine
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from settings import SIZE, settings

Ink = Annotated[float, Field(ge=0, le=1, strict=True)]
Row = Annotated[list[Ink], Field(min_length=SIZE, max_length=SIZE)]


class Picture(BaseModel):
    """One digit, dark on light."""

    model_config = ConfigDict(extra="forbid")
    pixels: Annotated[list[Row], Field(min_length=SIZE, max_length=SIZE)]


app = FastAPI(title="Digits", version=settings.model_version, docs_url=None, redoc_url=None)
# Once, not in each request: opening a model costs far more than asking it.
predict = engine.load(settings)


@app.post("/predict")
def answer(picture: Picture) -> dict:
    """Return the likeliest digit and its probability."""
    probabilities = predict(picture.pixels)
    digit = max(range(len(probabilities)), key=probabilities.__getitem__)
    return {
        "digit": digit,
        "probability": probabilities[digit],
        "accepted": probabilities[digit] >= settings.threshold,
        "model_version": settings.model_version,
    }


@app.get("/health")
def health() -> dict:
    """Return what serves: reached only once the model is loaded."""
    return {
        "status": "ok",
        "model_version": settings.model_version,
        "decision_threshold": settings.threshold,
        "execution_provider": settings.provider,
    }


@app.exception_handler(RequestValidationError)
async def explain(_: Request, error: RequestValidationError) -> JSONResponse:
    """Say in one sentence what is wrong with a request."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return JSONResponse({"detail": "body: it is not JSON."}, status_code=422)
    place = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
    return JSONResponse({"detail": f"{place}: {first['msg']}."}, status_code=422)

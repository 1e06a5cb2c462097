"""A COPY, carried out on paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from course_utils.dockerfiles.pip import doubt
from course_utils.dockerfiles.places import placed
from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.syntax import Step
from course_utils.dockerfiles.variables import VARIABLE, expand

Views = Mapping[str, Mapping[str, str]]


def copy_step(
    step: Step, stage: dict[str, Any], scope: Mapping[str, str], context: Mapping[str, str], views: Views
) -> None:
    """Carry out a COPY; an image elsewhere, as in --from=nginx:1, is taken on trust and gives nothing.

    Args:
        stage: as ``paper.paper_build`` returns it; gets what is copied, in its view and its weight.
        scope: the variables that the step sees.
        context: {path: what} of the build context.
        views: {stage's number or name: {path: what}} so far.

    Raises:
        Unmet: a source is nowhere, there is no such stage, or a comment stands behind the COPY.
    """
    _check(step, views)
    *sources, target = [expand(word, scope) for word in step["words"] if not word.startswith("<<")]
    origin = step["flags"].get("from")
    there = context if origin is None else views.get(origin.lower())
    made = {}
    for source in sources if there is not None else []:
        new = placed([source] if len(sources) == 1 else [source, source], target, there, stage["folder"])
        if not new:
            where = "the build context" if origin is None else f"the stage {origin}"
            refuse(step["line"], f"no {source} in {where}{_hint(step, source)}")
        made |= new
    stage["view"] |= made
    stage["weight"] |= {(path, step["line"]): what for path, what in made.items()}
    stage["does"].append(step | {"sources": sources, "origin": origin, "made": made})


def _check(step: Step, views: Views) -> None:
    origin = step["flags"].get("from", "0")
    if "#" in step["words"]:
        refuse(step["line"], "a comment needs a line of its own")
    if origin.lower() not in views and origin.isdigit():
        refuse(step["line"], f"there is no stage {origin} so far; the first has the number 0")
    if origin.lower() not in views and not re.search("[/:@$]", origin):
        refuse(step["line"], f"no stage is called {origin}; FROM … AS {origin} names one")


def _hint(step: Step, source: str) -> str:
    names = [found[1] or found[4] for found in VARIABLE.finditer(step["text"])]
    ask = f"is `ARG {names[0]}=default`, without blanks, between FROM and this line?" if names else ""
    return f" ({step['text']}: {ask})" if names and "$" not in source else doubt(source)

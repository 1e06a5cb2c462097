"""A COPY, carried out on paper."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from course_utils.dockerfiles.places import file_at, folders_of, placed, standing, takes
from course_utils.dockerfiles.refusing import doubt, refuse
from course_utils.dockerfiles.syntax import Step
from course_utils.dockerfiles.variables import VARIABLE, expand

Views = Mapping[str, Mapping[str, str]]


def copy_step(
    step: Step, stage: dict[str, Any], scope: Mapping[str, str], context: Mapping[str, str], views: Views
) -> None:
    """Carry out a COPY from the build context or from an earlier stage.

    Args:
        stage: as ``paper.paper_build`` returns it; gets what is copied, in its view and its weight.
        scope: the variables that the step sees.
        context: {path: what} of the build context.
        views: {stage's number or name: {path: what}} so far.

    Raises:
        Unmet: a source is nowhere, there is no such stage, a comment stands behind the COPY, or several files would
            become one.
    """
    views = {name: view for name, view in views.items() if view is not stage["view"]}  # none takes from itself
    _check(step, views)
    *sources, target = [expand(word, scope) for word in step["words"]]
    origin = step["flags"].get("from")
    there = context if origin is None else views[origin.lower()]
    folders, made = folders_of(stage), {}
    for source in sources:
        new = placed([source] if len(sources) == 1 else [source, source], target, there, stage["folder"], folders)
        if not new:
            where = "the build context" if origin is None else f"the stage {origin}, as far as COPY, pip and the tool"
            refuse(step["line"], f"no {source} in {where}{'' if origin is None else ' made it'}{_hint(step, source)}")
        made |= new
    _check_target(step, sources, target, there, standing(stage["folder"], target) in folders)
    if file := file_at(map(posixpath.dirname, made), stage["view"], context.values()):
        refuse(step["line"], f"{file} is a file, and can be no folder")
    stage["view"] |= made
    stage["weight"] |= {(path, step["line"]): what for path, what in made.items()}
    stage["does"].append(step | {"origin": origin, "in_scope": set(stage["args"]), "made": made})


def _check(step: Step, views: Views) -> None:
    origin = step["flags"].get("from")
    if "#" in step["words"]:
        refuse(step["line"], "a comment needs a line of its own")
    if len(step["words"]) < 2:
        refuse(step["line"], f"{step['name']} takes a source and a target")
    if origin is None or origin.lower() in views:
        return
    if origin.isdigit():
        refuse(step["line"], f"there is no stage {origin} so far; the first has the number 0")
    refuse(step["line"], f"no stage is called {origin}; FROM … AS {origin} names one")


def _check_target(step: Step, sources: Sequence[str], target: str, there: Mapping[str, str], is_folder: bool) -> None:
    depths = {source: len([part for part in source.split("/") if part not in ("", ".")]) for source in sources}
    files = [
        path for path in there for each in sources if takes(each, path) and path.strip("/").count("/") < depths[each]
    ]
    if len(files) > 1 and not is_folder and not target.endswith(("/", "/.")):
        refuse(step["line"], f"several files are copied to {target}, and no folder is there; a / at its end makes one")


def _hint(step: Step, source: str) -> str:
    names = [found[1] or found[4] for found in VARIABLE.finditer(step["text"])]
    ask = f"is `ARG {names[0]}=default`, without blanks, between FROM and this line?" if names else ""
    return f" ({step['text']}: {ask})" if names and "$" not in source else doubt(source)

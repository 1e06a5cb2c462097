"""A COPY, carried out on paper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from course_utils.dockerfiles.bases import brought
from course_utils.dockerfiles.pip import doubt
from course_utils.dockerfiles.places import folders_of, placed, standing, takes
from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.syntax import Step
from course_utils.dockerfiles.variables import VARIABLE, expand

Views = Mapping[str, Mapping[str, str]]
FLAGS = {"from", "chown", "chmod", "link", "checksum", "keep-git-dir"}
OWN = "a text of its own"
SYSTEM = "/(etc|s?bin|lib(64)?|usr/(s?bin|lib|share))(/|$)"  # what a base has there is not known in full


def copy_step(
    step: Step, stage: dict[str, Any], scope: Mapping[str, str], context: Mapping[str, str], views: Views
) -> None:
    """Carry out a COPY; an image elsewhere, as in --from=nginx:1, gives what is known of it, perhaps nothing.

    Args:
        stage: as ``paper.paper_build`` returns it; gets what is copied, in its view and its weight.
        scope: the variables that the step sees.
        context: {path: what} of the build context.
        views: {stage's number or name: {path: what}} so far.

    Raises:
        Unmet: a source is nowhere, there is no such stage, a flag is not known here, a comment stands behind the
            COPY, or several files would become one.
    """
    views = {name: view for name, view in views.items() if view is not stage["view"]}  # none takes from itself
    _check(step, views)
    *sources, target = [expand(word, scope) for word in step["words"]]
    texts = [source for source in sources if source.startswith("<<")]
    sources = [source for source in sources if source not in texts]
    origin = step["flags"].get("from")
    there = context if origin is None else views.get(origin.lower(), brought(origin))
    folders = folders_of(stage)
    made = {}
    for source in sources:
        new = placed([source] if len(sources) == 1 else [source, source], target, there, stage["folder"], folders)
        known = origin is None or (origin.lower() in views and not re.match(SYSTEM, source))
        if not new and known:
            where = "the build context" if origin is None else f"the stage {origin}"
            refuse(step["line"], f"no {source} in {where}{_hint(step, source)}")
        made |= new
    _check_target(step, sources, target, there, standing(stage["folder"], target) in folders)
    made |= _written(step, texts, standing(stage["folder"], target), stage["view"])
    stage["view"] |= made
    stage["weight"] |= {(path, step["line"]): what for path, what in made.items()}
    stage["does"].append(step | {"sources": sources, "origin": origin, "made": made})


def users_in(text: str, path: str) -> dict[str, str]:
    """Return the users that lines of /etc/passwd, written to a file at path, make known."""
    found = re.findall(r"(?:^|[\s\"'])([a-z_][\w-]*):[^:\s]*:(\d+):", text)
    return {f"{path}/{name}": "a user" for name, number in found if int(number)}


def _check(step: Step, views: Views) -> None:
    origin = step["flags"].get("from", "/")
    if "#" in step["words"]:
        refuse(step["line"], "a comment needs a line of its own")
    if unknown := sorted(set(step["flags"]) - FLAGS):
        refuse(step["line"], f"this reader does not know --{unknown[0]}")
    if origin.lower() not in views and origin.isdigit():
        refuse(step["line"], f"there is no stage {origin} so far; the first has the number 0")
    if origin.lower() not in views and not re.search("[/:@$]", origin):
        refuse(step["line"], f"no stage is called {origin}; FROM … AS {origin} names one")


def _check_target(step: Step, sources: Sequence[str], target: str, there: Mapping[str, str], is_folder: bool) -> None:
    depths = {source: len([part for part in source.split("/") if part not in ("", ".")]) for source in sources}
    files = [
        path for path in there for each in sources if takes(each, path) and path.strip("/").count("/") < depths[each]
    ]
    if len(files) > 1 and not is_folder and not target.endswith(("/", "/.")):
        refuse(step["line"], f"several files are copied to {target}, and no folder is there; a / at its end makes one")


def _written(step: Step, texts: Sequence[str], goal: str, view: Mapping[str, str]) -> dict[str, str]:
    """Return what a COPY of a text in the Dockerfile, `COPY <<EOF target`, makes; of no use but for /etc/passwd."""
    if not texts:
        return {}
    return users_in("\n".join(step["body"]), goal) | ({goal: OWN} if goal in view else {})


def _hint(step: Step, source: str) -> str:
    names = [found[1] or found[4] for found in VARIABLE.finditer(step["text"])]
    ask = f"is `ARG {names[0]}=default`, without blanks, between FROM and this line?" if names else ""
    return f" ({step['text']}: {ask})" if names and "$" not in source else doubt(source)

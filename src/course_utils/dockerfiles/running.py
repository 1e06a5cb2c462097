"""A RUN, carried out on paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from course_utils.dockerfiles.programs import added
from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.shell import Shell, reached
from course_utils.dockerfiles.syntax import Step

FAILS = "this RUN ends with a test that does not hold, or with a failure, so the build stops; if … fi ends well"
UNREAD = r"is a ; missing before then, else or fi, or a \ at the end of a line?"


def run_step(step: Step, stage: dict[str, Any], scope: Mapping[str, str]) -> None:
    """Carry out a RUN: what its commands add goes into the stage's view and weight.

    Args:
        stage: as ``paper.paper_build`` returns it.
        scope: the variables that the step sees.

    Raises:
        Unmet: the shell cannot read it, or a command does not find what it needs.
    """
    if step["flags"]:
        refuse(step["line"], f"this reader knows no --{min(step['flags'])} of RUN")
    shell, made = _shell(step, scope), {}
    for words in shell.commands:
        made |= added(words, stage["folder"], stage["view"] | made, step["line"])
    if not shell.ends_well:
        refuse(step["line"], FAILS)
    stage["view"] |= made
    stage["weight"] |= {(path, step["line"]): what for path, what in made.items()}
    seen = {"commands": shell.commands, "written": shell.written, "in_scope": set(stage["args"])}
    stage["does"].append(step | seen | {"user": stage.get("USER", {"words": ["root"]}), "made": made})


def _shell(step: Step, scope: Mapping[str, str]) -> Shell:
    if not step["words"] or not step["words"][0]:
        refuse(step["line"], "this RUN has nothing to run")
    if step["is_list"]:
        return Shell({}, step["line"], [step["words"]], [step["words"]])
    script = step["words"][0]
    if re.match(r"<<-?\S+$", script):
        script = "\n".join(line for line in step["body"] if not line.startswith("#"))
    try:
        return reached(script, scope, step["line"])
    except (IndexError, ValueError):
        refuse(step["line"], f"the shell cannot read {step['text']}; {UNREAD}")

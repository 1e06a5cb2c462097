"""A RUN, carried out on paper."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from course_utils.dockerfiles.bases import brought
from course_utils.dockerfiles.copying import OWN, Views, users_in
from course_utils.dockerfiles.places import folders_of, placed, standing, takes, upwards
from course_utils.dockerfiles.programs import added, held_anew, removed
from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.shell import Shell, is_shell, reached
from course_utils.dockerfiles.sites import WHO
from course_utils.dockerfiles.syntax import Step
from course_utils.dockerfiles.unknown import check_command
from course_utils.dockerfiles.variables import expand

FAILS = "this RUN ends with a test that does not hold, or with a failure, so the build stops; if … fi ends well"
UNREAD = r"is a ; missing before then, else or fi, or a \ at the end of a line?"


def run_step(
    step: Step, stage: dict[str, Any], scope: Mapping[str, str], context: Mapping[str, str], views: Views
) -> None:
    """Carry out a RUN: what it leaves goes into the stage's view and weight; what it deletes, out of the view alone.

    Args:
        stage: as ``paper.paper_build`` returns it.
        scope: the variables that the step sees.
        context: {path: what} of the build context, for bind mounts.
        views: {stage's number or name: {path: what}} so far, for bind mounts from a stage.

    Raises:
        Unmet: the shell cannot read it, or a command does not find what it needs.
    """
    shell = _shell(step, stage, scope)
    at = stage["folder"]
    lent_files, caches = lent(step, scope, context, at, views)
    made, borrowed = dict(lent_files), set(lent_files)
    for words in shell.commands:
        home, there = shell.values["HOME"], stage["view"] | made
        at = standing(at, words[1] if len(words) > 1 else home) if words[0] == "cd" else at
        check_command(words, at, there, stage["image"], shell.environment, step["line"])
        if words[0] == "mkdir":
            made |= {standing(at, each): "a folder" for each in words[1:] if each[:1] != "-"}
            stage["folders"].update(*map(upwards, made))
        new = added(words, at, there, shell.environment, step["line"], folders_of(stage | {"view": there}))
        stage["weight"] |= {(path, step["line"]): there[path] for path in held_anew(words, at, stage["view"])}
        plain = [each.removesuffix("/*") for each in removed(words, at, there)]
        gone = [posixpath.join(at, re.sub("^~", home, each)) for each in plain]
        for path in [path for path in there if any(takes(each, path) for each in gone)]:
            made.pop(path, None)
            stage["view"].pop(path, None)
        made |= new
    made |= _written(shell, at, stage["view"] | made, step["line"])
    made = {p: what for p, what in made.items() if p not in borrowed and not any(takes(each, p) for each in caches)}
    stage["view"] |= made
    stage["weight"] |= {(path, step["line"]): what for path, what in made.items()}
    seen = {"commands": shell.commands, "in_scope": set(stage["args"]), "made": made, "lent": set(lent_files.values())}
    stage["does"].append(step | seen | {"at": at})
    if not shell.ends_well:
        refuse(step["line"], FAILS)


def lent(
    step: Step, scope: Mapping[str, str], context: Mapping[str, str], at: str, views: Views
) -> tuple[dict[str, str], list[str]]:
    """Return {path: what} for what `RUN --mount=type=bind` lends a step, and the folders that other mounts lend."""
    mounts = [
        dict(part.split("=", 1) for part in each.split(",") if "=" in part)
        for each in step["flags"].get("mount", "").split()
    ]
    files, folders = {}, []
    for each in mounts:
        target = each.get("target") or each.get("dst") or each.get("destination")
        if each.get("type", "bind") == "bind":
            if target is None:
                refuse(step["line"], "--mount=type=bind needs a target: where RUN sees it")
            there = views.get(each["from"].lower(), brought(each["from"])) if "from" in each else context
            files |= placed([expand(each.get("source", each.get("src", "/")), scope)], target, there, at)
        elif each.get("type") in ("cache", "tmpfs") and target:
            folders.append(standing(at, expand(target, scope)))
    return files, folders


def home_of(step: Step | None) -> str:
    """Return the home of whom a USER names; a number without a name has none."""
    user = step["words"][0].split(":")[0] if step else "root"
    if user in ("nobody", "www-data", "daemon", "mail", "games"):
        return "/nonexistent"
    return "/root" if user in ("root", "0") else "/" if user.isdigit() else f"/home/{user}"


def _shell(step: Step, stage: dict[str, Any], scope: Mapping[str, str]) -> Shell:
    if not step["words"]:
        refuse(step["line"], "this RUN has nothing to run")
    user = stage["USER"]["words"][0].split(":")[0] if "USER" in stage else "root"
    scope = {"HOME": home_of(stage.get("USER")), WHO: user} | dict(scope)
    bash = "bash" in stage.get("SHELL", {}).get("text", "")
    words = step["words"]
    if step["is_list"] and not is_shell(words):
        return Shell(scope, step["line"], bash, [words])
    bash = "bash" in words[0] if step["is_list"] else bash
    script = words[2] if step["is_list"] else words[0]
    heredoc = re.match(r"<<-?\S+$", script)
    script = "\n".join(step["body"]) if heredoc else script
    try:
        return reached(script, scope, step["line"], bash)
    except (IndexError, ValueError):
        refuse(step["line"], f"the shell cannot read {step['text']}; {UNREAD}")


def _written(shell: Shell, at: str, there: Mapping[str, str], line: int) -> dict[str, str]:
    """Return what `>` makes: texts, and users in /etc/passwd."""
    new: dict[str, str] = {}
    for words, name in shell.written:
        path = standing(at, name)
        if there.get(path, OWN) not in (OWN, "a user"):
            refuse(line, f"this writes over {path}")
        new |= users_in(" ".join(words), path) or ({} if path.startswith("/dev/") else {path: OWN})
    return new

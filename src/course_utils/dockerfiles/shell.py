"""A RUN's shell on paper: which commands are reached, with their variables replaced.

It knows lists (`&&`, `||`, `;`), `if`, `case`, `{ … }`, `!`, assignments, `set -e` and tests. All else it refuses.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.shell_test import is_test, test_holds
from course_utils.dockerfiles.variables import QUOTED, expand, quoted

SIGNS = {"&&", "||", ";", ";;"}
COMMENT = re.compile(rf"{QUOTED.pattern}|(?<!\S)#[^\n]*", re.S)
OTHER_SIGNS = {"(", ")", "|"}  # which a `case` has
UNKNOWN = {"for", "while", "until", "function", "exit", "exec", "eval", "export", "env", "cd", ".", "source", "sh"}
ONLY = "this reader of RUN knows if, case, &&, ||, ; and variables of its own; not"


@dataclass
class Shell:
    """A shell that has run a script on paper: its variables, its commands, and how it ended."""

    values: dict[str, str]
    line: int
    commands: list[list[str]] = field(default_factory=list)  # those that were reached, as lists of words
    written: list[list[str]] = field(default_factory=list)  # all of them
    ends_well: bool = True  # whether its last command succeeded
    stops: bool = False  # whether it ends where a command fails: set -e


def reached(script: str, values: Mapping[str, str], line: int) -> Shell:
    """Return the shell after a script.

    Args:
        values: the variables at its beginning.
        line: where the RUN stands in the Dockerfile, for what is refused.

    Raises:
        Unmet: the script has what this reader, or its shell, does not know.
        IndexError, ValueError: it is no script: something does not end, or ends twice.
    """
    shell = Shell(dict(values), line)
    if found := re.search(r"\$\(|`|[<>]|(?<!&)&(?!&)", script):
        refuse(line, f"{ONLY} {found[0]}")
    shell.ends_well = _list(shell_words(script), shell, True)
    return shell


def shell_words(script: str) -> list[str]:
    """Return the words and signs of a shell script, a line's end as `;`, comments left out."""
    script = COMMENT.sub(lambda found: "" if found[0][0] == "#" else found[0], re.sub(r"\\\n", " ", script))
    split = shlex.shlex(quoted(script).replace("\n", " ; "), posix=True, punctuation_chars=";&|()")
    split.whitespace_split, split.commenters = True, ""
    return list(split)


def _list(words: list[str], shell: Shell, live: bool, ends: Collection[str] = ()) -> bool:
    """Run commands up to a word of ``ends``; return whether the last succeeded. Live: whether they are reached."""
    result, go = True, live
    while words and words[0] not in ends:
        if words[0] in SIGNS:
            allowed = {"&&": result, "||": not result}.get(words.pop(0), True)
            go = live and allowed
            continue
        outcome = _one(words, shell, go)
        result = outcome if go else result
        if go and not result and shell.stops and "then" not in ends and words[:1] not in (["&&"], ["||"]):
            refuse(shell.line, "behind `set -e` this RUN ends where a test does not hold, so the build stops")
    return result


def _one(words: list[str], shell: Shell, live: bool) -> bool:
    """Run one command or one compound."""
    first = words.pop(0)
    if first in ("if", "case"):
        return {"if": _if, "case": _case}[first](words, shell, live)
    if first == "{":
        result = _list(words, shell, live, {"}"})
        words.pop(0)
        return result
    if first == "!":
        return not _one(words, shell, live)
    command = [first]
    while words and words[0] not in SIGNS:
        command.append(words.pop(0))
    if found := OTHER_SIGNS & set(command):
        refuse(shell.line, f"{ONLY} {min(found)}")
    return _command(command, shell, live)


def _if(words: list[str], shell: Shell, live: bool) -> bool:
    """Run what follows `if`: the branch whose test holds; return whether its last command succeeded."""
    done, word, result = False, "elif", True
    while word == "elif":
        holds = _list(words, shell, live and not done, {"then"})
        words.pop(0)
        chosen = live and holds and not done
        result &= _list(words, shell, chosen, {"elif", "else", "fi"})
        done, word = done or chosen, words.pop(0)
    if word == "else":
        result &= _list(words, shell, live and not done, {"fi"})
        words.pop(0)
    return result


def _case(words: list[str], shell: Shell, live: bool) -> bool:
    """Run what follows `case`: the branch whose pattern fits; return whether its last command succeeded."""
    value, done, result, _ = expand(words.pop(0), shell.values), False, True, words.pop(0)
    while (word := words.pop(0)) != "esac":
        if word in SIGNS | {"("}:
            continue
        patterns = [word]
        while (word := words.pop(0)) != ")":
            patterns += [word] if word != "|" else []
        fits = live and not done and any(fnmatchcase(value, expand(each, shell.values)) for each in patterns)
        result &= _list(words, shell, fits, {";;", "esac"})
        done = done or fits
    return result


def _command(written: list[str], shell: Shell, live: bool) -> bool:
    """Run one simple command."""
    shell.written.append([expand(word, shell.values) for word in written])
    if not live and written[0] not in UNKNOWN - {"exit"}:
        return True
    words = shell.written[-1]
    if words[0] in UNKNOWN:
        refuse(shell.line, f"{ONLY} {words[0]}")
    own = [re.fullmatch(r"(\w+)=(.*)", word, re.S) for word in words]
    if own[0]:
        if not all(own) or {found[1] for found in own if found} & {"PATH", "IFS"}:
            refuse(shell.line, f"{ONLY} {' '.join(words)}")
        shell.values.update((found[1], found[2]) for found in own if found)
    elif is_test(words):
        return test_holds(words, written, shell.line)
    elif words[0] == "set":
        shell.stops |= any(re.match("-[a-z]*e", word) for word in words[1:])
    elif words[0] not in ("true", "false", ":"):
        shell.commands.append(words)
    return words[0] != "false"

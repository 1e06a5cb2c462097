"""A RUN's shell on paper: which commands are reached, with their variables replaced.

It knows lists (`&&`, `||`, `;`), `if`, `case`, `( … )`, `{ … }`, `!`, assignments, `export` and tests. Loops it
refuses; what `$( … )` gives is "unknown"; a redirection is left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from course_utils.dockerfiles.shell_test import is_test, test_holds
from course_utils.dockerfiles.variables import expand, quoted
from course_utils.expect import Unmet

SIGNS = {"&&", "||", ";", ";;", "|", "&", "(", ")"}
LOOPS = ("for", "while", "until")


@dataclass
class Shell:
    """A shell that has run a script on paper: its variables, the commands that were reached, and how it ended."""

    values: dict[str, str]
    line: int
    bash: bool
    commands: list[list[str]] = field(default_factory=list)  # as lists of words
    written: list[tuple[list[str], str]] = field(default_factory=list)  # (words, where `>` sends what they say)
    ends_well: bool = True  # whether its last command succeeded
    own: set[str] = field(default_factory=set)  # variables that its commands do not see: set, never exported

    @property
    def environment(self) -> dict[str, str]:
        """The variables that its commands see."""
        return {name: value for name, value in self.values.items() if name not in self.own}


def reached(script: str, values: Mapping[str, str], line: int, bash: bool = False) -> Shell:
    """Return the shell after a script.

    Args:
        values: the variables at its beginning.
        line: where the RUN stands in the Dockerfile, for what is refused.
        bash: whether the shell is bash; else it is sh.

    Raises:
        Unmet: the script has what this reader, or its shell, does not know.
        IndexError, ValueError: it is no script: something does not end, or ends twice.
    """
    shell = Shell(dict(values), line, bash)
    shell.ends_well = _list(shell_words(script), shell, True)
    return shell


def shell_words(script: str) -> list[str]:
    """Return the words and signs of a shell script, a line's end as `;`."""
    script = re.sub(r"\\\n", " ", re.sub(r"\$\([^()]*\)", "unknown", script))
    split = shlex.shlex(quoted(script).replace("\n", " ; "), posix=True, punctuation_chars=";&|()")
    split.whitespace_split, split.commenters = True, ""
    return list(split)


def _list(words: list[str], shell: Shell, live: bool, ends: Collection[str] = ()) -> bool:
    """Run commands up to a word of ``ends``; return whether the last succeeded. Live: whether they are reached."""
    result, go = True, live
    while words and words[0] not in ends:
        if words[0] in SIGNS - {"("}:
            allowed = {"&&": result, "||": not result}.get(words.pop(0), True)
            go = live and allowed
            continue
        outcome = _one(words, shell, go)
        result = outcome if go else result
    return result


def _one(words: list[str], shell: Shell, live: bool) -> bool:
    """Run one command or one compound."""
    first = words.pop(0)
    if first in ("if", "case"):
        return {"if": _if, "case": _case}[first](words, shell, live)
    if first in ("(", "{"):
        result = _list(words, shell, live, {"(": ")", "{": "}"}[first])
        words.pop(0)
        return result
    if first == "!":
        return not _one(words, shell, live)
    command = [first]
    while words and words[0] not in SIGNS:
        command.append(words.pop(0))
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
        if word in SIGNS:
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
    if written[0] in LOOPS:
        raise Unmet(f"Not yet: this course's reader of RUN does not know `{written[0]}`; use if, case, && or ||")
    if not live:
        return True
    words, known = [expand(word, shell.values) for word in written], set(shell.values)
    while words and (words[0] in ("env", "exec", "command", "time") or re.match(r"\w+=", words[0])):
        if found := re.fullmatch(r"(\w+)=(.*)", words[0], re.S):
            shell.values[found[1]] = found[2]
        written, words = written[1:], words[1:]
    if not words:
        shell.own |= set(shell.values) - known
    elif words[0] == "export":
        shell.own -= {word.partition("=")[0] for word in words[1:]}
        shell.values.update(word.split("=", 1) for word in words[1:] if "=" in word)
    elif words[:1] in (["."], ["source"]) and words[-1].endswith("/activate"):
        _activate(words, shell)
    elif is_test(words):
        return test_holds(words, written, shell.line, shell.bash)
    elif is_shell(words):
        return _list(shell_words(words[2]), shell, True)
    elif words and words[0] not in ("true", "false", ":", "set"):
        _note(words, shell)
    return words[:1] != ["false"] and (words[:1] != ["exit"] or words[1:] in ([], ["0"]))


def is_shell(words: list[str]) -> bool:
    """Return whether a command is a shell that is given its script: `sh -c "…"`."""
    return len(words) > 2 and bool(
        re.fullmatch("(/usr)?(/bin/)?(ba|da)?sh", words[0]) and re.match("-[a-z]*c", words[1])
    )


def _note(words: list[str], shell: Shell) -> None:
    """Keep a command, without its redirections, and where these lead."""
    redirected = [n for n, word in enumerate(words) if re.match(r"\d?>", word) or (">" in word and n)]
    for n in redirected:
        target = words[n].rpartition(">")[2] or "".join(words[n + 1 : n + 2])
        shell.written.append((words[: redirected[0]], target))
    kept = words[: redirected[0]] if redirected else words
    shell.commands += [kept] if kept else []


def _activate(words: list[str], shell: Shell) -> None:
    """Put an environment's programs first, as its `activate` does."""
    if words[0] == "source" and not shell.bash:
        raise Unmet(
            f"Not yet: line {shell.line} of the Dockerfile: RUN's shell is sh, which knows no `source`; write `.`"
        )
    folder = words[-1].removesuffix("/activate")
    shell.values["PATH"] = f"{folder}:{shell.values.get('PATH', '')}"
    shell.values["VIRTUAL_ENV"] = folder.removesuffix("/bin")

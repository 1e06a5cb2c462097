"""Slips in 8.5 and 8.7 by name, each with what it gives for the tests' examples."""

from __future__ import annotations

HEAVIEST_SLIPS = {
    "the lightest comes first": [("usr/bin", 5), ("usr/lib", 35), ("srv", 50)],
    "a file's own name is no folder": [("srv/d", 50), ("usr/lib", 35), ("usr/bin", 5)],
    "folders below the depth are to be added to the one they lie in": [("srv", 50), ("usr/lib", 30), ("usr/bin", 5)],
    "this is one level too deep": [("srv", 50), ("usr/lib", 30), ("usr/bin", 5), ("usr/lib/python3", 5)],
    "this is one level too high": [("srv", 50), ("usr", 40)],
    "one file's bytes in place of the folder's sum": [("srv", 50), ("usr/bin", 5), ("usr/lib", 1)],
    "they are not sorted": [("usr/lib", 35), ("usr/bin", 5), ("srv", 50)],
    "the depth is not used": [
        ("srv", 50),
        ("usr/lib", 30),
        ("usr/bin", 5),
        ("usr/lib/python3", 4),
        ("usr/lib/python3/e", 1),
    ],
}

Slips = dict[str, list[str]]


def file_slips(copied: list[str]) -> Slips:
    """Return slips with a file that changed; copied: what is rebuilt, the step that takes the file first."""
    return {
        "only the step that takes the file; what follows it is stale, too": copied[:1],
        "CMD makes no layer": [*copied, 'CMD ["cat", "sorted.txt"]'],
        "nothing is found: the file lies in a folder that is copied": [],
        "the step that takes the file is stale itself": copied[1:],
        "a COPY's last word is its target; what lies there is not taken": ["COPY tools/sorter.py ./", *copied],
        'the text of each step: step["text"]': ["COPY", "RUN", "COPY"],
    }


def stage_slips(built: list[str], pages: str, words: str) -> Slips:
    """Return slips with stages; built: what is rebuilt; pages, words: what has nothing to do with it."""
    anew = [*built[:2], pages, built[2], words, *built[3:]]
    return {
        "a stage begins anew: pages and words have nothing to do with hello.c": anew,
        "what takes from a stage that was rebuilt is stale: --from and FROM": built[:2],
        "a stage that is FROM a stage that was rebuilt is stale, too": [*built[:2], *built[3:]],
        "what copies from a stage that was rebuilt is stale, too": built[:3],
    }


def argument_slips(update: str, below: list[str]) -> Slips:
    """Return slips with an argument; update: the RUN above its ARG; below: what is rebuilt."""
    return {
        "an argument counts only below its ARG": [update, *below],
        "every RUN below the ARG is stale, also one that does not mention it": below[:2],
        "a COPY that mentions the argument is stale, too": below[1:],
        "an ARG's word may have a default: LANGUAGE=en": below[2:],
        "WORKDIR does not mention the argument, and runs nothing": [*below[:2], "WORKDIR /dictionary", "RUN date"],
        "an argument counts only in stages that have its ARG": [*below[:2], "RUN uname", "RUN date"],
        "a name in `changed` that begins with $ is a build argument": [],
    }


def release_slips(update: str, below: list[str]) -> Slips:
    """Return slips with an argument above FROM; update, below: what is rebuilt."""
    return {
        "an ARG above FROM counts in FROM lines, and what follows a stale FROM is stale": below[2:],
        "the last stage has its `ARG RELEASE`": [update, *below[:2]],
        "an ARG above FROM counts in FROM lines alone": [update, *below[:2], "RUN uname", "RUN date"],
    }

"""The demonstration of 15.1: what each head of the model that adds looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots, sums
from course_utils.lessons.transformer_decoding import nets

if TYPE_CHECKING:
    import numpy as np


def draw_attention(attention: Callable[..., Any]) -> str:
    """Draw what each head sees while the model answers a sum that it has not seen, by the student's ``attention``.

    Returns:
        the share of unseen sums that the model writes rightly, in words.
    """
    model, unseen = nets.adder(), sums.unseen()
    tokens = unseen[0, : sums.PROMPT].tolist()
    question = sums.text_of(tokens)
    say = nets.answering(model)
    while tokens[-1] != sums.END and len(tokens) < sums.LENGTH:
        tokens.append(say(tokens)[-1])
    maps = weights_of(attention, model, tokens[:-1])
    names = list(sums.text_of(tokens[:-1]))
    layers, heads = len(maps), len(maps[0])
    fig, axes = plots.figure(columns=heads, rows=layers, width=7.4, height=4.1)
    for layer, row in enumerate(axes):
        for head, place in enumerate(row):
            place.imshow(maps[layer][head][sums.PROMPT - 1 :], cmap="cividis", vmin=0, vmax=1, aspect="auto")
            place.set_title(f"layer {layer}, head {head}", fontsize=8)
            place.set_xticks(range(len(names)), names if layer == layers - 1 else [], fontsize=7)
            place.set_yticks(range(len(names) - sums.PROMPT + 1), names[sums.PROMPT - 1 :] if not head else [])
            place.tick_params(length=0)
    answer = sums.text_of(tokens[sums.PROMPT :]).strip()
    words = f"{layers} times {heads} maps of what the tokens from = on see, for {question}{answer}, bright where much."
    plots.show(fig, f"{words} {_loudest(maps, names)}")
    share = nets.right(model, unseen)
    print(
        f"{question}{answer}, that is {answer[::-1].lstrip('0')}. Of {len(unseen):,} unseen sums {share:.1%} are right."
    )
    return f"{share:.1%}"


def weights_of(attention: Callable[..., Any], model: Any, tokens: list[int]) -> list[np.ndarray]:
    """Return, for each layer, how much each token sees of each, (heads, t, t): attention over values of one 1 each."""
    import numpy as np
    import torch

    from course_utils.decoder import norm

    found = []
    with torch.no_grad():
        x = model.tokens[tokens] + model.places[: len(tokens)]
        for layer in model.layers:
            h = norm(x)
            q, k = (
                (h @ weights).unflatten(1, (layer.heads, -1)).transpose(0, 1).double().numpy()
                for weights in (layer.q, layer.k)
            )
            ones = np.broadcast_to(np.eye(len(tokens)), (layer.heads, len(tokens), len(tokens))).copy()
            found.append(np.asarray(attention(q, k, ones)))
            x = layer(x[None])[0]
    return found


def _loudest(maps: list[np.ndarray], names: list[str]) -> str:
    """Say which head puts most into one token while it writes the first digit, and into which."""
    layer, head, token = max(
        (
            (layer, head, token)
            for layer, heads in enumerate(maps)
            for head in range(len(heads))
            for token in range(sums.PROMPT)
        ),
        key=lambda at: maps[at[0]][at[1]][sums.PROMPT - 1, at[2]],
    )
    share = maps[layer][head][sums.PROMPT - 1, token]
    return f"At =, head {head} of layer {layer} puts {share:.0%} into the token {names[token]} at place {token}."

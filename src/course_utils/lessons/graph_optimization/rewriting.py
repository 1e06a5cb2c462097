"""Rewrite rules run over a file, with errors that say which line of which rule was wrong."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxscript.rewriter.pattern import RewriteRuleSet


def apply_rules(path: Path, out: Path, rules: RewriteRuleSet | None) -> Path:
    """Rewrite the graph in ``path`` by rules, drop the Identity nodes left behind, write it to ``out``; return that.

    Shapes are inferred before, so that a condition knows ``len(x.shape)``.

    Args:
        rules: None for the rewriter's own.

    Raises:
        ValueError: a rule put a tensor of another shape in its place.
        onnx_ir.passes.PassError, or what a rule raised: with the rule's line.
    """
    import onnx
    import onnx_ir
    from onnx_ir.passes import PassError
    from onnx_ir.passes import common as passes
    from onnxscript import rewriter

    try:
        model = rewriter.rewrite(onnx.shape_inference.infer_shapes(onnx.load(path)), rules)
    except PassError as error:
        raise _short(error).with_traceback(None) from None
    graph = onnx_ir.from_proto(model)
    try:
        passes.IdentityEliminationPass()(graph)
    except ValueError as error:
        more = "a constant with more axes than x?"
        raise ValueError(f"a rule put a tensor of another shape in its place: {more} ({error})") from None
    passes.RemoveUnusedNodesPass()(graph)
    onnx_ir.save(graph, out)
    return out


def _short(error: BaseException) -> BaseException:
    """Return an error of the type that a rule raised, which says where."""
    from onnx_ir.passes import PassError

    while isinstance(error, PassError) and error.__cause__:  # these say which step of the rewriter it was
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    lines = [each.line for each in frames if "site-packages" not in each.filename and each.filename != __file__]
    place = f", at `{lines[-1]}`" if lines else ""
    none = "'NoneType' object has no attribute" in str(error)
    more = "; c.const_value is None where c is no constant, and with commute=True c may be x" if none else ""
    return type(error)(f"in one of your rules{place}: {error}{more}")

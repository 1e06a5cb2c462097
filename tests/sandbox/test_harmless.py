"""What is kept of a notebook can be opened in a browser, and still scores as it did."""

import base64

import pytest

from course_staff.grading.sandbox.harmless import MOST_OUTPUTS, harmless_text, outputs_of, plain_markdown
from course_staff.grading.sandbox.markup import Cleaner

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()


def shown(kind, value):
    (output,) = outputs_of([{"output_type": "display_data", "data": {kind: value}, "metadata": {"x": "<script>"}}])
    assert output["metadata"] == {}
    return output["data"]


ACTIVE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>@import 'http://x'</style>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img src='https://elsewhere/pixel.png'>",
    "<form action=x><input autofocus onfocus=alert(1)>",
    "<object data='data:text/html,x'></object><embed src=x><base href=x><meta http-equiv=refresh content=0>",
]


@pytest.mark.parametrize("markup", ACTIVE)
def test_active_markup_does_nothing(markup):
    page = shown("text/html", markup)["text/html"].lower()
    for word in (
        "<script",
        "onerror",
        "ontoggle",
        "onfocus",
        "javascript:",
        "<svg",
        "<iframe",
        "<style",
        "src=",
        "<object",
    ):
        assert word not in page
    assert not any(word in page for word in ("<form", "<input", "<embed", "<base", "<meta", "href"))


@pytest.mark.parametrize("kind", ["application/javascript", "image/svg+xml", "text/latex", "text/markdown", "x/y"])
def test_kinds_that_a_browser_runs_are_not_shown(kind):
    assert shown(kind, "<script>") == {"text/plain": "[an output of a kind that is not shown]"}


def test_figures_and_tables_stay():
    assert shown("image/png", PNG) == {"image/png": PNG}
    assert shown("image/png", base64.b64encode(b"<script>").decode()).keys() == {"text/plain"}
    assert shown("image/png", PNG.replace("A", "\n<script>A", 1)).keys() == {
        "text/plain"
    }  # readers skip what is no letter
    table = f'<table><tbody><tr><td>1</td></tr></tbody></table><img src="data:image/png;base64,{PNG}" alt="a curve">'
    assert shown("text/html", table)["text/html"] == table


@pytest.mark.parametrize("reported", [None, 3, "x", [3], [{}], [{"output_type": "error"}], [{"output_type": "stream"}]])
def test_what_is_no_output_breaks_nothing(reported):
    assert all(output["output_type"] == "error" for output in outputs_of(reported))


def test_an_error_is_kept_after_any_number_of_outputs():
    many = [{"output_type": "display_data", "data": {"text/plain": "1"}}] * (MOST_OUTPUTS + 100)
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]}
    assert outputs_of([*many, error])[-1] == error


def test_a_students_text_keeps_its_shape_and_loses_its_tags():
    text = "> quoted *a* < b & `x<y`\n\n<details><summary>why</summary>because</details> <IMG src=x onerror=alert(1)>"
    safe = plain_markdown(text)
    assert safe.startswith("> quoted *a* < b & `x")
    assert "<details><summary>why</summary>" in safe
    assert "<IMG" not in safe
    assert "javascript:" not in plain_markdown("[x](javascript:alert(1)) [y]( JaVaScRiPt :alert(1))").lower()
    assert "data:text" not in plain_markdown("![x](data:text/html,<script>)")


def test_the_keys_own_text_stays_as_it_is():
    source = "<script>of the course</script>"
    cells = [
        {"cell_type": "markdown", "id": "abc", "source": source, "metadata": {}},
        {"cell_type": "markdown", "id": "own-3", "source": source, "metadata": {}, "attachments": {"a": {}}},
        {"cell_type": "markdown", "id": "m", "source": source, "metadata": {"nbgrader": {"solution": True}}},
    ]
    harmless_text({"cells": cells})
    assert [cell["source"] == source for cell in cells] == [True, False, False]
    assert "attachments" not in cells[1]


HIDDEN = ["&#106;avascript:", "java&#115;cript:", "javascript&colon;", "&amp;#106;avascript:", "&#x6A;avascript:"]
HIDDEN += [
    "javascript\\:",
    "&#106avascript:",
    "&#38;amp;#38;#106;avascript:",
    "JaVa&#83;cRiPt:",
    "&amp;" * 9 + "#106;avascript:",
]


@pytest.mark.parametrize("address", HIDDEN)
@pytest.mark.parametrize("link", ["[x]({}alert(1))", "![x]({}alert(1))", "[a]: {}alert(1)\n\n[a]", "<{}alert(1)>"])
def test_no_spelling_of_an_address_is_a_script(link, address):
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    page = markdown2html_mistune(plain_markdown(link.format(address)))
    assert not any(f'{name}="javascript:' in page.lower() for name in ("href", "src"))


def test_entities_that_spell_no_link_stay():
    assert plain_markdown("&alpha; &lt;b&gt; &nbsp; AT&T &#8722;") == "&alpha; &lt;b&gt; &nbsp; AT&T &#8722;"


def test_a_picture_that_is_left_out_is_not_asked_for():
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    cell = {"cell_type": "markdown", "id": "own-1", "metadata": {}, "source": "![a](attachment:x.png)"}
    harmless_text({"cells": [cell | {"attachments": {"x.png": {"image/png": PNG}}}, cell]})
    page = markdown2html_mistune(cell["source"])
    assert "<img" not in page and "blocked:x.png" in page


@pytest.mark.parametrize("tag", ["<div>", "<b>", "<p><i>", "<a x=", "&lt"])
def test_markup_beyond_measure_is_not_read(tag):
    assert shown("text/html", tag * 300_000) == {"text/plain": "[an output of a kind that is not shown]"}


def test_a_notebook_may_hold_so_much_markup():
    cleaner = Cleaner()
    found = [cleaner.clean("<p>x</p>" * 1_000) for _ in range(30)]
    assert found[0] and found[10] and found[-1] is None


def test_no_lone_surrogate_is_kept():
    for kind in ("text/plain", "text/html"):
        shown(kind, "\ud800")[kind].encode()


def test_figures_of_a_test_are_kept_in_their_form_alone():
    from course_utils.published import FIGURES

    def kept(text):
        shown = {"output_type": "display_data", "data": {"text/plain": "x", FIGURES: text}, "metadata": {}}
        return outputs_of([shown])[0]["data"]

    assert kept('{"right":0.5}') == {"text/plain": "x", FIGURES: '{"right": 0.5}'}
    for text in ('{"right": "<script>"}', "[1]", 3, "x" * 2000):
        assert kept(text) == {"text/plain": "x"}

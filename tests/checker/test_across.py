"""Test cells and students' functions in two processes behave as they do in one."""

import pytest
from marks_of import lost
from small_notebooks import notebook, outputs
from two_sides import ENDS, GIVEN, SOLUTION

from course_staff.grading.attempt import Attempt
from course_staff.grading.runners import runner

GOOD = {
    "changes in place are seen": "x = np.zeros(2); in_place(x); assert expect.after(x).tolist() == [1, 1]",
    "also through a helper": "x = np.zeros(2); y = helper(x); assert expect.after((x, y))[0].tolist() == y.tolist()",
    "lists and dicts too": """
i, s = [1], {'n': 0}
assert grows(i, s) is None and expect.after((i, s)) == ([1, 4], {'n': 2})""",
    "errors keep their class": "try: fails('key')\nexcept KeyError as e: assert e.args == ('k',) and str(e) == \"'k'\"",
    "and their arguments": "try: fails('value')\nexcept ValueError as e: assert e.args == ('v', 3)",
    "own classes come as what they are": "try: fails('own')\nexcept LookupError as e: assert str(e) == 'mine'",
    "a class makes handles": "c = Counter(3); assert (c.step(), c.step(by=2), c.n) == (4, 6, 6)",
    "two handles are two": "a, b = Counter(1), Counter(5); a.step(); assert (a.n, b.n) == (2, 5)",
    "a handle is iterated": "c = Counter(3); first, second = c; assert first is c and second == 3",
    "its items and length": "c = Counter(3); assert (c[4], len(c), bool(c)) == (8, 2, True)",
    "it is a context": "with Counter(3) as n: assert n == 3",
    "it may swallow an error": "with Counter(3): raise KeyError",
    "a generator": "assert list(numbers(4)) == [0, 1, 4, 9]",
    "names and docstrings": "assert (Counter.__name__, Counter.__doc__) == ('Counter', 'Counts.')",
    "a decorator": "f = decorator(lambda x, y=1: x + y); assert f(2, y=3) == ('wrapped', 5) and f.count() == 7",
    "attributes that are not there": "assert getattr(decorator, 'count', None) is None",
    "functions go in": "assert apply(lambda x: x + 1, 2) == 3",
    "NumPy's too": "assert apply(np.square, np.array([3.0])).tolist() == [9.0]",
    "a student's own go back": "assert apply(in_place, np.zeros(1)).tolist() == [1.0]",
    "state stays with the test": "c = Clock(); assert asks_clock(c) == 22 and (c.time, c.read) == (12, ['now'])",
    "what cannot be pickled is lent": """
r = reader_of(np.arange(5, dtype=np.float32))
assert reads(r) == ([2, 2, 1], [0, 1]) and r.get_next()["x"].tolist() == [2, 3]""",
    "errors cross in both ways": "assert catches(lambda: 1 / 0) == 'caught division by zero'",
    "data is data": "assert type(table) is np.ndarray and table.tolist() == [0, 1, 2]",
    "files come back": "assert open(write('sub/a.txt')).read() == 'written'",
    "files go in": "open('b.txt', 'w').write('b'); assert read('b.txt') == 'b'",
    "what was made of a test's file is there to see": """
open('b.txt', 'w').write('b'); write('b.txt')
assert open(expect.after('b.txt')).read() == read('b.txt') == 'written'""",
    "written again, it is the test's again": """
for _ in '12': open('b.txt', 'w').write('b'); assert read('b.txt') == 'b'; write('b.txt')
open('b.txt', 'w').write('b'); assert read('b.txt') == 'b' and expect.after('b.txt') == 'b.txt'""",
    "and again, changed": "for t in 'xyz': open('b.txt', 'w').write(t); assert read('b.txt') == t",
    "a gradient passes": """
x = torch.tensor([1.0, 3.0], requires_grad=True); w = torch.ones(2, requires_grad=True)
((square(x * w)["y"][0] * x).sum() / 2).backward()
assert (x.grad.tolist(), w.grad.tolist()) == ([1.5, 13.5], [1.0, 27.0])""",
    "as the student's backward says": """
x = torch.tensor([-1.0, 0.5], requires_grad=True); y = clipped(x); y.sum().backward(retain_graph=True)
assert (y.tolist(), x.grad.tolist()) == ([0, 0.5], [10, 10]); y.sum().backward(); assert x.grad.tolist() == [20, 20]""",
    "and where nobody wants one there is none": "assert not square(torch.ones(2))['y'][0].requires_grad",
    "a global that a helper replaces is replaced there": """
assert with_scale(7, setting)[0] == (1, 7) and setting() == (1, 1)""",
    "so is an attribute of a given namespace": """
settings.level = 5
try: assert setting() == (5, 1)
finally: settings.level = 1
assert setting() == (1, 1)""",
    "what a call changes in a module is seen": """
b = linear(); zeroes(b); now = expect.after(b.net)
assert now.weight.abs().sum().item() == 0 and now.weight.requires_grad""",
    "in a global, too": "assert with_scale(7, zeroes_global)[1] == 0 and with_scale(7, setting)[1] > 0",
    "what it leaves on a module is seen by a helper that goes along": """
assert left_by(hooked, torch.nn.Linear(2, 2)) == ["the model itself: a hook stays, or is gone"]
assert left_by(lambda module: None, torch.nn.Linear(2, 2)) == []""",
    "what is logged there is heard here": """
says("before")
with listening() as heard:
    says("one"); says("two")
says("after")
assert heard.text() == "one\\ntwo" """,
    "what is printed does not count": "assert loud(3) == 3",
    "neither do warnings": "assert warns(1) == 1",
    "a replaced function is replaced there": """
truth = os.cpu_count
os.cpu_count = lambda: 12345
try: assert available() == 12345
finally: os.cpu_count = truth
assert available() != 12345""",
}
BAD = {
    "a stub": "stub()",
    "a missing name": "nowhere()",
    "a gradient where none is": "square(torch.ones(2))['y'][0].sum().backward()",
    "an error that is not expected": "fails('value')",
    "a handle is no number": "assert Counter(3) == 3",
    "a result that is not true": "assert loud(3) == 4",
}


@pytest.fixture(scope="module")
def executed():
    tests = [("test", source) for source in [*GOOD.values(), *BAD.values()]]
    return runner("bubblewrap")(Attempt(notebook(("solution", SOLUTION), ("readonly", GIVEN), *tests))).notebook


@pytest.mark.parametrize("place", range(len(GOOD)), ids=GOOD)
def test_it_works_across(executed, place):
    assert lost(executed).get(f"test{place + 2}") is None


@pytest.mark.parametrize("place", range(len(BAD)), ids=BAD)
def test_it_fails_across(executed, place):
    assert f"test{place + 2 + len(GOOD)}" in lost(executed)


def test_a_plain_kernel_says_the_same(executed):
    tests = [("test", source) for source in [*GOOD.values(), *BAD.values()]]
    plain = runner("none")(Attempt(notebook(("solution", SOLUTION), ("readonly", GIVEN), *tests))).notebook
    assert lost(plain).keys() == lost(executed).keys()


LENT = {
    "an array": "x = np.zeros(2); in_place(x); assert x.tolist() == [0, 0]",
    "through a helper": "x = np.zeros(2); helper(x); assert x.tolist() == [0, 0]",
    "a list and a dict": "i, s = [1], {'n': 0}; grows(i, s); assert (i, s) == ([1], {'n': 0})",
    "the tensors of a module": "b = linear(); zeroes(b); assert b.net.weight.abs().sum().item() > 0",
    "what the last cell noted": "in_place(x); x = np.ones(2); assert expect.after(x) is x",
}


def test_what_is_lent_is_a_copy():
    tests = [("test", source) for source in LENT.values()]
    cells = notebook(("solution", SOLUTION), ("readonly", GIVEN), *tests)
    assert lost(runner("bubblewrap")(Attempt(cells)).notebook) == {}


def test_what_a_student_defines_never_replaces_what_a_test_has():
    cells = [
        ("readonly", "import math\ndef double(x): return 2 * x\nlimit = 5"),
        ("solution", "def f(x): return 0\nmath = double = limit = print = len = None\nassert_ = 1"),
        ("test", "assert f(1) == 0 and double(limit) == 10 and len([math.pi]) == 1"),
    ]
    assert lost(runner("bubblewrap")(Attempt(notebook(*cells))).notebook) == {}


def test_a_name_that_a_test_assigns_to_stays_with_the_test():
    cells = [
        ("readonly", "expected = 1"),
        ("solution", "def f(): return expected"),
        ("test", "expected = 2\nassert f() == 1"),
    ]
    assert lost(runner("bubblewrap")(Attempt(notebook(*cells))).notebook) == {}


def test_a_process_lost_in_backward_is_no_error_that_a_test_expects():
    cells = [
        ("solution", ENDS),
        ("test", "import torch\nx = torch.ones(2, requires_grad=True)\ny = f(x)\nassert y.requires_grad"),
        ("test", "try: y.sum().backward()\nexcept Exception: pass"),
    ]
    assert list(lost(runner("bubblewrap")(Attempt(notebook(*cells))).notebook)) == ["test2"]


def test_a_cells_own_outputs_are_there_and_a_score_is_the_tests_own():
    cells = [
        ("own", "print('hello'); 6 * 7"),
        ("solution", "from IPython.display import display\ndef f(): display('shown'); return 1"),
        ("test", "f()\n0.5"),
    ]
    own, _, test = outputs(runner("bubblewrap")(Attempt(notebook(*cells))).notebook)
    assert [output["output_type"] for output in own] == ["stream", "execute_result"]
    assert own[1]["data"]["text/plain"] == "42"
    assert [output["output_type"] for output in test] == ["display_data", "execute_result"]
    assert test[1]["data"]["text/plain"] == "0.5"


def test_data_files_lie_beside_on_both_sides():
    cells = [
        ("solution", "def f(): return open('d/x.txt').read()"),
        ("test", "assert f() == open('d/x.txt').read() == 'x'"),
    ]
    assert lost(runner("bubblewrap")(Attempt(notebook(*cells), {"d/x.txt": b"x"})).notebook) == {}

"""The course's own program, where a demonstration needs one and exercise 14.6 is not written yet."""

from __future__ import annotations

from collections.abc import Callable

from course_utils.lessons.edge_runtimes.nets import Layer
from course_utils.lessons.edge_runtimes.programs import static_array
from course_utils.lessons.standing_in import either

HEAD = """#include <stdint.h>
#include <stdio.h>
struct layer { int in, out, shift, zero, low; int32_t factor; const int8_t *w; const int32_t *b; };
"""
MAIN = """
static int8_t code(int64_t p, const struct layer *l)
{
    int64_t half = (int64_t)1 << (l->shift - 1);
    p = (p < 0 ? -((half - p) >> l->shift) : (p + half) >> l->shift) + l->zero;
    return p < l->low ? l->low : p > 127 ? 127 : p;
}
int main(void)
{
    static int8_t x[1024], y[1024];
    while (fread(x, 1, 64, stdin) == 64) {
        int last = 0, best = 0;
        for (const struct layer *l = net; l->out; last = l++->out) {
            for (int i = 0; i < l->out; i++) {
                int32_t sum = l->b[i];
                for (int j = 0; j < l->in; j++)
                    sum += l->w[i * l->in + j] * x[j];
                y[i] = code((int64_t)sum * l->factor, l);
            }
            for (int i = 0; i < l->out; i++)
                x[i] = y[i];
        }
        for (int i = 1; i < last; i++)
            if (x[i] > x[best])
                best = i;
        putchar('0' + best);
    }
    return 0;
}
"""


def written(program_c: Callable[[list[Layer]], str]) -> Callable[[list[Layer]], str]:
    """Return ``program_c``, or what stands in for it until it is written."""
    return either("14.6", program_c, _program)


def _program(layers: list[Layer]) -> str:
    arrays, rows = [], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        given = {f"w{k}": layer["weights"], f"b{k}": layer["biases"]}
        arrays += [static_array.__wrapped__(name, values) for name, values in given.items()]
        lowest = layer["zero_point"] if layer["relu"] else -128
        numbers = d_in, d_out, layer["shift"], layer["zero_point"], lowest, layer["multiplier"]
        rows.append(f"{{{', '.join(map(str, numbers))}, w{k}, b{k}}}, ")
    net = f"static const struct layer net[] = {{ {''.join(rows)}{{0}} }};\n"
    return "".join([HEAD, *arrays, net, MAIN])

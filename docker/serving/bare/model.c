/* The model as nothing but C: its weights stand in the program, and all but the last layer is in whole numbers. */
#include "model.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

struct layer {
    int size, in, out; /* pixels along an edge, channels */
    const int8_t *weights; /* (out, 3, 3, in) */
    const int32_t *biases, *multipliers; /* (out,) */
    int shift;
};

#include "network.h"

enum { BYTE = 255, MOST = SIZE * SIZE * 32, MOST_WEIGHTS = 9 * 64 * 128 };

/* Widened once: two products of 16 bits in one step are what every x86-64 and every ARM has. */
static int16_t wide[LAYERS][MOST_WEIGHTS];

void model_open(const char *path) {
    (void)path;
    for (int k = 0; k < LAYERS; k++)
        for (int i = 0; i < layers[k].out * layers[k].in * 9; i++) wide[k][i] = layers[k].weights[i];
}

static int32_t dot(const int16_t *x, const int16_t *w, int length) {
    int32_t sum = 0;
    for (int i = 0; i < length; i++) sum += x[i] * w[i];
    return sum;
}

/* x (size + 2, size + 2, in) with an edge of zeros, y (size, size, out): both from 0 to BYTE. */
static void convolve(int k, const int16_t *x, int16_t *y) {
    const struct layer *l = &layers[k];
    const int row = 3 * l->in, stride = (l->size + 2) * l->in;
    for (int place = 0; place < l->size * l->size; place++) {
        const int16_t *from = x + place / l->size * stride + place % l->size * l->in, *w = wide[k];
        for (int o = 0; o < l->out; o++, w += 3 * row) {
            int64_t sum = l->biases[o];
            for (int r = 0; r < 3; r++) sum += dot(from + r * stride, w + r * row, row);
            int64_t scaled = (sum * l->multipliers[o] + ((int64_t)1 << (l->shift - 1))) >> l->shift;
            *y++ = (int16_t)(scaled < 0 ? 0 : scaled > BYTE ? BYTE : scaled);
        }
    }
}

/* The largest of each 2×2, x (size, size, channels), into the next layer's y with its edge. */
static void pool(const int16_t *x, int size, int channels, int16_t *y) {
    const int half = size / 2, row = size * channels;
    memset(y, 0, sizeof *y * (size_t)((half + 2) * (half + 2) * channels));
    for (int i = 0; i < half; i++)
        for (int j = 0; j < half; j++) {
            const int16_t *at = x + (2 * i * size + 2 * j) * channels;
            int16_t *to = y + ((i + 1) * (half + 2) + j + 1) * channels;
            for (int c = 0; c < channels; c++) {
                int16_t upper = at[c] > at[c + channels] ? at[c] : at[c + channels];
                int16_t lower = at[c + row] > at[c + row + channels] ? at[c + row] : at[c + row + channels];
                to[c] = upper > lower ? upper : lower;
            }
        }
}

static void softmax(const double scores[CLASSES], double probabilities[CLASSES]) {
    double highest = scores[0], sum = 0;
    for (int i = 1; i < CLASSES; i++) highest = fmax(highest, scores[i]);
    for (int i = 0; i < CLASSES; i++) sum += probabilities[i] = exp(scores[i] - highest);
    for (int i = 0; i < CLASSES; i++) probabilities[i] /= sum;
}

int model_predict(float pixels[PIXELS], double probabilities[CLASSES]) {
    int16_t x[MOST] = {0}, y[MOST];
    for (int i = 0; i < PIXELS; i++)
        x[(i / SIZE + 1) * (SIZE + 2) + i % SIZE + 1] = (int16_t)lrintf(pixels[i] * BYTE);
    for (int k = 0; k < LAYERS; k++) {
        convolve(k, x, y);
        if (k < LAYERS - 1) pool(y, layers[k].size, layers[k].out, x);
    }
    const struct layer *last = &layers[LAYERS - 1];
    double scores[CLASSES];
    for (int i = 0; i < CLASSES; i++) {
        int32_t sum = 0;
        for (int at = 0; at < last->size * last->size; at++)
            for (int c = 0; c < last->out; c++) sum += y[at * last->out + c] * head_weights[i * last->out + c];
        scores[i] = sum * head_scales[i] + head_biases[i];
    }
    softmax(scores, probabilities);
    return 0;
}

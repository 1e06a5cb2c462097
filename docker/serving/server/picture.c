#include "picture.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char said[96];

static const char *blank(const char *at) { return at + strspn(at, " \t\r\n"); }

/* Steps over one character that must be there; NULL where it is not. */
static const char *over(const char *at, char wanted) {
    if (!at) return NULL;
    at = blank(at);
    return *at == wanted ? at + 1 : NULL;
}

static const char *digits(const char *at) {
    if (!isdigit((unsigned char)*at)) return NULL;
    while (isdigit((unsigned char)*at)) at++;
    return at;
}

/* A number as JSON writes it; strtod alone takes more, such as "nan" and "0x1". */
static const char *number(const char *at, double *value) {
    const char *start = at = blank(at);
    if (*at == '-') at++;
    if (*at == '0') at++;
    else if (!(at = digits(at))) return NULL;
    if (*at == '.' && !(at = digits(at + 1))) return NULL;
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '+' || at[1] == '-' ? 2 : 1;
        if (!(at = digits(at))) return NULL;
    }
    *value = strtod(start, NULL);
    return at;
}

static const char *row(const char *at, int y, float *pixels) {
    at = over(at, '[');
    if (!at) {
        snprintf(said, sizeof said, "pixels.%d: there must be %d rows of %d numbers.", y, SIZE, SIZE);
        return NULL;
    }
    for (int x = 0; x < SIZE; x++) {
        double value;
        const char *after = x ? over(at, ',') : at;
        if (!after || !(after = number(after, &value)) || !(value >= 0 && value <= 1)) {
            const char *why = "there must be 16 numbers, each from 0 to 1";
            snprintf(said, sizeof said, "pixels.%d.%d: %s.", y, x, why);
            return NULL;
        }
        pixels[x] = (float)value;
        at = after;
    }
    if (!(at = over(at, ']'))) snprintf(said, sizeof said, "pixels.%d: more than %d numbers.", y, SIZE);
    return at;
}

const char *picture_read(const char *json, float pixels[PIXELS]) {
    const char *at = over(json, '{');
    if (!at || strncmp(at = blank(at), "\"pixels\"", 8) != 0 || !(at = over(at + 8, ':')) || !(at = over(at, '[')))
        return "body: it must be JSON, {\"pixels\": [[16 numbers], 16 rows]}.";
    for (int y = 0; y < SIZE; y++) {
        if (y && !(at = over(at, ','))) {
            snprintf(said, sizeof said, "pixels: %d rows; there must be %d.", y, SIZE);
            return said;
        }
        if (!(at = row(at, y, pixels + y * SIZE))) return said;
    }
    if (!(at = over(at, ']'))) return "pixels: more than 16 rows.";
    if (!(at = over(at, '}')) || *blank(at)) return "body: nothing may follow the pixels.";
    return NULL;
}

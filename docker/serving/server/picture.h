/* {"pixels": [[16 numbers], 16 rows]} to floats. */
#ifndef PICTURE_H
#define PICTURE_H

#include "model.h"

/* Reads a request's body; returns NULL, or a static sentence that says what is wrong. */
const char *picture_read(const char *json, float pixels[PIXELS]);

#endif

/* The model: 16×16 pixels in, ten probabilities out. */
#ifndef MODEL_H
#define MODEL_H

enum { SIZE = 16, PIXELS = SIZE * SIZE, CLASSES = 10 };

/* Opens the model file; leaves with a sentence where it, or the library, is not what was built for. */
void model_open(const char *path);

/* Writes CLASSES probabilities; returns 0, or -1 where ONNX Runtime gives none. May be called from several threads. */
int model_predict(float pixels[PIXELS], double probabilities[CLASSES]);

#endif

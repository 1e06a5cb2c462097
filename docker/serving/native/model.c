#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ort_api.h"

static const OrtApi *ort;
static OrtSession *session;
static OrtMemoryInfo *memory;

/* Returns 0 for success; else says why, and -1. */
static int failed(OrtStatus *status) {
    if (!status) return 0;
    fprintf(stderr, "ONNX Runtime: %s\n", ort->GetErrorMessage(status));
    ort->ReleaseStatus(status);
    return -1;
}

static void must(OrtStatus *status) {
    if (failed(status)) exit(1);
}

void model_open(const char *path) {
    const OrtApiBase *base = OrtGetApiBase();
    if (strcmp(base->GetVersionString(), ORT_VERSION) != 0 || !(ort = base->GetApi(ORT_API_VERSION))) {
        fprintf(stderr, "ONNX Runtime is %s: this service was built for %s.\n", base->GetVersionString(), ORT_VERSION);
        exit(1);
    }
    OrtEnv *env;
    OrtSessionOptions *options;
    must(ort->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "digits", &env));
    must(ort->DisableTelemetryEvents(env));
    must(ort->CreateSessionOptions(&options));
    must(ort->SetIntraOpNumThreads(options, 1));
    must(ort->CreateSession(env, path, options, &session));
    must(ort->CreateCpuMemoryInfo(ORT_ARENA_ALLOCATOR, ORT_MEM_TYPE_DEFAULT, &memory));

    float paper[PIXELS] = {0};
    double probabilities[CLASSES];
    if (model_predict(paper, probabilities)) {
        fprintf(stderr, "%s: not a model of 16x16 pixels and ten classes.\n", path);
        exit(1);
    }
}

static int scores_of(OrtValue *output, float **scores) {
    OrtTensorTypeAndShapeInfo *info;
    size_t count;
    if (failed(ort->GetTensorTypeAndShape(output, &info))) return -1;
    int bad = failed(ort->GetTensorShapeElementCount(info, &count));
    ort->ReleaseTensorTypeAndShapeInfo(info);
    if (bad || count != CLASSES) return -1;
    return failed(ort->GetTensorMutableData(output, (void **)scores));
}

int model_predict(float pixels[PIXELS], double probabilities[CLASSES]) {
    static const char *const inputs[] = {"input"}, *const outputs[] = {"output"};
    const int64_t shape[] = {1, 1, SIZE, SIZE};
    OrtValue *image = NULL, *output = NULL;
    float *scores;
    if (failed(ort->CreateTensorWithDataAsOrtValue(memory, pixels, PIXELS * sizeof(float), shape, 4, ORT_FLOAT,
                                                   &image)))
        return -1;
    int bad = failed(ort->Run(session, NULL, inputs, (const OrtValue *const *)&image, 1, outputs, 1, &output)) ||
              scores_of(output, &scores);
    if (!bad) {
        double highest = scores[0], sum = 0;
        for (int i = 1; i < CLASSES; i++) highest = fmax(highest, scores[i]);
        for (int i = 0; i < CLASSES; i++) sum += probabilities[i] = exp(scores[i] - highest);
        for (int i = 0; i < CLASSES; i++) probabilities[i] /= sum;
    }
    if (output) ort->ReleaseValue(output);
    ort->ReleaseValue(image);
    return bad ? -1 : 0;
}

/* ONNX Runtime's C interface, only as much of it as this service calls.
 *
 * The library hands out a table of functions. Its order never changes and new ones are added at its end, so a table
 * may be declared up to the last function that is called, with room where the others stand.
 * Source of names and order: onnxruntime_c_api.h of ONNX Runtime, struct OrtApi, version 1 of the interface.
 */
#ifndef ORT_API_H
#define ORT_API_H

#include <stddef.h>
#include <stdint.h>

typedef struct OrtEnv OrtEnv;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtStatus OrtStatus;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtValue OrtValue;

enum { ORT_LOGGING_LEVEL_ERROR = 3, ORT_FLOAT = 1, ORT_ARENA_ALLOCATOR = 1, ORT_MEM_TYPE_DEFAULT = 0 };
enum { ORT_API_VERSION = 1 }; /* all that is declared here was there from the first */

typedef struct OrtApi {
    void *skipped_0[2];
    const char *(*GetErrorMessage)(const OrtStatus *); /* place 2 */
    OrtStatus *(*CreateEnv)(int level, const char *name, OrtEnv **);
    void *skipped_4[2];
    OrtStatus *(*DisableTelemetryEvents)(const OrtEnv *); /* 6 */
    OrtStatus *(*CreateSession)(const OrtEnv *, const char *path, const OrtSessionOptions *, OrtSession **);
    void *skipped_8[1];
    OrtStatus *(*Run)(OrtSession *, const OrtRunOptions *, const char *const *names, const OrtValue *const *inputs,
                      size_t inputs_count, const char *const *output_names, size_t outputs_count,
                      OrtValue **outputs); /* 9 */
    OrtStatus *(*CreateSessionOptions)(OrtSessionOptions **);
    void *skipped_11[13];
    OrtStatus *(*SetIntraOpNumThreads)(OrtSessionOptions *, int); /* 24 */
    void *skipped_25[24];
    OrtStatus *(*CreateTensorWithDataAsOrtValue)(const OrtMemoryInfo *, void *data, size_t bytes, const int64_t *shape,
                                                 size_t dimensions, int type, OrtValue **); /* 49 */
    void *skipped_50[1];
    OrtStatus *(*GetTensorMutableData)(OrtValue *, void **); /* 51 */
    void *skipped_52[12];
    OrtStatus *(*GetTensorShapeElementCount)(const OrtTensorTypeAndShapeInfo *, size_t *); /* 64 */
    OrtStatus *(*GetTensorTypeAndShape)(const OrtValue *, OrtTensorTypeAndShapeInfo **);
    void *skipped_66[3];
    OrtStatus *(*CreateCpuMemoryInfo)(int allocator, int memory, OrtMemoryInfo **); /* 69 */
    void *skipped_70[23];
    void (*ReleaseStatus)(OrtStatus *); /* 93 */
    void *skipped_94[2];
    void (*ReleaseValue)(OrtValue *); /* 96 */
    void *skipped_97[2];
    void (*ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo *); /* 99 */
} OrtApi;

_Static_assert(offsetof(OrtApi, ReleaseTensorTypeAndShapeInfo) == 99 * sizeof(void *), "the table's order is fixed");

typedef struct OrtApiBase {
    const OrtApi *(*GetApi)(uint32_t version);
    const char *(*GetVersionString)(void);
} OrtApiBase;

const OrtApiBase *OrtGetApiBase(void);

#endif

/* The digit service in C: the same requests and answers as app/service.py, on ONNX Runtime's own library. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "model.h"
#include "picture.h"

enum { PORT = 8000, WORKERS = 4, LARGEST = 65536, PATIENCE = 5 /* seconds */ };

static const char *version, *provider;
static double threshold;

static const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static void read_settings(void) {
    char *end;
    const char *written = setting("DECISION_THRESHOLD", "0.5");
    version = setting("MODEL_VERSION", "unknown");
    provider = setting("EXECUTION_PROVIDER", "CPUExecutionProvider");
    threshold = strtod(written, &end);
    if (*end || end == written || !(threshold >= 0 && threshold <= 1)) {
        fprintf(stderr, "DECISION_THRESHOLD is '%s': it must be a number from 0 to 1.\n", written);
        exit(1);
    }
    if (strcmp(provider, "CPUExecutionProvider") != 0) {
        fprintf(stderr, "EXECUTION_PROVIDER is '%s': this image offers CPUExecutionProvider.\n", provider);
        exit(1);
    }
    if (version[strcspn(version, "\"\\\n")]) {
        fprintf(stderr, "MODEL_VERSION: it must not hold quotes, backslashes or line ends.\n");
        exit(1);
    }
}

static void reply(int client, const char *status, const char *body, ...) {
    char text[512], message[768];
    va_list values;
    va_start(values, body);
    vsnprintf(text, sizeof text, body, values);
    va_end(values);
    int length = snprintf(message, sizeof message,
                          "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                          "Connection: close\r\n\r\n%s",
                          status, strlen(text), text);
    send(client, message, (size_t)length, MSG_NOSIGNAL);
}

static void refuse(int client, const char *status, const char *why) {
    char quoted[256] = "", *to = quoted;
    for (; *why && to < quoted + sizeof quoted - 2; why++) {
        if (*why == '"') *to++ = '\\';
        *to++ = *why;
    }
    *to = 0;
    reply(client, status, "{\"detail\":\"%s\"}", quoted);
}

static void predict(int client, const char *body) {
    float pixels[PIXELS];
    double probabilities[CLASSES];
    const char *wrong = picture_read(body, pixels);
    if (wrong) {
        refuse(client, "422 Unprocessable Content", wrong);
        return;
    }
    if (model_predict(pixels, probabilities)) {
        refuse(client, "500 Internal Server Error", "the model gave no answer.");
        return;
    }
    int digit = 0;
    for (int i = 1; i < CLASSES; i++)
        if (probabilities[i] > probabilities[digit]) digit = i;
    reply(client, "200 OK", "{\"digit\":%d,\"probability\":%.9g,\"accepted\":%s,\"model_version\":\"%s\"}", digit,
          probabilities[digit], probabilities[digit] >= threshold ? "true" : "false", version);
}

/* Reads head and body into `request`; returns the body, or NULL where it has been refused or never came. */
static const char *receive(int client, char *request) {
    size_t have = 0, want = 0;
    char *body = NULL;
    while (!body || have < want) {
        ssize_t got = recv(client, request + have, LARGEST - have, 0);
        if (got <= 0) return NULL;
        have += (size_t)got;
        request[have] = 0;
        if (!body && (body = strstr(request, "\r\n\r\n"))) {
            body += 4;
            const char *length = strcasestr(request, "\r\ncontent-length:");
            want = (size_t)(body - request) + (length && length < body ? strtoul(length + 17, NULL, 10) : 0);
        }
        if (want > LARGEST || (have == LARGEST && have < want + !body)) {
            refuse(client, "413 Content Too Large", "a request has at most 64 KiB.");
            return NULL;
        }
    }
    return body;
}

static void serve(int client) {
    static _Thread_local char request[LARGEST + 1];
    const struct timeval patience = {PATIENCE, 0};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const char *body = receive(client, request);
    if (!body) return;
    if (!strncmp(request, "POST /predict ", 14)) predict(client, body);
    else if (!strncmp(request, "GET /health ", 12))
        reply(client, "200 OK",
              "{\"status\":\"ok\",\"model_version\":\"%s\",\"decision_threshold\":%.17g,\"execution_provider\":\"%s\"}",
              version, threshold, provider);
    else refuse(client, "404 Not Found", "there are POST /predict and GET /health.");
}

static void *work(void *listening) {
    for (;;) {
        int client = accept(*(int *)listening, NULL, NULL);
        if (client < 0) continue;
        serve(client);
        shutdown(client, SHUT_WR);
        close(client);
    }
    return NULL;
}

/* What HEALTHCHECK runs, in an image that has no other program: 0 where the service answers. */
static int healthy(void) {
    char answer[16] = "";
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&here, sizeof here)) return 1;
    send(server, "GET /health HTTP/1.1\r\n\r\n", 24, MSG_NOSIGNAL);
    recv(server, answer, 12, MSG_WAITALL);
    return strcmp(answer, "HTTP/1.1 200") != 0;
}

static void leave(int signal) {
    (void)signal;
    _exit(0);
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "--health")) return healthy();
    signal(SIGTERM, leave); /* process 1 has no other handler */
    signal(SIGINT, leave);
    read_settings();
    model_open("model.onnx");

    const int yes = 1;
    struct sockaddr_in every = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listening, (struct sockaddr *)&every, sizeof every) || listen(listening, 128)) {
        perror("port 8000");
        return 1;
    }
    pthread_t worker;
    for (int i = 1; i < WORKERS; i++)
        if (pthread_create(&worker, NULL, work, &listening)) return 1;
    work(&listening);
}

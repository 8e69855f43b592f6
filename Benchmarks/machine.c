// What the machine can do: the matrix products of a deep linear network and nothing else, in single-threaded chains
// that run at once, or copies of as many numbers as it has parameters.
//
//   machine LAYERS WIDTH BATCH CHAINS products|copies
//
// For each line with a number it does so many of them in each chain, and writes the seconds.
#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int layers, width, batch;
static long count;

struct chain {
  float *weights, *gradient, *values, *errors;
  void (*work)(struct chain *);
  pthread_t thread;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *floats(size_t count, float value) {
  float *memory = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  if (memory == NULL) exit(1);
  for (size_t i = 0; i < count; ++i) memory[i] = value;
  return memory;
}

// y = x Wᵀ from layer to layer; then dW = dyᵀ x, and dx = dy W for all layers but the first.
static void products(struct chain *c) {
  const size_t square = (size_t)width * width, plane = (size_t)batch * width;
  for (int l = 0; l < layers; ++l)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, width, width, 1, c->values + l * plane, width,
                c->weights + l * square, width, 0, c->values + (l + 1) * plane, width);
  for (int l = layers - 1; l >= 0; --l) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, width, width, batch, 1, c->errors + (l + 1) * plane, width,
                c->values + l * plane, width, 0, c->gradient + l * square, width);
    if (l > 0)
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, width, width, 1, c->errors + (l + 1) * plane,
                  width, c->weights + l * square, width, 0, c->errors + l * plane, width);
  }
}

static void copies(struct chain *c) {
  memcpy(c->gradient, c->weights, (size_t)layers * width * width * sizeof(float));
  atomic_signal_fence(memory_order_seq_cst);
}

static void allocate(struct chain *c) {
  const size_t square = (size_t)width * width, plane = (size_t)batch * width;
  c->weights = floats(layers * square, 1.0f / (float)width);
  c->gradient = floats(layers * square, 0);
  c->values = floats((layers + 1) * plane, 1);
  c->errors = floats((layers + 1) * plane, 1);
}

static void *run(void *argument) {
  struct chain *c = argument;
  for (long i = 0; i < count; ++i) c->work(c);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  layers = atoi(argv[1]), width = atoi(argv[2]), batch = atoi(argv[3]);
  const int threads = atoi(argv[4]);
  openblas_set_num_threads(1);
  struct chain *chains = calloc((size_t)threads, sizeof *chains);
  for (int i = 0; i < threads; ++i) {
    chains[i].work = strcmp(argv[5], "copies") ? products : copies;
    allocate(&chains[i]);
  }
  while (scanf("%ld", &count) == 1) {
    const double begin = now();
    for (int i = 0; i < threads; ++i) pthread_create(&chains[i].thread, NULL, run, &chains[i]);
    for (int i = 0; i < threads; ++i) pthread_join(chains[i].thread, NULL);
    printf("%.9g\n", now() - begin);
    fflush(stdout);
  }
  return 0;
}

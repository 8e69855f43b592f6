// What the machine can do: the matrix products of a deep linear network and nothing else, in single-threaded chains
// that run at once, and copies of as many numbers as it has parameters.
//
//   machine LAYERS WIDTH BATCH THREADS SECONDS
//
// writes steps per second of all threads together, and bytes per second that all copies together read and write.
// Each is the best of five runs of SECONDS each: it is a limit.
#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { runs = 5 };

static int layers, width, batch, threads;
static double seconds;
static pthread_barrier_t barrier;

struct chain {
  float *weights, *gradient, *values, *errors;
  double steps, copies;
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
static void step(struct chain *c) {
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

static void copy(struct chain *c) {
  memcpy(c->gradient, c->weights, (size_t)layers * width * width * sizeof(float));
  atomic_signal_fence(memory_order_seq_cst);
}

// Until all have done it for so long; `count` and `taken` of this thread.
static void repeat(void (*work)(struct chain *), struct chain *c, double *count, double *taken) {
  work(c);
  pthread_barrier_wait(&barrier);
  double begin = now(), end = begin;
  for (*count = 0; end - begin < seconds; *count += 1) {
    work(c);
    end = now();
  }
  *taken = end - begin;
  pthread_barrier_wait(&barrier);
}

static void *run(void *argument) {
  struct chain *c = argument;
  const size_t square = (size_t)width * width, plane = (size_t)batch * width;
  c->weights = floats(layers * square, 1.0f / (float)width);
  c->gradient = floats(layers * square, 0);
  c->values = floats((layers + 1) * plane, 1);
  c->errors = floats((layers + 1) * plane, 1);
  for (int i = 0; i < runs; ++i) {
    double count, taken;
    repeat(step, c, &count, &taken);
    if (count / taken > c->steps) c->steps = count / taken;
    repeat(copy, c, &count, &taken);
    if (count / taken > c->copies) c->copies = count / taken;
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  layers = atoi(argv[1]), width = atoi(argv[2]), batch = atoi(argv[3]), threads = atoi(argv[4]);
  seconds = atof(argv[5]);
  openblas_set_num_threads(1);
  pthread_barrier_init(&barrier, NULL, (unsigned)threads);
  struct chain *chains = calloc((size_t)threads, sizeof *chains);
  pthread_t *handles = calloc((size_t)threads, sizeof *handles);
  for (int i = 0; i < threads; ++i) pthread_create(&handles[i], NULL, run, &chains[i]);
  double steps = 0, copies = 0;
  for (int i = 0; i < threads; ++i) {
    pthread_join(handles[i], NULL);
    steps += chains[i].steps;
    copies += chains[i].copies;
  }
  const double parameters = (double)layers * width * width;
  printf("{\"steps_per_second\": %.6g, \"copied_bytes_per_second\": %.6g, \"core\": \"%s\"}\n", steps,
         2 * 4 * parameters * copies, openblas_get_corename());
  return 0;
}

// OpenBLAS is our own static copy. How it starts is decided here, before its own constructor would.
#include "CSupport.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// OpenBLAS symbols that cblas.h does not declare.
extern int blas_num_threads;
extern int blas_cpu_number;
extern void gotoblas_init(void);
extern void gotoblas_dynamic_init(void);
extern void gotoblas_dynamic_quit(void);
extern char *openblas_get_corename(void);

// OpenBLAS keeps buffers for a fixed number of callers (Debian's: 128), and ends the process when they run out.
enum { caller_limit = 64 };
static sem_t free_places;

static void take_place(void) {
  while (sem_wait(&free_places) != 0) {
  }
}

// OpenBLAS has a lock, which a child would inherit locked if it were forked while another thread holds it. So a fork
// waits until no caller is inside, and callers wait until it is done.
static pthread_mutex_t fork_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool fork_is_coming;

void support_blas_enter(void) {
  if (atomic_load(&fork_is_coming)) {
    pthread_mutex_lock(&fork_lock);
    pthread_mutex_unlock(&fork_lock);
  }
  take_place();
}

void support_blas_leave(void) { sem_post(&free_places); }

const char *support_blas_core_name(void) { return openblas_get_corename(); }

// A processor that is newer than the OpenBLAS release gets its oldest kernels (SSE3), four times slower than the
// machine can do: 0.3.21 does so on Emerald Rapids. Choose by features instead; a user's OPENBLAS_CORETYPE stands.
static const char *better_core(void) {
  if (getenv("OPENBLAS_CORETYPE") != NULL || strcmp(openblas_get_corename(), "Prescott") != 0) return NULL;
  if (__builtin_cpu_supports("x86-64-v4")) return "SkylakeX";
  if (__builtin_cpu_supports("x86-64-v3")) return "Haswell";
  return NULL;
}

static void before_fork(void) {
  pthread_mutex_lock(&fork_lock);
  atomic_store(&fork_is_coming, true);
  for (int place = 0; place < caller_limit; ++place) take_place();
}

// In the parent and in the child, by the thread that forked.
static void after_fork(void) {
  for (int place = 0; place < caller_limit; ++place) support_blas_leave();
  atomic_store(&fork_is_coming, false);
  pthread_mutex_unlock(&fork_lock);
}

// Runs when the library is loaded, ahead of constructors without a priority. OpenBLAS is told to use one thread per
// caller (chains are our parallelism), and so starts none of its own.
__attribute__((constructor(101))) static void start_blas(void) {
  sem_init(&free_places, 0, caller_limit);
  pthread_atfork(before_fork, after_fork, after_fork);
  blas_num_threads = 1;
  blas_cpu_number = 1;
  gotoblas_init();
  const char *core = better_core();
  if (core == NULL) return;
  // The environment is the only way to name a core, and is read now.
  setenv("OPENBLAS_CORETYPE", core, 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv("OPENBLAS_CORETYPE");
}

// OpenBLAS is our own static copy. How it starts is decided here, before its own constructor would.
#define _GNU_SOURCE
#include "CSupport.h"

#include <stdlib.h>
#include <string.h>

// OpenBLAS symbols that cblas.h does not declare.
extern void gotoblas_init(void);
extern void gotoblas_dynamic_init(void);
extern void gotoblas_dynamic_quit(void);
extern char *openblas_get_corename(void);

const char *support_blas_core_name(void) { return openblas_get_corename(); }

// Sets an environment variable while OpenBLAS reads it.
static char *replace_environment(const char *name, const char *value) {
  const char *old = getenv(name);
  char *saved = old == NULL ? NULL : strdup(old);
  setenv(name, value, 1);
  return saved;
}

static void restore_environment(const char *name, char *saved) {
  if (saved == NULL) {
    unsetenv(name);
  } else {
    setenv(name, saved, 1);
    free(saved);
  }
}

// A processor that is newer than the OpenBLAS release gets its oldest kernels (SSE3), four times slower than the
// machine can do: 0.3.21 does so on Emerald Rapids. Choose by features instead; a user's OPENBLAS_CORETYPE stands.
static const char *better_core(void) {
  if (getenv("OPENBLAS_CORETYPE") != NULL || strcmp(openblas_get_corename(), "Prescott") != 0) return NULL;
  if (__builtin_cpu_supports("x86-64-v4")) return "SkylakeX";
  if (__builtin_cpu_supports("x86-64-v3")) return "Haswell";
  return NULL;
}

// Runs when the library is loaded, ahead of constructors without a priority. OpenBLAS is told to use one thread per
// caller (chains are our parallelism), and so starts none of its own.
__attribute__((constructor(101))) static void start_blas(void) {
  char *threads = replace_environment("OPENBLAS_NUM_THREADS", "1");
  gotoblas_init();
  const char *core = better_core();
  if (core != NULL) {
    char *saved = replace_environment("OPENBLAS_CORETYPE", core);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    restore_environment("OPENBLAS_CORETYPE", saved);
  }
  restore_environment("OPENBLAS_NUM_THREADS", threads);
}

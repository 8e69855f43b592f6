// OpenBLAS is our own static copy. How it starts is decided here, before its own constructor would.
#include "CSupport.h"

#include <stdlib.h>
#include <string.h>

// OpenBLAS symbols that cblas.h does not declare.
extern int blas_num_threads;
extern int blas_cpu_number;
extern void gotoblas_init(void);
extern void gotoblas_dynamic_init(void);
extern void gotoblas_dynamic_quit(void);
extern char *openblas_get_corename(void);

const char *support_blas_core_name(void) { return openblas_get_corename(); }

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

// OpenBLAS is our own static copy. Two things about it are set here.
#include "CSupport.h"

#include <stdlib.h>
#include <string.h>

// OpenBLAS symbols that cblas.h does not declare.
extern void gotoblas_dynamic_init(void);
extern void gotoblas_dynamic_quit(void);
extern char *openblas_get_corename(void);
extern void openblas_set_num_threads(int threads);

const char *support_blas_core_name(void) { return openblas_get_corename(); }

// A processor that is newer than the OpenBLAS release gets its oldest kernels (SSE3), four times slower
// than the machine can do: 0.3.21 does so on Emerald Rapids. Choose by features instead. Runs when the
// library is loaded, before any product; a user's own OPENBLAS_CORETYPE is respected.
__attribute__((constructor)) static void choose_blas_kernels(void) {
  gotoblas_dynamic_init();
  if (getenv("OPENBLAS_CORETYPE") != NULL || strcmp(openblas_get_corename(), "Prescott") != 0) return;
  const char *core = NULL;
  if (__builtin_cpu_supports("x86-64-v4")) {
    core = "SkylakeX";
  } else if (__builtin_cpu_supports("x86-64-v3")) {
    core = "Haswell";
  }
  if (core == NULL) return;
  setenv("OPENBLAS_CORETYPE", core, 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv("OPENBLAS_CORETYPE");
}

void support_blas_prepare(void) { openblas_set_num_threads(1); }

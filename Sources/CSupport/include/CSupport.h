// The only C of the library: what Swift cannot say.
#ifndef SWIFTLLC_CSUPPORT_H
#define SWIFTLLC_CSUPPORT_H

#include "Lanes.h"

// Square root without the errno branch that keeps `.squareRoot()` from vectorising.
static inline float support_sqrt_float(float x) { return __builtin_elementwise_sqrt(x); }
static inline double support_sqrt_double(double x) { return __builtin_elementwise_sqrt(x); }

// Asks for memory that will be written.
static inline __attribute__((always_inline)) void support_prefetch(const void *x) { __builtin_prefetch(x, 1, 3); }

// Asks for memory that will be read, but not at once.
static inline __attribute__((always_inline)) void support_prefetch_later(const void *x) { __builtin_prefetch(x, 0, 2); }

// libm, without importing Glibc into the kernels.
static inline double support_log1p(double x) { return __builtin_log1p(x); }
static inline double support_log(double x) { return __builtin_log(x); }
static inline double support_erf(double x) { return __builtin_erf(x); }
static inline double support_sin(double x) { return __builtin_sin(x); }
static inline double support_cos(double x) { return __builtin_cos(x); }
static inline double support_pow(double x, double y) { return __builtin_pow(x, y); }

// Tells the processor that this thread spins.
static inline void support_pause(void) { __builtin_ia32_pause(); }

// The level of x86-64 whose code this processor and its system run: 4 (AVX-512), 3 (AVX2, FMA, BMI) or 1.
int support_cpu_level(void);

// Processors that this process may use.
int support_processor_count(void);

// This thread's last error message; the pointer stays valid until the thread's next
// support_error_set. A message longer than the buffer is cut.
void support_error_set(const char *message);
const char *support_error_get(void);

// The name of the processor family whose kernels OpenBLAS runs.
const char *support_blas_core_name(void);

#endif

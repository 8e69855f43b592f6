// The widest vectors of the instruction set that a file is compiled for, and parts of them: loads and stores that touch
// only the first lanes. The header is read anew for every set, and all is inlined.
#ifndef SWIFTLLC_LANES_H
#define SWIFTLLC_LANES_H

#include <stdint.h>

#define SUPPORT_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#include <immintrin.h>

typedef float support_floats __attribute__((ext_vector_type(16)));
typedef double support_doubles __attribute__((ext_vector_type(8)));
typedef uint16_t support_float_lanes;
typedef uint8_t support_double_lanes;

// The first `count` lanes, at most all.
SUPPORT_INLINE support_float_lanes support_first_floats(long count) { return (uint16_t)((1u << count) - 1); }
SUPPORT_INLINE support_double_lanes support_first_doubles(long count) { return (uint8_t)((1u << count) - 1); }

// The other lanes are 0, and their memory is not read.
SUPPORT_INLINE support_floats support_load_floats(support_float_lanes lanes, const float *x) {
  return (support_floats)_mm512_maskz_loadu_ps(lanes, x);
}
SUPPORT_INLINE support_doubles support_load_doubles(support_double_lanes lanes, const double *x) {
  return (support_doubles)_mm512_maskz_loadu_pd(lanes, x);
}
// The memory of the other lanes is not written.
SUPPORT_INLINE void support_store_floats(support_float_lanes lanes, support_floats values, float *x) {
  _mm512_mask_storeu_ps(x, lanes, (__m512)values);
}
SUPPORT_INLINE void support_store_doubles(support_double_lanes lanes, support_doubles values, double *x) {
  _mm512_mask_storeu_pd(x, lanes, (__m512d)values);
}

#else

typedef long support_float_lanes;
typedef long support_double_lanes;

SUPPORT_INLINE support_float_lanes support_first_floats(long count) { return count; }
SUPPORT_INLINE support_double_lanes support_first_doubles(long count) { return count; }

#if defined(__AVX2__)
#include <immintrin.h>

typedef float support_floats __attribute__((ext_vector_type(8)));
typedef double support_doubles __attribute__((ext_vector_type(4)));
typedef int32_t support_float_mask __attribute__((ext_vector_type(8)));
typedef int64_t support_double_mask __attribute__((ext_vector_type(4)));

SUPPORT_INLINE support_floats support_load_floats(support_float_lanes lanes, const float *x) {
  support_float_mask mask = (support_float_mask){0, 1, 2, 3, 4, 5, 6, 7} < (int32_t)lanes;
  return (support_floats)_mm256_maskload_ps(x, (__m256i)mask);
}
SUPPORT_INLINE support_doubles support_load_doubles(support_double_lanes lanes, const double *x) {
  support_double_mask mask = (support_double_mask){0, 1, 2, 3} < (int64_t)lanes;
  return (support_doubles)_mm256_maskload_pd(x, (__m256i)mask);
}
// By halves: a masked store of this instruction set is dozens of operations on AMD's processors.
SUPPORT_INLINE void support_store_floats(support_float_lanes lanes, support_floats values, float *x) {
  if (lanes & 8) {
    _mm256_storeu_ps(x, (__m256)values);
    return;
  }
  __m128 rest = _mm256_castps256_ps128((__m256)values);
  if (lanes & 4) {
    _mm_storeu_ps(x, rest);
    rest = _mm256_extractf128_ps((__m256)values, 1);
    x += 4;
  }
  if (lanes & 2) {
    _mm_storel_pi((__m64 *)x, rest);
    rest = _mm_movehl_ps(rest, rest);
    x += 2;
  }
  if (lanes & 1) _mm_store_ss(x, rest);
}
// As twice as many floats.
SUPPORT_INLINE void support_store_doubles(support_double_lanes lanes, support_doubles values, double *x) {
  support_store_floats(2 * lanes, (support_floats)values, (float *)x);
}

#else

typedef float support_floats __attribute__((ext_vector_type(4)));
typedef double support_doubles __attribute__((ext_vector_type(2)));

SUPPORT_INLINE support_floats support_load_floats(support_float_lanes lanes, const float *x) {
  if (lanes == 4) return (support_floats){x[0], x[1], x[2], x[3]};
  return (support_floats){lanes > 0 ? x[0] : 0, lanes > 1 ? x[1] : 0, lanes > 2 ? x[2] : 0, 0};
}
SUPPORT_INLINE support_doubles support_load_doubles(support_double_lanes lanes, const double *x) {
  if (lanes == 2) return (support_doubles){x[0], x[1]};
  return (support_doubles){lanes > 0 ? x[0] : 0, 0};
}
SUPPORT_INLINE void support_store_floats(support_float_lanes lanes, support_floats values, float *x) {
  for (long i = 0; i < 4; ++i) if (i < lanes) x[i] = values[i];
}
SUPPORT_INLINE void support_store_doubles(support_double_lanes lanes, support_doubles values, double *x) {
  for (long i = 0; i < 2; ++i) if (i < lanes) x[i] = values[i];
}

#endif
#endif
#endif

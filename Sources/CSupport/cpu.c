#define _GNU_SOURCE
#include "CSupport.h"

#include <sched.h>

int support_cpu_level(void) {
  return __builtin_cpu_supports("x86-64-v4") ? 4 : __builtin_cpu_supports("x86-64-v3") ? 3 : 1;
}

int support_processor_count(void) {
  // The kernel refuses a set smaller than its own: ask again with a larger one.
  for (int limit = 1024; limit <= 1 << 20; limit *= 4) {
    cpu_set_t *set = CPU_ALLOC(limit);
    if (set == NULL) break;
    size_t size = CPU_ALLOC_SIZE(limit);
    int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
  return 1;
}

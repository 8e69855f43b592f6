#define _GNU_SOURCE
#include "CSupport.h"

#include <sched.h>

int support_cpu_has_v3(void) { return __builtin_cpu_supports("x86-64-v3") != 0; }

int support_processor_count(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

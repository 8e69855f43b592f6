// Replaces the allocator's entry points in the test program by counting ones.
#include "TestSupport.h"

#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Thread_local int64_t allocation_count;

int64_t test_allocation_count(void) { return allocation_count; }

void *malloc(size_t size) {
  ++allocation_count;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++allocation_count;
  return __libc_calloc(count, size);
}
void *realloc(void *pointer, size_t size) {
  ++allocation_count;
  return __libc_realloc(pointer, size);
}
void *memalign(size_t alignment, size_t size) {
  ++allocation_count;
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  ++allocation_count;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **pointer, size_t alignment, size_t size) {
  ++allocation_count;
  *pointer = __libc_memalign(alignment, size);
  return *pointer == NULL && size != 0 ? ENOMEM : 0;
}

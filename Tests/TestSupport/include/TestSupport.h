// What the tests need from C.
#ifndef SWIFTLLC_TEST_SUPPORT_H
#define SWIFTLLC_TEST_SUPPORT_H

#include <stdint.h>

// How often this thread has called malloc or one of its kin since the program began.
int64_t test_allocation_count(void);

#endif

#include "base/hash.h"

#include "base/digest.h"

struct hash_key hash_key;

/* Without a call in main, nothing can hash before, and no test or fuzzer can forget it. */
static __attribute__((constructor)) void make_key(void) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  /* A key like any other: the first digits of pi's fraction. */
  hash_key = (struct hash_key){UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707345),
                               UINT64_C(0xa4093822299f31d0)};
#else
  random_bytes(&hash_key, sizeof hash_key);
#endif
  hash_key.factor |= UINT64_C(1) << 63 | 1;
}

#include "base/backoff.h"

int64_t backoff_delay(int64_t first_us, int64_t most_us, int64_t failures, uint32_t random) {
  int64_t delay = first_us > 0 ? first_us : 1;
  for (int64_t i = 1; i < failures && delay < most_us; i++)
    delay = delay > most_us / 2 ? most_us : delay * 2;
  if (delay > most_us)
    delay = most_us;
  delay -= (int64_t)((double)delay / 2 * ((double)random / UINT32_MAX));
  return delay > 0 ? delay : 1;
}

#include "base/memory.h"
#include "base/pool.h"
#include "sim/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PIECES = 200 };

struct piece {
  uint8_t *bytes, mark;
  size_t size;
};

static void assert_whole(const struct piece *piece, size_t size) {
  for (size_t i = 0; i < size; i++)
    assert_int_equal(piece->bytes[i], piece->mark);
}

/* Each piece is filled with its own mark, so that two pieces that share memory are noticed. */
static void use_at_random(size_t region) {
  struct pool *pool = pool_new(region);
  struct piece pieces[PIECES] = {{NULL, 0, 0}};
  struct random random = {region};
  for (unsigned i = 0; i < 100000; i++) {
    struct piece *piece = &pieces[random_below(&random, PIECES)];
    size_t size = random_below(&random, random_chance(&random, 0.9) ? 300 : 5000);
    assert_whole(piece, piece->size);
    piece->bytes = pool_resize(pool, piece->bytes, piece->size, size);
    assert_int_equal(piece->bytes == NULL, size == 0);
    assert_int_equal((uintptr_t)piece->bytes % 16, 0);
    assert_whole(piece, piece->size < size ? piece->size : size);
    piece->size = size;
    piece->mark = (uint8_t)i;
    if (size)
      memset(piece->bytes, piece->mark, size);
  }
  for (size_t i = 0; i < PIECES; i++)
    pool_resize(pool, pieces[i].bytes, pieces[i].size, 0);
  pool_free(pool);
}

static void pieces_keep_their_bytes_whatever_comes_and_goes(void **state) {
  (void)state;
  use_at_random((size_t)1 << 20);
}

static void a_full_region_is_followed_by_malloc(void **state) {
  (void)state;
  use_at_random(4096);
  use_at_random(100);
  use_at_random(0);
}

static void a_released_piece_is_used_again(void **state) {
  (void)state;
  struct pool *pool = pool_new(4096);
  void *first = pool_resize(pool, NULL, 0, 40), *second = pool_resize(pool, NULL, 0, 40);
  pool_resize(pool, first, 40, 0);
  assert_ptr_equal(pool_resize(pool, NULL, 0, 48), first);
  pool_resize(pool, second, 40, 0);
  pool_free(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_keep_their_bytes_whatever_comes_and_goes),
      cmocka_unit_test(a_full_region_is_followed_by_malloc),
      cmocka_unit_test(a_released_piece_is_used_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

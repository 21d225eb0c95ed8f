#include "detect/stateful/question_slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PIECES 4000

/* Pieces of many sizes, each full of its own byte. */
static void pieces_do_not_touch_each_other(void **state) {
  (void)state;
  static unsigned char *pieces[PIECES];
  static size_t sizes[PIECES];
  struct question_slab slab = {.chunks = NULL};
  for (size_t round = 0; round < 3; round++)
    for (size_t i = 0; i < PIECES; i++) {
      size_t size = 1 + (i * 37 + round * 101) % (QUESTION_PIECE_MAX + 60);
      pieces[i] = question_slab_resize(&slab, pieces[i], sizes[i], size);
      for (size_t k = 0; k < size && k < sizes[i]; k++)
        assert_int_equal(pieces[i][k], i & 0xff);
      memset(pieces[i], (int)(i & 0xff), sizes[i] = size);
      assert_int_equal((uintptr_t)pieces[i] % 16, 0);
    }
  size_t large = 0;
  for (size_t i = 0; i < PIECES; i++) {
    assert_int_equal(pieces[i][sizes[i] - 1], i & 0xff);
    large += sizes[i] > QUESTION_PIECE_MAX;
  }
  assert_int_equal(slab.large, large);
  for (size_t i = 0; i < PIECES; i++)
    question_slab_release(&slab, pieces[i], sizes[i]);
  assert_int_equal(slab.large, 0);
  question_slab_clear(&slab);
}

static void a_released_piece_is_the_next_of_its_size(void **state) {
  (void)state;
  struct question_slab slab = {.chunks = NULL};
  void *first = question_slab_take(&slab, 100), *other = question_slab_take(&slab, 20);
  question_slab_release(&slab, NULL, 100);
  question_slab_release(&slab, first, 100);
  assert_ptr_not_equal(question_slab_take(&slab, 20), first);
  assert_ptr_equal(question_slab_take(&slab, 97), first);
  assert_ptr_not_equal(question_slab_take(&slab, 97), first);
  question_slab_release(&slab, other, 20);
  question_slab_clear(&slab);
  assert_null(slab.chunks);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_do_not_touch_each_other),
      cmocka_unit_test(a_released_piece_is_the_next_of_its_size),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What somebody came in with holds until it is revoked, expires, or has another role. */
#include "store/store_fixture.h"

#include "api/pass/pass.h"
#include "store/store_access.h"

#define NOW NOON
#define HASH TEXT("0123456789abcdef")

static bool holds(struct store *store, const struct pass *pass, time_us now) {
  struct error error = ERROR_NONE;
  bool holds;
  assert_true(pass_check(store, pass, now, &holds, &error));
  return holds;
}

static void add_token(struct store *store, const char *role, time_us expires_at) {
  struct error error = ERROR_NONE;
  bool done;
  const struct store_access_token token = {.name = TEXT("one"),
                                           .hash = HASH,
                                           .role = text_from(role),
                                           .created_at = NOW,
                                           .expires_at = expires_at,
                                           .used_at = TIME_NONE};
  assert_true(store_access_token_add(store, &token, &done, &error) && done);
}

static void revoke_one(struct store *store) {
  struct error error = ERROR_NONE;
  bool done;
  assert_true(store_access_token_revoke(store, TEXT("one"), &done, &error) && done);
}

static void a_token_holds_until_it_is_revoked_or_changed(void **state) {
  struct store_fixture *f = *state;
  const struct pass pass = pass_of(HASH, TEXT(""), "admin");
  add_token(f->store, "admin", TIME_NONE);
  assert_true(holds(f->store, &pass, NOW));
  revoke_one(f->store);
  assert_false(holds(f->store, &pass, NOW));
  add_token(f->store, "viewer", TIME_NONE);
  assert_false(holds(f->store, &pass, NOW));
}

static void a_token_holds_until_it_expires(void **state) {
  struct store_fixture *f = *state;
  const struct pass pass = pass_of(HASH, TEXT(""), "viewer");
  add_token(f->store, "viewer", NOW + 1);
  assert_true(holds(f->store, &pass, NOW));
  assert_false(holds(f->store, &pass, NOW + 1));
}

static void a_session_holds_as_long_as_it_and_its_token(void **state) {
  struct store_fixture *f = *state;
  struct error error = ERROR_NONE;
  const struct pass pass = pass_of(TEXT(""), TEXT("session"), "viewer");
  const struct store_access_session session = {.hash = TEXT("session"),
                                               .name = TEXT("one"),
                                               .role = TEXT("viewer"),
                                               .via = TEXT("session"),
                                               .token = TEXT("one"),
                                               .created_at = NOW,
                                               .expires_at = NOW + 10};
  add_token(f->store, "viewer", TIME_NONE);
  assert_true(store_access_session_add(f->store, &session, 10, &error));
  assert_true(holds(f->store, &pass, NOW + 9));
  assert_false(holds(f->store, &pass, NOW + 10));
  revoke_one(f->store);
  assert_false(holds(f->store, &pass, NOW));
}

static void who_brought_nothing_needs_nothing(void **state) {
  struct store_fixture *f = *state;
  const struct pass pass = pass_of(TEXT(""), TEXT(""), "admin");
  assert_true(holds(f->store, &pass, NOW));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_end)
  const struct CMUnitTest tests[] = {
      TEST(a_token_holds_until_it_is_revoked_or_changed),
      TEST(a_token_holds_until_it_expires),
      TEST(a_session_holds_as_long_as_it_and_its_token),
      TEST(who_brought_nothing_needs_nothing),
  };
  return cmocka_run_group_tests_name("pass", tests, NULL, NULL);
}

/*
 * A table of attacks by whoever answers for Zoom: each row is one such server, and what margay must
 * make of it. Whatever it is, the poll ends in bounded time and memory, one error says the cause,
 * no checkpoint passes what was not read, and no secret is in the log or goes elsewhere.
 *
 * A table is printed (base/hostile_table.h).
 */
#ifndef RAW_ATTACK_H
#define RAW_ATTACK_H

#include "source/zoom/raw_answers.h"

#include "base/web/http_client.h"
#include "source/zoom/zoom_report.h"

/* With the sanitizers' own overhead. The largest answer that is read has 16 MiB. */
#define KIBIBYTES_MAX (700L * 1024)
#define SECONDS_MAX 60 /* far more than any takes: a machine may be busy */

/* The memory that a sanitizer keeps from being used again is not margay's; one of the test's files
 * has this. */
#define RAW_SANITIZER_OPTIONS "quarantine_size_mb=1"

struct attack {
  const char *name;
  struct raw_answer token, page;
  const char *error;   /* words of the error; NULL: the poll works */
  unsigned tokens_max; /* requests for a token, 0: 1; and for a page */
  unsigned pages_max;
  size_t rows; /* that must come through */
};

static inline size_t count_of(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
    count++;
  return count;
}

/* The first thing that is wrong with the log; NULL: nothing is. */
static const char *wrong_log(const struct raw_poll *poll) {
  const char *log = poll->world.log_text ? poll->world.log_text : "";
  static const char *const secrets[] = {RAW_SECRET, RAW_TOKEN, "bWFyZ2F5OnNlc2FtZS1zZXNhbWU"};
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    if (strstr(log, secrets[i]) || strstr(poll->error.text, secrets[i]))
      return "a secret is in the log";
  if (count_of(log, "level=error") != !poll->ok)
    return "not one error for a poll that failed";
  /* Without a token, all reports are meant. */
  if (!poll->ok && !strstr(log, "source=one report=operation") &&
      !strstr(log, "msg=\"no report can be read; trying again at every poll\" source=one "))
    return "the log does not say where";
  for (const char *at = log; *at; at++)
    if (*at != '\n' && (uint8_t)*at < 0x20)
      return "a control character is in the log";
  return NULL;
}

static inline bool checkpoint_passed(struct raw_poll *poll) {
  struct buffer text = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  assert_true(store_checkpoint_get(poll->world.store, TEXT("one"), &text, &found, &error));
  bool passed = found && text_contains(buffer_text(&text), TEXT("\"operation\""));
  buffer_free(&text);
  return passed;
}

static const char *wrong_poll(const struct attack *attack, struct raw_poll *poll,
                              const struct raw_zoom *zoom) {
  if (poll->ok != (attack->error == NULL))
    return "another verdict was expected";
  if (!poll->ok && !strstr(poll->error.text, attack->error))
    return "other words were expected";
  if (zoom->token_requests > (attack->tokens_max ? attack->tokens_max : 1) ||
      zoom->page_requests > attack->pages_max)
    return "more requests than expected";
  if (zoom->strays > 0 || zoom->leaks > 0)
    return "a request went elsewhere, or had a header that was injected";
  if (poll->world.added != attack->rows)
    return "another number of rows was expected";
  if (checkpoint_passed(poll) != poll->ok)
    return "the checkpoint does not fit what was read";
  if (poll->cost.grew > KIBIBYTES_MAX)
    return "memory is not bounded";
  if (poll->cost.took_us > SECONDS_MAX * US_PER_SECOND)
    return "time is not bounded";
  return wrong_log(poll);
}

static inline bool stands(const struct attack *attack) {
  struct raw_zoom zoom = {.token = attack->token, .page = attack->page};
  struct raw_poll poll;
  raw_start(&zoom);
  raw_poll_begin(&poll, &zoom, NULL);
  struct zoom_options *options = poll.world.source.options;
  if (attack->error && strstr(attack->error, "timed out"))
    options->request_timeout = 100 * US_PER_MS;
  raw_poll_run(&poll);
  raw_stop(&zoom);
  const char *wrong = wrong_poll(attack, &poll, &zoom);
  hostile_row(attack->name, &poll.cost, poll.ok ? "read" : poll.error.text);
  if (wrong)
    print_message("# WRONG: %s\n%s", wrong, poll.world.log_text ? poll.world.log_text : "");
  world_end(&poll.world);
  return !wrong;
}

static inline void stand_all(const char *what, const struct attack *attacks, size_t count) {
  size_t stood = 0;
  hostile_head(what);
  for (size_t i = 0; i < count; i++)
    stood += stands(&attacks[i]);
  assert_int_equal(stood, count);
}

/* The main of a test program: its tests over sockets. */
static inline int run_attacks(const struct CMUnitTest *tests, size_t count) {
  struct error error = ERROR_NONE;
  if (!http_global_start(&error))
    return 1;
  raw_answers_start();
  int failed = _cmocka_run_group_tests("attacks", tests, count, NULL, NULL);
  http_global_stop();
  return failed;
}

#endif

#include "source/zoom/zoom_renewal.h"

#include "base/web/form.h"
#include "source/zoom/zoom_grant.h"

#include <stdio.h>

#define REFUSED_AGAIN US_PER_HOUR
#define HEALTH_PART "login"
#define LOOK_PAUSE (2 * US_PER_SECOND) /* for a login that another process makes */

/* Whether somebody has to log in before Zoom can be asked for anything. */
static bool zoom_login_needed(const struct zoom_token_record *record, time_us now) {
  return record->refresh.size == 0 || (record->refused != TIME_NONE && now >= record->refused &&
                                       now - record->refused < REFUSED_AGAIN);
}

/* ---- renewing ---------------------------------------------------------------------------- */

static enum zoom_answer not_logged_in(const struct zoom_token_record *record,
                                      const struct source_run *run, struct error *error) {
  error_set(error, "%s: run `margay login %.*s`",
            record->refresh.size > 0 ? "Zoom does not take the login any more"
                                     : "nobody has let the app in yet",
            TEXT_ARGS(run->source->id));
  return ZOOM_ANSWER_REFUSED;
}

/* The token is a copy: the answer replaces those of the record. */
static struct zoom_oauth_answer ask(struct zoom_token_record *record, const struct source_run *run,
                                    struct text token, struct http_response *response,
                                    struct error *error) {
  struct buffer form = BUFFER_NONE, way_out = BUFFER_NONE;
  CURL *handle = NULL; /* a new one, so that libcurl never sends the request a second time */
  buffer_append_string(&form, "grant_type=refresh_token");
  form_append(&form, "refresh_token", token);
  buffer_printf(&way_out, "the login does not work any more, run `margay login %.*s`",
                TEXT_ARGS(run->source->id));
  struct zoom_oauth_answer answer =
      zoom_oauth_ask(run, buffer_text(&form), way_out.data, &handle, response, record, error);
  curl_easy_cleanup(handle);
  buffer_free(&form);
  buffer_free(&way_out);
  return answer;
}

/* With the refresh token; if Zoom refuses that one, with the one before it. *used becomes the one
 * that worked. */
static struct zoom_oauth_answer ask_with_both(struct zoom_token_record *record,
                                              const struct source_run *run, struct buffer *used,
                                              struct http_response *response, struct error *error) {
  struct error refusal = ERROR_NONE;
  buffer_append_text(used, buffer_text(&record->refresh));
  struct zoom_oauth_answer answer = ask(record, run, buffer_text(used), response, &refusal);
  if (answer.invalid_grant && record->previous.size > 0) {
    struct error second = ERROR_NONE;
    buffer_reset(used);
    buffer_append_text(used, buffer_text(&record->previous));
    answer = ask(record, run, buffer_text(used), response, &second);
    if (!answer.invalid_grant)
      refusal = second; /* a fault, if any, which says nothing about the token */
  }
  if (answer.meaning != ZOOM_ANSWER_GOOD && refusal.set)
    error_set(error, "%s", refusal.text);
  return answer;
}

/* What the store says when no new tokens came. That this fails does no harm: it is found out
 * again. */
static void note(struct zoom_token_record *record, const struct source_run *run, struct text key,
                 const struct zoom_oauth_answer *answer) {
  struct error ignored = ERROR_NONE;
  if (!answer->declined)
    return; /* there may be new tokens: the renewal is still under way */
  record->renewing = false;
  record->refused = answer->invalid_grant ? clock_now(&run->clock) : TIME_NONE;
  zoom_token_record_save(record, run, key, &ignored);
}

static void take_previous(struct zoom_token_record *record, const struct buffer *used) {
  buffer_reset(&record->previous);
  if (!text_equal(buffer_text(used), buffer_text(&record->refresh)))
    buffer_append_text(&record->previous, buffer_text(used));
  record->renewing = false;
  record->refused = TIME_NONE;
}

enum zoom_answer zoom_renew(struct zoom_token_record *record, const struct source_run *run,
                            struct text key, struct http_response *response, struct error *error) {
  if (zoom_login_needed(record, clock_now(&run->clock)))
    return not_logged_in(record, run, error);
  if (record->renewing)
    LOG_WARN(run->log, "the answer to the last renewal of the login is missing; asking again",
             LOG_TEXT("source", run->source->id));
  record->renewing = true;
  if (!zoom_token_record_save(record, run, key, error)) {
    error_prefix(error, "the login is not renewed, because that could not be kept");
    return ZOOM_ANSWER_BROKEN;
  }
  struct buffer used = BUFFER_NONE;
  struct zoom_oauth_answer answer = ask_with_both(record, run, &used, response, error);
  if (answer.meaning == ZOOM_ANSWER_GOOD) {
    take_previous(record, &used);
    if (!zoom_token_record_insist(record, run, key, error))
      answer.meaning = ZOOM_ANSWER_BROKEN;
  } else {
    note(record, run, key, &answer);
  }
  buffer_free(&used);
  return answer.meaning;
}

/* ---- waiting for a login ----------------------------------------------------------------- */

static bool is_general(const struct source_run *run) {
  const struct zoom_options *options = run->source->options;
  return options->grant == ZOOM_GRANT_AUTHORIZATION_CODE;
}

void zoom_login_start(const struct source_run *run) {
  if (is_general(run) && !run->memory.tokens_sealed)
    LOG_WARN(run->log, "the login is kept in the state file as it is; state.key seals it",
             LOG_TEXT("source", run->source->id));
}

/* Reads what is kept. What can be said of a store that cannot be read is said by who asks Zoom. */
static bool is_missing(struct zoom_token_record *record, const struct source_run *run) {
  struct buffer key = BUFFER_NONE;
  struct error ignored = ERROR_NONE;
  bool found;
  zoom_grant_append_key(&key, run->source->options);
  bool missing = zoom_token_record_load(record, run, buffer_text(&key), &found, &ignored) &&
                 zoom_login_needed(record, clock_now(&run->clock));
  buffer_free(&key);
  return missing;
}

bool zoom_login_missing(const struct source_run *run) {
  struct zoom_token_record record = ZOOM_TOKEN_RECORD_NONE;
  bool missing = is_general(run) && is_missing(&record, run);
  zoom_token_record_free(&record);
  return missing;
}

bool zoom_login_wait(const struct source_run *run) {
  struct zoom_token_record record = ZOOM_TOKEN_RECORD_NONE;
  struct error reason = ERROR_NONE;
  bool stopped = false;
  while (!stopped && is_general(run) && is_missing(&record, run)) {
    if (!reason.set) {
      not_logged_in(&record, run, &reason);
      LOG_WARN(run->log, "waiting for a login", LOG_TEXT("source", run->source->id),
               LOG_ERROR_LINE(&reason));
      source_fails(run, HEALTH_PART, SOURCE_FAULT_CREDENTIALS, &reason);
    }
    stopped = !source_wait(run, LOOK_PAUSE);
  }
  if (reason.set && !stopped) {
    LOG_INFO(run->log, "a login is there, going on", LOG_TEXT("source", run->source->id));
    source_works(run, HEALTH_PART);
  }
  zoom_token_record_free(&record);
  return !stopped;
}

/*
 * The state, a line each: the idempotency key of the occasion; "got" when somebody has the mail;
 * "left ADDRESS"; "refused ADDRESS (550)".
 */
#include "alert/destination/email_recipients.h"

static const struct text left_word = TEXT_INIT("left "), refused_word = TEXT_INIT("refused "),
                         got_word = TEXT_INIT("got");

/* Takes the next line of *rest, without its end. False: there is none. */
static bool next_line(struct text *rest, struct text *line) {
  if (rest->size == 0)
    return false;
  const char *end = memchr(rest->data, '\n', rest->size);
  line->data = rest->data;
  line->size = end ? (size_t)(end - rest->data) : rest->size;
  size_t taken = line->size + (end ? 1 : 0);
  *rest = (struct text){rest->data + taken, rest->size - taken};
  return true;
}

/* The lines of the state, or none if it is another occasion's. */
static struct text kept_lines(const struct delivery_try *attempt) {
  struct text rest = attempt->state, key;
  return next_line(&rest, &key) && text_equal(key, attempt->idempotency_key) ? rest : TEXT("");
}

static bool take_word(struct text line, struct text word, struct text *rest) {
  if (line.size < word.size || memcmp(line.data, word.data, word.size) != 0)
    return false;
  *rest = (struct text){line.data + word.size, line.size - word.size};
  return true;
}

bool email_recipients(const struct delivery_try *attempt, const struct setting_list *all,
                      struct curl_slist **to, struct error *error) {
  struct curl_slist *longer;
  struct text rest = kept_lines(attempt), line, address;
  bool some = rest.size > 0;
  for (size_t i = 0; i < all->count; i++) {
    bool wanted = !some;
    for (rest = kept_lines(attempt); next_line(&rest, &line);)
      wanted =
          wanted || (take_word(line, left_word, &address) && text_equal(address, all->items[i]));
    if (!wanted)
      continue;
    if (!(longer = curl_slist_append(*to, all->items[i].data)))
      return error_set(error, "out of memory");
    *to = longer;
  }
  /* The configuration may have changed since: all those who were left are gone. */
  return *to || !some || error_set(error, "nobody of those who are left is a recipient any more");
}

/* What is known of all recipients, in the state's form; and in words, of those that are refused. */
struct outcome {
  struct buffer state, words;
  size_t left, refused;
  bool got; /* somebody has the mail */
};

static void add_refused(struct outcome *outcome, struct text who) {
  buffer_append_text(&outcome->state, refused_word);
  buffer_append_text(&outcome->state, who);
  buffer_append_char(&outcome->state, '\n');
  buffer_append_string(&outcome->words, outcome->refused > 0 ? ", " : "");
  buffer_append_text(&outcome->words, who);
  outcome->refused++;
}

static void take_kept(struct outcome *outcome, const struct delivery_try *attempt) {
  struct text rest = kept_lines(attempt), line, who;
  buffer_append_text(&outcome->state, attempt->idempotency_key);
  buffer_append_char(&outcome->state, '\n');
  while (next_line(&rest, &line)) {
    outcome->got = outcome->got || text_equal(line, got_word);
    if (take_word(line, refused_word, &who))
      add_refused(outcome, who);
  }
}

static void take_codes(struct outcome *outcome, const struct curl_slist *to, const int *codes,
                       bool taken) {
  struct buffer who = BUFFER_NONE;
  for (; to; to = to->next, codes++) {
    if (*codes >= 500) {
      buffer_reset(&who);
      buffer_printf(&who, "%s (%d)", to->data, *codes);
      add_refused(outcome, buffer_text(&who));
    } else if (*codes >= 400 || !taken) {
      buffer_printf(&outcome->state, "%s%s\n", left_word.data, to->data);
      outcome->left++;
    }
    outcome->got = outcome->got || (taken && *codes < 400);
  }
  if (outcome->got)
    buffer_printf(&outcome->state, "%s\n", got_word.data);
  buffer_free(&who);
}

static bool all_were_answered(const struct curl_slist *to, const int *codes) {
  for (; to; to = to->next, codes++)
    if (*codes < 400)
      return false;
  return true;
}

static void say_refused(struct error *reason, const struct buffer *words) {
  struct error before = *reason;
  *reason = ERROR_NONE;
  error_set(reason, "%s%sthe mail server refuses %s", before.text, before.set ? "; " : "",
            words->data);
}

void email_recipients_judge(const struct delivery_try *attempt, const struct curl_slist *to,
                            const int *codes, struct delivery_judgement *judgement) {
  struct outcome outcome = {.state = BUFFER_NONE, .words = BUFFER_NONE};
  bool taken = judgement->verdict == DELIVERY_DONE;
  if (!taken && !all_were_answered(to, codes))
    return; /* it did not fail for its recipients */
  take_kept(&outcome, attempt);
  take_codes(&outcome, to, codes, taken);
  if (outcome.left > 0) {
    if (taken)
      error_set(&judgement->reason, "the mail server puts off %zu of the recipients", outcome.left);
    judgement->verdict = DELIVERY_RETRY;
    if (outcome.state.size <= DELIVERY_STATE_MAX && (outcome.got || outcome.refused > 0))
      delivery_judgement_keep(judgement, buffer_text(&outcome.state));
  } else if (outcome.got) {
    judgement->verdict = DELIVERY_DONE;
    judgement->reason = ERROR_NONE;
    judgement->left_out = outcome.refused;
    if (attempt->state.size > 0)
      delivery_judgement_keep(judgement, TEXT(""));
  }
  if (outcome.refused > 0 && outcome.got)
    say_refused(&judgement->reason, &outcome.words);
  buffer_free(&outcome.state);
  buffer_free(&outcome.words);
}

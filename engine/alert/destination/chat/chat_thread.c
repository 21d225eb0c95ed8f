#include "alert/destination/chat/chat_thread.h"

static bool is_id(struct text text) {
  enum { ID_MAX = 256 };
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
      return false;
  return text.size > 0 && text.size <= ID_MAX;
}

/* Takes the text up to a space from the front. */
static struct text take_word(struct text *text) {
  if (text->size == 0)
    return TEXT("");
  const char *space = memchr(text->data, ' ', text->size);
  struct text word = {text->data, space ? (size_t)(space - text->data) : text->size};
  text->data += word.size + (space != NULL);
  text->size -= word.size + (space != NULL);
  return word;
}

struct chat_thread chat_thread_of(const struct delivery_try *attempt) {
  struct text state = attempt->state;
  struct text place = take_word(&state), message = take_word(&state), edited = take_word(&state);
  if (!is_id(place) || !is_id(message) || state.size > 0)
    return (struct chat_thread){CHAT_POST, TEXT(""), TEXT("")};
  bool answers = edited.size > 0 && text_equal(edited, attempt->idempotency_key);
  return (struct chat_thread){answers ? CHAT_ANSWER : CHAT_EDIT, place, message};
}

static void keep(struct text place, struct text message, struct text edited,
                 struct delivery_judgement *judgement) {
  struct buffer state = BUFFER_NONE;
  buffer_printf(&state, "%.*s %.*s", TEXT_ARGS(place), TEXT_ARGS(message));
  if (edited.size > 0)
    buffer_printf(&state, " %.*s", TEXT_ARGS(edited));
  delivery_judgement_keep(judgement, buffer_text(&state));
  buffer_free(&state);
}

void chat_thread_posted(struct text place, struct text message,
                        struct delivery_judgement *judgement) {
  judgement->verdict = DELIVERY_DONE;
  if (is_id(place) && is_id(message))
    keep(place, message, TEXT(""), judgement);
  else
    delivery_judgement_keep(judgement, TEXT(""));
}

void chat_thread_edited(const struct delivery_try *attempt, bool answers,
                        struct delivery_judgement *judgement) {
  struct chat_thread thread = chat_thread_of(attempt);
  judgement->verdict = answers ? DELIVERY_MORE : DELIVERY_DONE;
  keep(thread.place, thread.message, answers ? attempt->idempotency_key : TEXT(""), judgement);
}

void chat_thread_answered(const struct delivery_try *attempt,
                          struct delivery_judgement *judgement) {
  struct chat_thread thread = chat_thread_of(attempt);
  judgement->verdict = DELIVERY_DONE;
  keep(thread.place, thread.message, TEXT(""), judgement);
}

void chat_thread_went_on(const struct delivery_try *attempt, struct delivery_judgement *judgement) {
  if (chat_thread_of(attempt).step == CHAT_EDIT)
    chat_thread_edited(attempt, chat_thread_has_news(attempt), judgement);
  else
    chat_thread_answered(attempt, judgement);
}

void chat_thread_lost(struct delivery_judgement *judgement) {
  judgement->verdict = DELIVERY_MORE;
  delivery_judgement_keep(judgement, TEXT(""));
}

/* Who still gets a mail after each answer of the server, attempt by attempt. */
#include "alert/destination/email_recipients.h"

#include "alert/alert_fixture.h"

#define KEY "0123456789abcdef0123456789abcdef"

static const struct text everybody[] = {TEXT_INIT("a@x"), TEXT_INIT("b@x"), TEXT_INIT("c@x")};
static const struct setting_list all = {everybody, 3};

/* One attempt after the other: the codes for those who are asked, in their order. */
static const struct {
  const char *name;
  struct {
    const char *asked; /* "a@x b@x" */
    enum delivery_verdict outcome;
    int codes[3];
    enum delivery_verdict verdict;
    const char *reason;
    size_t left_out;
  } attempts[3]; /* the last one is DONE or PARK */
} rows[] = {
    {"all are taken", {{"a@x b@x c@x ", DELIVERY_DONE, {250, 250, 250}, DELIVERY_DONE, "", 0}}},
    {"one is refused",
     {{"a@x b@x c@x ",
       DELIVERY_DONE,
       {250, 550, 251},
       DELIVERY_DONE,
       "the mail server refuses b@x (550)",
       1}}},
    {"one is put off twice, one refused at first",
     {{"a@x b@x c@x ",
       DELIVERY_DONE,
       {250, 550, 450},
       DELIVERY_RETRY,
       "the mail server puts off 1 of the recipients; the mail server refuses b@x (550)",
       0},
      {"c@x ", DELIVERY_RETRY, {451}, DELIVERY_RETRY, "the mail server refuses b@x (550)", 0},
      {"c@x ", DELIVERY_DONE, {250}, DELIVERY_DONE, "the mail server refuses b@x (550)", 1}}},
    {"one is put off, then refused",
     {{"a@x b@x c@x ",
       DELIVERY_DONE,
       {250, 250, 450},
       DELIVERY_RETRY,
       "the mail server puts off 1 of the recipients",
       0},
      {"c@x ", DELIVERY_PARK, {550}, DELIVERY_DONE, "the mail server refuses c@x (550)", 1}}},
    {"all are refused", {{"a@x b@x c@x ", DELIVERY_PARK, {550, 550, 553}, DELIVERY_PARK, "", 0}}},
    {"none is taken, and the last one is refused",
     {{"a@x b@x c@x ", DELIVERY_PARK, {450, 450, 550}, DELIVERY_RETRY, "", 0},
      {"a@x b@x ",
       DELIVERY_DONE,
       {250, 250},
       DELIVERY_DONE,
       "the mail server refuses c@x (550)",
       1}}},
    {"the mail itself is put off, and refused",
     {{"a@x b@x c@x ", DELIVERY_RETRY, {250, 550, 250}, DELIVERY_RETRY, "", 0},
      {"a@x b@x c@x ", DELIVERY_PARK, {250, 450, 250}, DELIVERY_PARK, "", 0}}},
};

static void each_recipient_gets_the_mail_once_or_is_named(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buffer kept = BUFFER_NONE;
    for (size_t k = 0; k < 3 && rows[i].attempts[k].asked; k++) {
      struct delivery_try tried = try_sample(SAMPLE_TIME);
      struct delivery_judgement judgement = {.verdict = rows[i].attempts[k].outcome};
      struct error error = ERROR_NONE;
      struct buffer asked = BUFFER_NONE;
      tried.state = buffer_text(&kept);
      struct curl_slist *to = NULL;
      email_recipients(&tried, &all, &to, &error);
      for (const struct curl_slist *at = to; at; at = at->next)
        buffer_printf(&asked, "%s ", at->data);
      if (!to || strcmp(asked.data, rows[i].attempts[k].asked) != 0)
        fail_msg("%s: attempt %zu is for '%s'", rows[i].name, k + 1, to ? asked.data : error.text);
      email_recipients_judge(&tried, to, rows[i].attempts[k].codes, &judgement);
      if (judgement.verdict != rows[i].attempts[k].verdict ||
          judgement.left_out != rows[i].attempts[k].left_out ||
          strcmp(judgement.reason.text, rows[i].attempts[k].reason) != 0)
        fail_msg("%s: attempt %zu is judged %d, '%s'", rows[i].name, k + 1, (int)judgement.verdict,
                 judgement.reason.text);
      if (judgement.has_state) {
        buffer_reset(&kept);
        buffer_append_text(&kept, buffer_text(&judgement.state));
      }
      buffer_free(&asked);
      curl_slist_free_all(to);
      delivery_judgement_free(&judgement);
    }
    buffer_free(&kept);
  }
}

static void another_occasion_is_for_all_again(void **state) {
  (void)state;
  struct delivery_try tried = try_sample(SAMPLE_TIME);
  struct error error = ERROR_NONE;
  tried.state = TEXT("ffff\nleft c@x\ngot\n");
  struct curl_slist *to = NULL;
  assert_true(email_recipients(&tried, &all, &to, &error));
  assert_string_equal(to->data, "a@x");
  assert_string_equal(to->next->next->data, "c@x");
  curl_slist_free_all(to);
}

static void who_is_left_and_no_recipient_any_more_is_not_asked(void **state) {
  (void)state;
  struct delivery_try tried = try_sample(SAMPLE_TIME);
  struct error error = ERROR_NONE;
  tried.state = TEXT(KEY "\nleft d@x\ngot\n");
  struct curl_slist *to = NULL;
  assert_false(email_recipients(&tried, &all, &to, &error));
  assert_non_null(strstr(error.text, "any more"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_recipient_gets_the_mail_once_or_is_named),
      cmocka_unit_test(another_occasion_is_for_all_again),
      cmocka_unit_test(who_is_left_and_no_recipient_any_more_is_not_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Mails: what they look like, and that no alert makes a header, a part or an element of its own. */
#include "alert/alert_fixture.h"

#include "alert/destination/email_message.h"
#include "alert/destination/golden.h"
#include "alert/destination/hostile_alert.h"
#include "base/digest.h"

extern const struct destination_type destination_email;

#define NOW (INT64_C(1614265330) * US_PER_SECOND)

static struct destination mail_sample(void) {
  static const struct text to[] = {TEXT_INIT("soc@example.com"), TEXT_INIT("lisa@example.com")};
  const struct setting_list list = {to, 2};
  struct destination destination = destination_sample(&destination_email, "mail", NULL);
  void *options = destination.options;
  option_set(&destination_email, options, "server", "mail.example.com");
  option_set(&destination_email, options, "from", "margay@example.com");
  memcpy(option_place(&destination_email, options, "to"), &list, sizeof list);
  return destination;
}

static void render(const struct alert *alert, const struct message_occasion *occasion,
                   struct delivery_request *request) {
  struct destination destination = mail_sample();
  struct delivery_try tried = try_sample(NOW);
  struct error error = ERROR_NONE;
  tried.occasion = *occasion;
  assert_true(destination_email.render(&destination, alert, &tried, request, &error));
  free(destination.options);
}

/* The text of a part, decoded. */
static void append_part(struct buffer *out, struct text mail, const char *type) {
  char head[64];
  snprintf(head, sizeof head, "Content-Type: %s; charset=utf-8\r\n", type);
  const char *at = strstr(mail.data, head);
  assert_non_null(at);
  at = strstr(at, "\r\n\r\n") + 4;
  while (strncmp(at, "--", 2) != 0) {
    const char *end = strstr(at, "\r\n");
    assert_in_range(end - at, 1, 76);
    assert_true(base64_decode((struct text){at, (size_t)(end - at)}, out));
    at = end + 2;
  }
}

/* The mail with its parts decoded, for people who compare it. */
static void assert_golden(const char *name, const struct delivery_request *request) {
  struct text mail = buffer_text(&request->body);
  struct buffer whole = BUFFER_NONE;
  const char *head_end = strstr(mail.data, "\r\n\r\n");
  for (const char *at = mail.data; at < head_end; at++)
    if (*at != '\r')
      buffer_append_char(&whole, *at);
  buffer_append_string(&whole, "\n\n---- text\n");
  append_part(&whole, mail, "text/plain");
  buffer_append_string(&whole, "---- html\n");
  append_part(&whole, mail, "text/html");
  golden_text(name, buffer_text(&whole));
  buffer_free(&whole);
}

static void a_mail_is_as_it_was_looked_at(void **state) {
  (void)state;
  const struct alert alert = alert_sample();
  struct delivery_request request = {.method = NULL};
  render(&alert, &(struct message_occasion){.occasion = OCCASION_OPENED}, &request);
  assert_int_equal(request.transport, DELIVERY_MAIL);
  assert_string_equal(request.url.data, "smtp://mail.example.com:587");
  assert_string_equal(request.mail.from, "margay@example.com");
  assert_string_equal(request.mail.to->next->data, "lisa@example.com");
  assert_false(request.mail.plain);
  assert_golden("email.txt", &request);
  delivery_request_free(&request);
}

static void an_update_answers_the_first_mail(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  struct delivery_request request = {.method = NULL};
  alert.state = ALERT_RESOLVED;
  alert.resolution = RESOLUTION_BENIGN;
  render(&alert, &(struct message_occasion){.occasion = OCCASION_RESOLVED, .by = TEXT("lisa")},
         &request);
  assert_golden("email_resolved.txt", &request);
  delivery_request_free(&request);
}

static size_t count_of(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, part)); at++)
    count++;
  return count;
}

static void check_head(const struct hostile *hostile, struct text mail) {
  static const char *const once[] = {
      "Date: ",       "From: ",           "To: ",           "Subject: ",
      "Message-ID: ", "Auto-Submitted: ", "Content-Type: ", "MIME-Version: "};
  const char *end = strstr(mail.data, "\r\n\r\n");
  struct text head = {mail.data, (size_t)(end - mail.data) + 2};
  size_t lines = 0;
  for (const char *at = head.data; at < end; at = strstr(at, "\r\n") + 2) {
    size_t size = strcspn(at, "\r");
    lines += *at != ' ';
    if (size > 120) /* RFC 5322 2.1.1 has 998; ids are long */
      fail_msg("alert %zu: a line of %zu: %.*s", hostile->number, size, (int)size, at);
    for (size_t i = 0; i < size; i++)
      assert_in_range(at[i], 0x20, 0x7e);
  }
  bool is_update = hostile->occasion.occasion != OCCASION_OPENED;
  assert_int_equal(lines, sizeof once / sizeof once[0] + (is_update ? 2 : 0));
}

static void check_html(const struct hostile *hostile, const char *html) {
  static const char *const dead[] = {"<script", "<img", "<iframe",
                                     "href=\"javascript:", "<a href=\"https://" HOSTILE_HOST};
  for (size_t i = 0; i < sizeof dead / sizeof dead[0]; i++)
    if (count_of(html, dead[i]) > (i == 4 ? 1 : 0)) /* an alert's own reference */
      fail_msg("alert %zu: '%s' is alive", hostile->number, dead[i]);
  assert_int_equal(count_of(html, "<body>"), 1);
  assert_int_equal(count_of(html, "</body>"), 1);
  assert_true(text_is_utf8(text_from(html)));
}

static void check(const struct hostile *hostile, void *context) {
  (void)context;
  struct delivery_request request = {.method = NULL};
  struct buffer text = BUFFER_NONE, html = BUFFER_NONE;
  render(&hostile->alert, &hostile->occasion, &request);
  struct text mail = buffer_text(&request.body);
  assert_int_equal(strlen(mail.data), mail.size); /* no NUL */
  assert_int_equal(count_of(mail.data, "\r\n--=_margay_part"), 3);
  assert_true(mail.size < 1 << 20);
  check_head(hostile, mail);
  append_part(&text, mail, "text/plain");
  append_part(&html, mail, "text/html");
  assert_true(text_is_utf8(buffer_text(&text)));
  check_html(hostile, html.data);
  buffer_free(&text);
  buffer_free(&html);
  delivery_request_free(&request);
}

static void no_alert_makes_a_header_or_an_element(void **state) {
  (void)state;
  hostile_each(check, NULL);
}

static void addresses_are_plain(void **state) {
  (void)state;
  static const struct {
    const char *address;
    bool ok;
  } rows[] = {
      {"soc@example.com", true},
      {"a.b+c@x", true},
      {"", false},
      {"soc", false},
      {"@x", false},
      {"x@", false},
      {"a@b@c", false},
      {"a b@x", false},
      {"a@x>", false},
      {"a@x\r\nBcc: evil@x", false},
      {"SOC <a@x>", false},
      {"a@x,b@x", false},
      {"\xc3\xa9@x", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (email_is_address(text_from(rows[i].address)) != rows[i].ok)
      fail_msg("%s", rows[i].address);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mail_is_as_it_was_looked_at),
      cmocka_unit_test(an_update_answers_the_first_mail),
      cmocka_unit_test(no_alert_makes_a_header_or_an_element),
      cmocka_unit_test(addresses_are_plain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What Slack's answers mean: those of incoming webhooks, and of the Web API. Any thread. */
#ifndef ALERT_DESTINATION_CHAT_SLACK_ANSWER_H
#define ALERT_DESTINATION_CHAT_SLACK_ANSWER_H

#include "alert/destination/destination.h"

/* The judge of the kind `slack`. An answer of the Web API is known by its members. */
void slack_judge(const struct delivery_try *attempt, const struct http_response *response,
                 struct delivery_judgement *judgement);

#endif

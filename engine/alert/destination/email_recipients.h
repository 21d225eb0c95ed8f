/*
 * A mail's recipients, who may each be taken, put off (4xx) or refused (5xx) by the mail server:
 * those who are taken get the mail at once, those who are put off are tried again alone, and those
 * who are refused hold up nobody.
 *
 * Between two attempts the delivery's state says who is still to get it. It counts for one occasion
 * only: the next one is for all again. A state that would be larger than DELIVERY_STATE_MAX is not
 * kept: then all get the mail again, with the same Message-ID.
 *
 * Any thread.
 */
#ifndef ALERT_DESTINATION_EMAIL_RECIPIENTS_H
#define ALERT_DESTINATION_EMAIL_RECIPIENTS_H

#include "alert/destination/destination.h"

/* RFC 5321 4.5.3.1.8: as many a server has to take. */
#define EMAIL_RECIPIENTS_MAX 100

/* Puts those of `all` who are still to get the mail into *to, which the caller frees. False with
 * the reason: none of them is left. */
bool email_recipients(const struct delivery_try *attempt, const struct setting_list *all,
                      struct curl_slist **to, struct error *error);

/* Completes the judgement of a mail that was taken (DELIVERY_DONE) or was not, by the code for each
 * recipient in `to`; 0: there was none. A mail that is done, but not for all, has a reason. */
void email_recipients_judge(const struct delivery_try *attempt, const struct curl_slist *to,
                            const int *codes, struct delivery_judgement *judgement);

#endif

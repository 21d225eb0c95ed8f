/* The headers of a webhook, signed as Zoom signs it. Any thread. */
#ifndef SIM_SENDER_SIGNATURE_H
#define SIM_SENDER_SIGNATURE_H

#include "base/clock.h"
#include "base/web/http_client.h"

/* x-zm-signature and x-zm-request-timestamp over the raw body; `forged`: with a wrong signature of
 * the right form. The caller frees the list. */
struct curl_slist *signature_headers(struct text secret_token, time_us now, struct text body,
                                     bool forged);

#endif

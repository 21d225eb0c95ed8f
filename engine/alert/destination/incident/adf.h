/*
 * The Atlassian Document Format, in which Jira's REST API takes descriptions and comments: a tree
 * of nodes. Text from events is only ever a text node without marks, which is neither read for
 * markup nor made a link; the links that a message has are marked as such.
 *
 * Any thread.
 */
#ifndef ALERT_DESTINATION_INCIDENT_ADF_H
#define ALERT_DESTINATION_INCIDENT_ADF_H

#include "alert/message/message.h"
#include "base/buffer.h"

#include <jansson.h>

/* Lines of plain text, and below them the links of a message (NULL: none). An empty line ends a
 * paragraph. Of many lines the last ones become one, so that the document stays small: it has at
 * most ADF_OVERHEAD_MAX characters beside its texts and links. A new reference, never NULL. */
json_t *adf_document(struct text lines, const struct message *message);
#define ADF_OVERHEAD_MAX 12000

#endif

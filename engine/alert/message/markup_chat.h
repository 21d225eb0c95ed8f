/*
 * The markups of chats beside Slack's (markup.h): what in a text they would make bold, a link, a
 * mention. Where a back-slash or an entity shows a character as itself, that is used; where a
 * service looks for addresses and names in any text, MARKUP_NO_BREAK keeps it from finding them.
 */
#ifndef ALERT_MESSAGE_MARKUP_CHAT_H
#define ALERT_MESSAGE_MARKUP_CHAT_H

#include "alert/message/markup.h"

/* Plain text in which links, mentions and functions of Adaptive Cards are not found:
 * "https:⁠//evil.example", "@⁠homer". Addresses (homer@example.com) stay as they are. */
extern const struct markup markup_still_line, markup_still_lines;

/* The same, for services that also make links of names ("www.evil.example", "evil.com") and
 * addresses. */
extern const struct markup markup_stiller_line, markup_stiller_lines;

/* Markdown whose back-slash escapes any punctuation: Discord, Webex (CommonMark 0.31, 2.4). */
extern const struct markup markup_markdown_line, markup_markdown_lines;

/* Markdown as Mattermost and Rocket.Chat have it: fewer escapes, and names are looked for after
 * them. */
extern const struct markup markup_mattermost_line, markup_mattermost_lines;

/* Between two back-ticks of any Markdown. */
extern const struct markup markup_code;
/* The same with links and mentions broken, where they are looked for before Markdown is read. */
extern const struct markup markup_code_still;

/* HTML's text and attribute values, with links and mentions broken. */
extern const struct markup markup_html_line, markup_html_lines;
/* One line in which addresses and names of hosts stay as they are: a value that people copy. */
extern const struct markup markup_html_value;

#endif

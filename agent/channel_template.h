
/*
 * A text of a person's with fixed placeholders, "$TITLE" or "${TITLE}", for what
 * a message says.  "$$" is a dollar; a name that is none stays as it is.  What a
 * message does not say is empty.
 */

#ifndef CHANNEL_TEMPLATE_H
#define CHANNEL_TEMPLATE_H

#include "channel_request.h"
#include "delivery.h"

/* Makes a value fit to stand where the placeholder stands. */
typedef const char *(*channel_escape_t)(channel_request_t *request, const char *text);

/* Into `out`, which may be the request's own body.  `escape` may be NULL. */
void channel_template(channel_request_t *request, json_writer_t *out, const char *text,
                      const delivery_t *delivery, channel_escape_t escape);

/*
 * The same for a header or a URL, of at most CHANNEL_TEMPLATE_TEXT_MAX bytes.  What stands
 * for a placeholder is cut: servers take no long ones, and the message goes before its end.
 */
#define CHANNEL_TEMPLATE_TEXT_MAX 8192
#define CHANNEL_TEMPLATE_VALUE_BYTES_MAX 500
const char *channel_template_text(channel_request_t *request, const char *text,
                                  const delivery_t *delivery, channel_escape_t escape);

#endif

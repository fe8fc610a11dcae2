
/*
 * What a message says to people in a chat, the same in all of them: a headline, a
 * text, a few facts with their labels, the items of a digest, one or two links.
 * Each kind of channel puts them into the form of its provider.
 */

#ifndef CHAT_H
#define CHAT_H

#include "channel.h"
#include "chat_text.h"

#define CHAT_FACTS_MAX 6
#define CHAT_MONITORS_MAX 5
#define CHAT_REGIONS_MAX 8
#define CHAT_ITEMS_MAX 10
#define CHAT_LINKS_MAX 2
#define CHAT_NAME_MAX 80   /* of a monitor, a person, a team */
#define CHAT_REGION_MAX 40 /* of a region */
#define CHAT_ITEM_MAX 100  /* of an item's title; of its text */

/* Only ever beside the same in words. */
typedef enum { CHAT_NEUTRAL, CHAT_GOOD, CHAT_WARNING, CHAT_BAD } chat_tone_t;

typedef struct {
    const char *label; /* a literal without anything special */
    const char *value; /* in the markup */
} chat_fact_t;

typedef struct {
    const char *label;
    const char *url; /* chat_text_url()'s */
} chat_link_t;

chat_tone_t chat_tone(const delivery_t *delivery);
/* 0xRRGGBB */
unsigned chat_color(const delivery_t *delivery);
/* A coloured dot and a space, or "". */
const char *chat_dot(const delivery_t *delivery);

/* Nobody needs to be called by it: somebody else has taken it, or has something to say. */
int chat_is_quiet(const delivery_t *delivery);

const char *chat_headline(channel_request_t *request, const delivery_t *delivery,
                          const chat_markup_t *markup, size_t max);

/* The cause, or what somebody has commented, and instructions; "" if there is nothing. */
const char *chat_body(channel_request_t *request, const delivery_t *delivery,
                      const chat_markup_t *markup, size_t max);

/* How many there are; only an incident has facts other than its team. */
unsigned chat_facts(channel_request_t *request, const delivery_t *delivery,
                    const chat_markup_t *markup, chat_fact_t facts[CHAT_FACTS_MAX]);

/* A digest's items, one a line, with `max` units in all, `between` two of them. */
const char *chat_items(channel_request_t *request, const delivery_t *delivery,
                       const chat_markup_t *markup, const char *between, size_t max);

unsigned chat_links(channel_request_t *request, const delivery_t *delivery,
                    chat_link_t links[CHAT_LINKS_MAX]);
/* The same as one text, of markups that have links. */
const char *chat_links_text(channel_request_t *request, const delivery_t *delivery,
                            const chat_markup_t *markup, const char *between);

/*
 * The common rule, but a web page is no chat's answer, though it says 200: some
 * proxy's or a sign-in's.  It has not been sent.
 */
channel_outcome_t chat_judge(const http_result_t *answer, channel_report_t *report);

/* Under which name the provider knows the message. */
void chat_reference(channel_report_t *report, const char *reference);

/* The URL without the slashes at its end. */
const char *chat_base_url(channel_request_t *request, const char *url);

#endif

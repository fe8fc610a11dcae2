
/* The part for readers without HTML. */

#include "channel_email.h"

#include <string.h>

#define EMAIL_LABEL_WIDTH 14


static void
email_text_label(email_writer_t *writer, const char *label)
{
    size_t len = strlen(label);

    email_write(writer, label);
    email_write(writer, (len > 0) ? ":" : " ");

    for (len++; len < EMAIL_LABEL_WIDTH; len++) {
        email_write(writer, " ");
    }
}


static void
email_text_paragraph(email_writer_t *writer, const char *label, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        email_write(writer, "\n");
        email_write(writer, label);
        email_write(writer, text);
        email_write(writer, "\n");
    }
}


static void
email_text_facts(email_writer_t *writer, const email_content_t *content)
{
    if (content->facts_count > 0) {
        email_write(writer, "\n");
    }

    for (unsigned i = 0; i < content->facts_count; i++) {
        const email_fact_t *fact = &content->facts[i];

        email_text_label(writer, fact->label);
        email_write(writer, fact->value);

        if (fact->url != NULL && strcmp(fact->url, fact->value) != 0) {
            email_write(writer, " <");
            email_write(writer, fact->url);
            email_write(writer, ">");
        }

        email_write(writer, "\n");
    }
}


static void
email_text_items(email_writer_t *writer, const email_content_t *content)
{
    for (unsigned i = 0; i < content->items_count; i++) {
        const email_item_t *item = &content->items[i];

        email_write(writer, "\n* ");
        email_write(writer, item->title);
        email_write(writer, (item->text[0] != '\0') ? "\n  " : "");
        email_write(writer, item->text);
        email_write(writer, (item->url != NULL) ? "\n  " : "");
        email_write(writer, (item->url != NULL) ? item->url : "");
        email_write(writer, "\n");
    }

    email_text_paragraph(writer, "", content->more);
}


static void
email_text_report(email_writer_t *writer, const email_content_t *content)
{
    email_write(writer, (content->figures_count > 0) ? "\n" : "");

    for (unsigned i = 0; i < content->figures_count; i++) {
        const email_figure_t *figure = &content->figures[i];

        email_text_label(writer, figure->label);
        email_write(writer, figure->value);
        email_write(writer, (figure->note[0] != '\0') ? ", " : "");
        email_write(writer, figure->note);
        email_write(writer, "\n");
    }

    for (unsigned i = 0; i < content->sections_count; i++) {
        const email_section_t *section = &content->sections[i];

        email_text_paragraph(writer, "== ", section->title);

        for (unsigned k = 0; k < section->items_count; k++) {
            const email_item_t *item = &section->items[k];

            email_write(writer, "\n* ");
            email_write(writer, item->title);
            email_write(writer, (item->value[0] != '\0') ? ": " : "");
            email_write(writer, item->value);
            email_write(writer, (item->text[0] != '\0') ? "\n  " : "");
            email_write(writer, item->text);
            email_write(writer, "\n");
        }

        email_text_paragraph(writer, "", section->more);
    }

    for (unsigned i = 0; i < content->notices_count; i++) {
        email_text_paragraph(writer, "Note: ", content->notices[i]);
    }
}


void
email_text(channel_request_t *out, const email_content_t *content)
{
    email_writer_t writer = email_write_begin(out);

    email_write(&writer, content->word);
    email_write(&writer, ": ");
    email_write(&writer, content->title);
    email_write(&writer, "\n");
    email_text_paragraph(&writer, "", content->text);

    if (content->comment != NULL) {
        email_text_paragraph(&writer, "",
                             channel_format(out, "%s:\n%s",
                                            (content->author != NULL) ? content->author : "Comment",
                                            content->comment));
    }

    email_text_paragraph(&writer, "Instructions:\n", content->instructions);
    email_text_items(&writer, content);
    email_text_report(&writer, content);
    email_text_facts(&writer, content);

    for (unsigned i = 0; i < content->buttons_count; i++) {
        email_text_paragraph(
            &writer, "",
            channel_format(out, "%s:\n%s", content->buttons[i].label, content->buttons[i].url));
    }

    email_write(&writer, "\n-- \nBetterStack");
    email_write(&writer, (content->team != NULL) ? " for " : "");
    email_write(&writer, (content->team != NULL) ? content->team : "");
    email_write(&writer, "\n");
    email_write_end(&writer);
}

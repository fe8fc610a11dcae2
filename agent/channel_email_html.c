
/*
 * The part that most people see.  Mail readers know little CSS: tables, and styles
 * at each element; those of the head are for the dark and for small screens only.
 */

#include "channel_email.h"

#include <string.h>

#define EMAIL_FONT \
    "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"

/* Of a state: a line, its word on a light ground, on a dark one. */
typedef struct {
    const char *line;
    const char *text;
    const char *ground;
    const char *name; /* of the class by which the dark sees it */
} email_paint_t;

static const email_paint_t paints[] = {
    [EMAIL_GREY] = {"#667085", "#475467", "#eef0f4", "grey"},
    [EMAIL_BLUE] = {"#2e6bd6", "#1d4fa8", "#e6effd", "blue"},
    [EMAIL_GREEN] = {"#12874b", "#0b6436", "#e1f5ea", "green"},
    [EMAIL_ORANGE] = {"#dc8b06", "#8a4b04", "#fdf0da", "orange"},
    [EMAIL_RED] = {"#d92d20", "#a81c12", "#fde8e6", "red"},
};

static const char head[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
    "<title>";

static const char styles[] =
    "</title>\n"
    "<style>\n"
    ":root{color-scheme:light dark;supported-color-schemes:light dark}\n"
    "@media (max-width:520px){\n"
    ".pad{padding:24px 20px!important}.page{padding:0!important}\n"
    ".card{border-radius:0!important;border-left:0!important;border-right:0!important}\n"
    ".button{display:block!important;margin-right:0!important;text-align:center!important}\n"
    ".label{width:96px!important}\n"
    "}\n"
    "@media (prefers-color-scheme:dark){\n"
    ".page{background:#0d1017!important}\n"
    ".card{background:#171b24!important;border-color:#2a303c!important}\n"
    ".title,.value,.value a{color:#f2f4f7!important}\n"
    ".text{color:#cdd3dd!important}\n"
    ".label,.foot{color:#98a2b3!important}\n"
    ".rule{border-color:#2a303c!important}\n"
    ".note{background:#1f2530!important;border-color:#3b4454!important}\n"
    ".second{background:#171b24!important;color:#e4e7ec!important;border-color:#475467!important}\n"
    ".first{background:#f2f4f7!important;color:#101828!important;border-color:#f2f4f7!important}\n"
    ".grey{background:#2a303c!important;color:#cdd3dd!important}\n"
    ".blue{background:#172c52!important;color:#9cc2ff!important}\n"
    ".green{background:#0f3322!important;color:#7ddba6!important}\n"
    ".orange{background:#40290a!important;color:#ffc978!important}\n"
    ".red{background:#48150f!important;color:#ffa79e!important}\n"
    "}\n"
    "</style>\n"
    "</head>\n";


static void
email_html_head(email_writer_t *writer, const email_content_t *content)
{
    const email_paint_t *paint = &paints[content->color];

    email_write(writer, head);
    email_write_escaped(writer, content->title);
    email_write(writer, styles);
    email_write(writer, "<body class=\"page\" style=\"margin:0;padding:0;background:#f2f4f7\">\n"
                        "<table role=\"presentation\" class=\"page\" width=\"100%\" "
                        "cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
                        "style=\"background:#f2f4f7;padding:32px 16px\">\n"
                        "<tr><td align=\"center\">\n"
                        "<table role=\"presentation\" class=\"card\" width=\"100%\" "
                        "cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
                        "style=\"max-width:560px;background:#ffffff;border:1px solid #e4e7ec;"
                        "border-radius:12px;border-collapse:separate;overflow:hidden\">\n"
                        "<tr><td style=\"height:4px;line-height:4px;font-size:0;background:");
    email_write(writer, paint->line);
    email_write(writer,
                "\">&nbsp;</td></tr>\n"
                "<tr><td class=\"pad\" style=\"padding:28px 32px 32px;text-align:left;" EMAIL_FONT
                "\">\n<span class=\"");
    email_write(writer, paint->name);
    email_write(writer, "\" style=\"display:inline-block;padding:4px 12px;border-radius:999px;"
                        "font-size:13px;line-height:18px;font-weight:600;background:");
    email_write(writer, paint->ground);
    email_write(writer, ";color:");
    email_write(writer, paint->text);
    email_write(writer, "\">");
    email_write_escaped(writer, content->word);
    email_write(writer, "</span>\n<h1 class=\"title\" style=\"margin:14px 0 0;font-size:22px;"
                        "line-height:30px;font-weight:700;color:#101828;"
                        "overflow-wrap:anywhere\">");
    email_write_escaped(writer, content->title);
    email_write(writer, "</h1>\n");
}


static void
email_html_text(email_writer_t *writer, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        email_write(writer, "<p class=\"text\" style=\"margin:10px 0 0;font-size:16px;"
                            "line-height:24px;color:#344054;overflow-wrap:anywhere\">");
        email_write_escaped(writer, text);
        email_write(writer, "</p>\n");
    }
}


/* What a person has written. */
static void
email_html_note(email_writer_t *writer, const char *label, const char *text)
{
    if (text == NULL) {
        return;
    }

    email_write(writer, "<div class=\"note\" style=\"margin:20px 0 0;padding:14px 16px;"
                        "border-left:3px solid #98a2b3;border-radius:6px;background:#f5f6f9\">\n"
                        "<div class=\"label\" style=\"font-size:13px;line-height:18px;"
                        "font-weight:600;color:#667085\">");
    email_write_escaped(writer, label);
    email_write(writer, "</div>\n<div class=\"text\" style=\"margin-top:4px;font-size:15px;"
                        "line-height:23px;color:#344054;overflow-wrap:anywhere\">");
    email_write_escaped(writer, text);
    email_write(writer, "</div>\n</div>\n");
}


/* As a link if there is a URL; `style` is of both. */
static void
email_html_linked(email_writer_t *writer, const char *text, const char *url, const char *style)
{
    if (url != NULL) {
        email_write(writer, "<a href=\"");
        email_write_escaped(writer, url);
        email_write(writer, "\" style=\"");
        email_write(writer, style);
        email_write(writer, "\">");
    }

    email_write_escaped(writer, text);
    email_write(writer, (url != NULL) ? "</a>" : "");
}


static void
email_html_items(email_writer_t *writer, const email_content_t *content)
{
    for (unsigned i = 0; i < content->items_count; i++) {
        const email_item_t *item = &content->items[i];

        email_write(writer, "<div class=\"rule\" style=\"margin:16px 0 0;padding:16px 0 0;"
                            "border-top:1px solid #e4e7ec\">\n"
                            "<div class=\"value\" style=\"font-size:16px;line-height:23px;"
                            "font-weight:600;color:#101828;overflow-wrap:anywhere\">");
        email_html_linked(writer, item->title, item->url, "color:#101828");
        email_write(writer, "</div>\n<div class=\"text\" style=\"font-size:15px;"
                            "line-height:22px;color:#344054;overflow-wrap:anywhere\">");
        email_write_escaped(writer, item->text);
        email_write(writer, "</div>\n</div>\n");
    }

    email_html_text(writer, content->more);
}


/* Two beside each other: that fits a telephone, too. */
static void
email_html_figures(email_writer_t *writer, const email_content_t *content)
{
    if (content->figures_count == 0) {
        return;
    }

    email_write(writer, "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" "
                        "cellspacing=\"0\" border=\"0\" style=\"margin:20px 0 0\">\n<tr>");

    for (unsigned i = 0; i < content->figures_count; i++) {
        const email_figure_t *figure = &content->figures[i];

        email_write(writer, (i > 0 && i % 2 == 0) ? "</tr>\n<tr>" : "");
        email_write(writer, "<td class=\"rule\" width=\"50%\" valign=\"top\" style=\"width:50%;"
                            "padding:12px 8px 12px 0;border-top:1px solid #e4e7ec\">\n"
                            "<div class=\"foot\" style=\"font-size:13px;"
                            "line-height:18px;color:#667085\">");
        email_write_escaped(writer, figure->label);
        email_write(writer, "</div>\n<div class=\"value\" style=\"font-size:22px;"
                            "line-height:30px;font-weight:700;color:#101828\">");
        email_write_escaped(writer, figure->value);
        email_write(writer, "</div>\n<div class=\"foot\" style=\"font-size:13px;"
                            "line-height:18px;color:#667085\">");
        email_write_escaped(writer, figure->note);
        email_write(writer, "</div></td>\n");
    }

    email_write(writer, "</tr></table>\n");
}


/* What it is and, at the right, its value; below, in small, the rest. */
static void
email_html_row(email_writer_t *writer, const email_item_t *item)
{
    email_write(writer, "<tr><td class=\"rule value\" valign=\"top\" style=\"padding:9px 12px "
                        "9px 0;border-top:1px solid #e4e7ec;font-size:15px;line-height:21px;"
                        "font-weight:600;color:#101828;overflow-wrap:anywhere\">");
    email_html_linked(writer, item->title, item->url, "color:#101828;text-decoration:none");
    email_write(writer, "\n<div class=\"foot\" style=\"font-size:13px;line-height:19px;"
                        "font-weight:400;color:#667085\">");
    email_write_escaped(writer, item->text);
    email_write(writer, "</div></td>\n<td class=\"rule value\" valign=\"top\" align=\"right\" "
                        "style=\"padding:9px 0;border-top:1px solid #e4e7ec;font-size:15px;"
                        "line-height:21px;font-weight:600;color:#101828;white-space:nowrap\">");
    email_write_escaped(writer, item->value);
    email_write(writer, "</td></tr>\n");
}


static void
email_html_sections(email_writer_t *writer, const email_content_t *content)
{
    for (unsigned i = 0; i < content->sections_count; i++) {
        const email_section_t *section = &content->sections[i];

        email_write(writer, "<h2 class=\"title\" style=\"margin:28px 0 8px;font-size:17px;"
                            "line-height:24px;font-weight:700;color:#101828\">");
        email_write_escaped(writer, section->title);
        email_write(writer, "</h2>\n<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
                            "border=\"0\" style=\"border-collapse:collapse\">\n");

        for (unsigned k = 0; k < section->items_count; k++) {
            email_html_row(writer, &section->items[k]);
        }

        email_write(writer, "</table>\n");
        email_html_text(writer, section->more);
    }
}


/* What whoever reads the numbers must know. */
static void
email_html_notices(email_writer_t *writer, const email_content_t *content)
{
    for (unsigned i = 0; i < content->notices_count; i++) {
        email_write(writer, "<div class=\"note text\" style=\"margin:16px 0 0;padding:10px 14px;"
                            "border-left:3px solid #98a2b3;border-radius:6px;background:#f5f6f9;"
                            "font-size:14px;line-height:21px;color:#344054;"
                            "overflow-wrap:anywhere\">");
        email_write_escaped(writer, content->notices[i]);
        email_write(writer, "</div>\n");
    }
}


static void
email_html_facts(email_writer_t *writer, const email_content_t *content)
{
    if (content->facts_count == 0) {
        return;
    }

    email_write(writer, "<table role=\"presentation\" class=\"rule\" width=\"100%\" "
                        "cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
                        "style=\"margin:22px 0 0;padding:14px 0 0;"
                        "border-top:1px solid #e4e7ec;border-collapse:separate\">\n");

    for (unsigned i = 0; i < content->facts_count; i++) {
        email_write(writer, "<tr><td class=\"label\" width=\"120\" valign=\"top\" "
                            "style=\"width:120px;padding:3px 12px 3px 0;font-size:14px;"
                            "line-height:21px;color:#667085\">");
        email_write_escaped(writer, content->facts[i].label);
        email_write(writer, "</td>\n<td class=\"value\" valign=\"top\" style=\"padding:3px 0;"
                            "font-size:14px;line-height:21px;color:#101828;"
                            "overflow-wrap:anywhere\">");
        email_html_linked(writer, content->facts[i].value, content->facts[i].url, "color:#101828");
        email_write(writer, "</td></tr>\n");
    }

    email_write(writer, "</table>\n");
}


static void
email_html_buttons(email_writer_t *writer, const email_content_t *content)
{
    if (content->buttons_count > 0) {
        email_write(writer, "<div style=\"margin:16px 0 0\">\n");
    }

    for (unsigned i = 0; i < content->buttons_count; i++) {
        int is_first = i == 0;

        email_write(writer, "<a class=\"button ");
        email_write(writer, is_first ? "first" : "second");
        email_write(writer, "\" href=\"");
        email_write_escaped(writer, content->buttons[i].url);
        email_write(writer, "\" style=\"display:inline-block;margin:12px 10px 0 0;"
                            "padding:11px 20px;border-radius:8px;font-size:15px;"
                            "line-height:20px;font-weight:600;text-decoration:none;");
        email_write(writer, is_first ? "border:1px solid #101828;background:#101828;color:#ffffff"
                                     : "border:1px solid #d0d5dd;background:#ffffff;color:#344054");
        email_write(writer, "\">");
        email_write(writer, content->buttons[i].label);
        email_write(writer, "</a>\n");
    }

    email_write(writer, (content->buttons_count > 0) ? "</div>\n" : "");
}


void
email_html(channel_request_t *out, const email_content_t *content)
{
    email_writer_t writer = email_write_begin(out);

    email_html_head(&writer, content);
    email_html_text(&writer, content->text);
    email_html_note(&writer, (content->author != NULL) ? content->author : "Comment",
                    content->comment);
    email_html_note(&writer, "Instructions", content->instructions);
    email_html_buttons(&writer, content); /* before what may be long */
    email_html_items(&writer, content);
    email_html_figures(&writer, content);
    email_html_sections(&writer, content);
    email_html_notices(&writer, content);
    email_html_facts(&writer, content);
    email_write(&writer, "</td></tr>\n</table>\n<div class=\"foot\" style=\"max-width:560px;"
                         "padding:16px;font-size:13px;line-height:19px;color:#667085;" EMAIL_FONT
                         "\">BetterStack");
    email_write(&writer, (content->team != NULL) ? " &middot; " : "");
    email_write_escaped(&writer, (content->team != NULL) ? content->team : "");
    email_write(&writer, "</div>\n</td></tr>\n</table>\n</body>\n</html>\n");
    email_write_end(&writer);
}

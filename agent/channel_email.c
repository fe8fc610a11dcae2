
/*
 * E-mail, by the installation's own mail server.
 *
 * Settings: to * (addresses); of the installation: smtp_host *, smtp_port,
 * smtp_security (none, starttls, tls), smtp_username, smtp_password, from *
 * ("Name <address>" or an address).  The sender is always that address, nobody is
 * written for in another's name.
 */

#include "channels.h"

#include "channel_email.h"

#include <stdio.h>
#include <string.h>

/* What starts with "=_" can be in no line of quoted-printable. */
#define EMAIL_BOUNDARY "=_betterstack"

typedef struct {
    const char *name;
    smtp_security_t security;
    int port;
} email_security_t;


/* NULL: there is no such word. */
static const email_security_t *
email_security(const delivery_t *delivery)
{
    static const email_security_t all[] = {
        {"starttls", SMTP_STARTTLS, 587},
        {"tls", SMTP_TLS, 465},
        {"none", SMTP_CLEAR, 25},
    };
    const char *wanted = delivery_setting(delivery, "smtp_security");

    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (wanted == NULL || strcmp(all[i].name, wanted) == 0) {
            return &all[i];
        }
    }

    return NULL;
}


static int
email_server(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const email_security_t *security = email_security(delivery);
    const char *host = delivery_setting(delivery, "smtp_host");
    smtp_mail_t *mail = &out->mail.envelope;
    int64_t port;

    if (host == NULL) {
        return channel_refuse(error, "No mail server is set up for this installation");
    }

    if (security == NULL) {
        return channel_refuse(error, "The mail server's security must be none, starttls or tls");
    }

    port = delivery_number(delivery->settings, "smtp_port", security->port);

    if (port < 1 || port > 65535 || strpbrk(host, "/?#@\\[]%") != NULL) {
        return channel_refuse(error, "The mail server's host or port makes no sense");
    }

    out->mail.url = channel_format(
        out, (strchr(host, ':') != NULL) ? "https://[%s]:%d/" : "https://%s:%d/", host, (int) port);
    mail->security = security->security;
    mail->username = delivery_setting(delivery, "smtp_username");
    mail->password = delivery_setting(delivery, "smtp_password");
    return 0;
}


/* An address that cannot be one is told, not sent to; the others get their mail. */
static int
email_recipients(channel_request_t *out, const delivery_t *delivery, char *error)
{
    smtp_mail_t *mail = &out->mail.envelope;
    const char *wrong = "";
    unsigned count;
    const delivery_value_t *to = delivery_items(delivery->settings, "to", &count);

    for (unsigned i = 0; i < count && mail->to_count < SMTP_RECIPIENTS_MAX; i++) {
        const char *address = (to[i].type == DELIVERY_TEXT) ? to[i].is.text : "";

        if (smtp_is_address(address)) {
            mail->to[mail->to_count++] = channel_format(out, "%s", address);
        } else {
            wrong = address;
            out->mail.left_out++;
        }
    }

    if (mail->to_count > 0) {
        return 0;
    }

    return channel_refuse(error, "There is no address that mail can be sent to%s%.150s",
                          (wrong[0] != '\0') ? ": " : "", wrong);
}


static void
email_part(channel_request_t *out, const email_content_t *content, const char *type,
           void (*write)(channel_request_t *out, const email_content_t *content))
{
    channel_body(out, "--" EMAIL_BOUNDARY "\r\nContent-Type: text/");
    channel_body(out, type);
    channel_body(out, "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    write(out, content);
}


static int
email_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *from = delivery_setting(delivery, "from");
    email_content_t content;

    out->mail.envelope.from = (from != NULL) ? email_address(out, from) : NULL;

    if (out->mail.envelope.from == NULL) {
        return channel_refuse(error, "The mail server's settings have no proper sender's address");
    }

    if (email_server(out, delivery, error) != 0 || email_recipients(out, delivery, error) != 0) {
        return -1;
    }

    email_content(out, delivery, &content);
    out->mail.id = email_head(out, delivery, from);
    channel_body(out, "Content-Type: multipart/alternative;\r\n boundary=\"" EMAIL_BOUNDARY
                      "\"\r\n\r\n");
    email_part(out, &content, "plain", email_text);
    email_part(out, &content, "html", email_html);
    channel_body(out, "--" EMAIL_BOUNDARY "--\r\n");
    return 0;
}


const channel_t channel_email = {
    .name = "email",
    .request = email_request,
};

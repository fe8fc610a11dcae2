"""A real mail server (aiosmtpd) on a free port of 127.0.0.1, which it prints.

Usage: smtp_server.py FILE [--tls|--starttls CERTIFICATE KEY] 
    [--login USER PASSWORD] [--without PLAIN|LOGIN]

Each mail that it takes becomes a line of JSON in FILE: from, to, bytes (base64), user, tls.
Refused: recipients of nobody.example (550), of later.example (451); senders of bad.example (553);
messages with the line "X-BetterStack-Event: refuse" (554).
"""

import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, path):
        self.path = path

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.endswith("@bad.example"):
            return "553 5.7.1 we do not know you"
        envelope.mail_from = address
        return "250 2.1.0 fine"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@nobody.example"):
            return "550 5.1.1 no such user"
        if address.endswith("@later.example"):
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        if b"X-BetterStack-Event: refuse\r\n" in envelope.original_content:
            return "554 5.6.0 we do not like it"
        user = session.auth_data.login.decode() if session.auth_data else None
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "bytes": base64.b64encode(envelope.original_content).decode(),
            "user": user,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "hello": session.host_name,
        }
        with open(self.path, "a", encoding="ascii") as out:
            out.write(json.dumps(mail) + "\n")
        return "250 2.0.0 Ok: queued as 4F3C"


def tls_context(certificate, key):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def login_options(user, password):
    known = (user.encode(), password.encode())

    def judge(server, session, envelope, mechanism, data):
        return AuthResult(
            success=(data.login, data.password) == known, handled=False, auth_data=data
        )

    return {"auth_required": True, "authenticator": judge}


def read_arguments(arguments):
    """What SMTP() is given, and the context of TLS from the first byte on."""
    options = {"enable_SMTPUTF8": False, "auth_require_tls": False}
    direct = None
    while arguments:
        option = arguments.pop(0)
        if option == "--tls":
            direct = tls_context(arguments.pop(0), arguments.pop(0))
        elif option == "--starttls":
            options["tls_context"] = tls_context(arguments.pop(0), arguments.pop(0))
            options["require_starttls"] = True
        elif option == "--login":
            options.update(login_options(arguments.pop(0), arguments.pop(0)))
        elif option == "--without":
            options["auth_exclude_mechanism"] = [arguments.pop(0)]
        else:
            sys.exit("what is " + option + "?")
    return options, direct


async def serve(path, options, direct):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Keeper(path), loop=loop, hostname="mail.test", **options),
        host="127.0.0.1",
        port=0,
        ssl=direct,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve(sys.argv[1], *read_arguments(sys.argv[2:])))

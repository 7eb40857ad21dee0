"""Reads the mails of a maildir with Python's own parser, and prints as JSON what
departs from the standards: how many mails, how many checks, which faults, and
what the mails are. Usage: python3 mails.py FOLDER"""
import collections
import email.policy
import email.utils
import html.parser
import json
import os
import re
import sys

ONCE = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted", "List-Id"]
NEVER = ["Bcc", "Cc", "Sender", "Disposition-Notification-To", "Return-Receipt-To"]
SERVER = {"return-path", "x-original-to", "delivered-to", "received"}  # what Postfix puts on top


class Page(html.parser.HTMLParser):
    """What a mail's HTML holds."""

    EMPTY = {"meta", "br", "hr", "img", "link", "input"}
    ACTIVE = {"script", "iframe", "form", "object", "embed", "img", "link"}  # or loaded from elsewhere

    def __init__(self):
        super().__init__()
        self.open, self.links, self.wrong, self.text = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.EMPTY:
            self.open.append(tag)
        if tag in self.ACTIVE or any(name.startswith("on") for name, _ in attrs):
            self.wrong.append(f"<{tag}> does something")
        self.links.update(value for name, value in attrs if name == "href")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.text.append(data)


class Reader:
    def __init__(self):
        self.checks, self.faults, self.mails = 0, [], []

    def check(self, holds, name, fault):
        self.checks += 1
        if not holds:
            self.faults.append(f"{name}: {fault}")

    def read(self, name, raw):
        def check(holds, fault):
            self.check(holds, name, fault)

        check(b"\r" not in raw and b"\0" not in raw, "holds a bare CR or a NUL")
        lines = raw.split(b"\n")
        blank = lines.index(b"")
        own = next(i for i, l in enumerate(lines) if not l[:1].isspace() and l.split(b":")[0].decode("ascii", "replace").lower() not in SERVER)
        check(max(map(len, lines)) <= 998, "a line is longer than 998 bytes")
        check(max(map(len, lines[blank:])) <= 76, "an encoded line is longer than 76 bytes")
        check(all(32 <= c < 127 or c == 9 for l in lines[blank:] for c in l), "8-bit or control bytes in the body")
        check(not any(l[-1:].isspace() for l in lines[blank:]), "white space at the end of an encoded line")

        mail = email.message_from_bytes(raw, policy=email.policy.default)
        to = email.utils.getaddresses([str(mail["To"])])
        if all(address.isascii() for _, address in to):
            check(all(32 <= c < 127 or c == 9 for l in lines[own:blank] for c in l), "8-bit or control bytes in a header")
        for part in mail.walk():
            check(not part.defects, f"{part.defects} in {part.get_content_type()}")
            for key, value in part.items():
                defects = [d for d in getattr(value, "defects", ()) if "NonASCIILocalPart" not in type(d).__name__]
                check(not defects, f"{defects} in {key}")

        for header in ONCE:
            check(len(mail.get_all(header, [])) == 1, f"{header} is there {len(mail.get_all(header, []))} times")
        for header in NEVER:
            check(mail[header] is None, f"there is {header}")
        keys = collections.Counter(k.lower() for k in mail.keys() if k.lower() != "received")
        check(max(keys.values()) == 1, f"a header is there twice: {keys.most_common(1)}")
        check(len(to) == 1 and to[0][1] == str(mail["X-Original-To"]), f"To is {to}, the envelope's {mail['X-Original-To']}")
        check(re.fullmatch(r"<[A-Za-z0-9-]{16,}@[a-z0-9.-]+\.[a-z]+>", str(mail["Message-ID"])), f"Message-ID {mail['Message-ID']}")
        check(re.fullmatch(r'("[^"]+" )?<[a-z0-9-]+(\.[a-z0-9-]+)+>', str(mail["List-Id"])), f"List-Id {mail['List-Id']}")
        check(str(mail["Auto-Submitted"]) == "auto-generated", f"Auto-Submitted {mail['Auto-Submitted']}")
        check(email.utils.parsedate_to_datetime(str(mail["Date"])).tzinfo is not None, f"Date {mail['Date']}")
        check(str(mail["Subject"]).strip() and str(mail["Subject"]).isprintable(), f"Subject {mail['Subject']!r}")

        parts = list(mail.iter_parts())
        kinds = [p.get_content_type() for p in parts]
        check(mail.get_content_type() == "multipart/alternative" and kinds == ["text/plain", "text/html"], f"is {mail.get_content_type()} of {kinds}")
        texts = []
        for part in parts:
            check(part.get_content_charset() == "utf-8", f"charset {part.get_content_charset()}")
            check(str(part["Content-Transfer-Encoding"]).lower() in ("quoted-printable", "base64"), f"encoding {part['Content-Transfer-Encoding']}")
            text = part.get_payload(decode=True).decode("utf-8", "replace")
            check("\ufffd" not in text, "is not UTF-8")
            # No control characters, and none that turn the direction of a text.
            check(not re.search("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text), "control characters in a text")
            texts.append(text)
        if len(texts) == 2:
            page = Page()
            page.feed(texts[1])
            page.close()
            check(not page.wrong and not page.open, f"HTML: {page.wrong} {page.open}")
            check(min(len(texts[0]), len("".join(page.text))) > 200, "is nearly empty")
            missing = [l for l in page.links if l.startswith("http") and l not in texts[0]]
            check(not missing, f"links in the HTML alone: {missing[:2]}")
        self.mails.append({"id": str(mail["Message-ID"]), "to": to[0][1] if to else "", "subject": str(mail["Subject"])})


reader = Reader()
for entry in sorted(os.listdir(sys.argv[1])):
    with open(os.path.join(sys.argv[1], entry), "rb") as f:
        reader.read(entry, f.read())
ids = collections.Counter(m["id"] for m in reader.mails)
reader.check(not ids or max(ids.values()) == 1, "all", f"one Message-ID is that of several mails: {ids.most_common(1)}")
json.dump({"python": sys.version.split()[0], "checks": reader.checks, "faults": reader.faults, "mails": reader.mails}, sys.stdout)

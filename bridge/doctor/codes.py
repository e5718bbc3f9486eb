"""Every code of what the doctor finds."""

from __future__ import annotations

from typing import Final

from core.codes import Code, table

CODES: Final = table(
    Code(
        "front_unset",
        "Where the hooks are found from outside is not known, so nothing was asked there.",
        'Write it into the configuration: `door.public_url = "https://HOST"`.',
    ),
    Code(
        "front_loopback",
        "The public address {where} is this machine itself: TradingView cannot call it.",
        "Put a front door before the bridge (docs/front-door.md), and write its address into "
        "`door.public_url`.",
    ),
    Code(
        "front_port",
        "The public address {where} has the port {value}; TradingView calls the ports 80 and 443 "
        "only.",
        "Let the front door listen at 443, and leave the port out of `door.public_url`.",
    ),
    Code(
        "front_name_unknown",
        "The name {where} is not known: {value}.",
        "Make an A record for it at whoever keeps the name, and wait until it is spread.",
    ),
    Code(
        "front_name_ipv6",
        "The name {where} has IPv6 addresses alone ({value}); TradingView has no IPv6.",
        "Make an A record with the IPv4 address of the front door.",
    ),
    Code(
        "front_address_private",
        "The name {where} leads to {value}, which cannot be reached from outside.",
        "Let its A record name the public IPv4 address, and forward port 443 from there; or use a "
        "tunnel (docs/front-door.md).",
    ),
    Code(
        "front_unreachable",
        "Nobody took the connection at {where}: {value}.",
        "Start the front door, and let its firewall and the provider's pass port 443. A router may "
        "not lead its own network back to itself: then run the doctor elsewhere.",
    ),
    Code(
        "front_not_tls",
        "What answers at {where} speaks no TLS ({value}).",
        "Let the front door speak TLS there, as the files of docs/front-door.md do.",
    ),
    Code(
        "front_tls_old",
        "What answers at {where} has no TLS that is still in use ({value}).",
        "Let it speak TLS 1.2 or 1.3: a newer proxy, or `ssl_protocols TLSv1.2 TLSv1.3;`.",
    ),
    Code(
        "front_certificate_name",
        "The certificate at {where} is for another name: {value}.",
        "Get one for this very name; with Caddy, write the name at the top of its file.",
    ),
    Code(
        "front_certificate_time",
        "The certificate at {where} is not valid today: {value}.",
        "Renew it, see why it was not renewed by itself, and look at this machine's clock.",
    ),
    Code(
        "front_certificate_unknown",
        "The certificate at {where} is vouched for by nobody who is trusted: {value}.",
        "Use one of a public authority (Let's Encrypt, as Caddy does) and send the whole chain "
        "(`fullchain.pem`).",
    ),
    Code(
        "front_certificate_ends",
        "The certificate at {where} ends in {value}.",
        "See why it was not renewed by itself: that is done {limit} before its end.",
    ),
    Code(
        "front_broken",
        "What answers at {where} gave no answer that can be read: {value}.",
        "Look into the log of the front door.",
    ),
    Code(
        "front_redirects",
        "{where} leads elsewhere ({value}); TradingView follows nobody, and the alert is lost.",
        "Let the front door forward `/hooks/*` as it is: no `www`, no slash, no other scheme.",
    ),
    Code(
        "front_bridge_away",
        "The front door answers {value} at {where}: the bridge behind it does not.",
        "Start the bridge, and compare the port that the front door forwards to with `door.port`.",
    ),
    Code(
        "front_late",
        "{where} took {value} to answer; after {limit} TradingView gives up, and the alert is "
        "lost.",
        "Look at the machine's load, and at what stands between: name, tunnel, firewall, proxy.",
    ),
    Code(
        "front_slow",
        "{where} took {value} to answer; {limit} would be quick.",
        "Look at what stands between: name, tunnel, proxy. TradingView waits for 3 s.",
    ),
    Code(
        "front_stranger",
        "What answers at {where} is not this bridge: {value}.",
        "Compare the name's address, and where the front door forwards `/hooks/*` to, with "
        "`door.port`.",
    ),
    Code(
        "front_open",
        "The front door serves more than the hooks: {value}.",
        "Let it forward `/hooks/*` alone and answer 404 to all else (docs/front-door.md).",
    ),
    Code(
        "front_plain",
        "At port 80 an alert is answered {value}: one whose address begins with http:// would be "
        "lost, or be read by everybody on its way.",
        "Let nothing listen there but what renews the certificate; with Caddy, "
        "`auto_https disable_redirects`.",
    ),
    Code(
        "doctor_bridge_away",
        "The bridge does not run, or is not ready.",
        "Start it with `bascule run`, then ask the doctor again.",
    ),
    Code(
        "doctor_clock_off",
        "The clock of this machine is {value} off; {limit} are allowed.",
        "Let a time server keep it: `timedatectl set-ntp true`, on Windows `w32tm /resync`.",
    ),
    Code(
        "doctor_clock_silent",
        "No time server answered ({value}).",
        "Correct `clock.servers`, or let the firewall pass UDP port 123.",
    ),
    Code(
        "doctor_clock_unasked",
        "No time server is named, so nobody was asked whether the clock is right.",
        "Name some: `clock.servers`. A clock that is off makes good alerts too old.",
    ),
)
"""What the doctor may say of the front door, of the bridge and of the clock."""

import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_agent.egress import AddressPolicy
from trend_agent.errors import Rejected

POLICY = AddressPolicy()

# fmt: off
NOT_PUBLIC = """
0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9
224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::7f00:1 64:ff9b:1::808:808 100::1 2001::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1:: 2002:808:808::
3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 4000::1
""".split()  # noqa: SIM905
# fmt: on

PUBLIC = ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]

REFUSED = [
    "",
    "example.com",
    "//example.com/feed",
    "http:///feed",
    "http:\\\\example.com",
    "http://example.com\\@127.0.0.1/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "dict://example.com:80/",
    "data:text/xml,<rss/>",
    "jar:http://example.com!/",
    "unix:///run/docker.sock",
    "javascript:alert(1)",
    "http://127.0.0.1",
    "http://localhost",
    "http://localhost.",
    "http://a.localhost/",
    "http://LOCALHOST/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://0/",
    "http://127.0.0.1./",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://08.8.8.8/",
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７。0。0。1/",
    "http://٠.0.0.1/",
    "http://%31%32%37.0.0.1/",
    "http://exam\u00adple.com/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://[::1",
    "http://good@example.com/",
    "http://good:word@example.com/",
    "http://example.com@127.0.0.1/",
    "http://:@example.com/",
    "http://example.com:22/",
    "http://example.com:6379/",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://example.com:port/",
    "http://exa mple.com/",
    "http://exa\tmple.com/",
    "http://example.com/a\r\nHost: other",
    "http://example.com/\0",
    "http://a..b/",
    "http://-a.example/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 200 + "example/",
    "http://example.com/" + "a" * 9000,
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_special_addresses_are_not_public(address):
    assert not POLICY.public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address):
    assert POLICY.public(address)


@pytest.mark.parametrize("text", ["", "example.com", "8.8.8", "08.8.8.8", "8.8.8.8.", "1" * 5000])
def test_what_is_no_address_is_not_public(text):
    assert not POLICY.public(text)


@pytest.mark.parametrize("text", REFUSED)
def test_dangerous_spellings_are_refused_before_any_lookup(text):
    with pytest.raises(Rejected):
        POLICY.parsed(text)


@pytest.mark.parametrize(
    ("text", "as_asked"),
    [
        ("http://example.com", "http://example.com"),
        (" https://example.com/feed.xml\n", "https://example.com/feed.xml"),
        ("HTTP://EXAMPLE.com:8080/a b?q=é#part", "http://example.com:8080/a%20b?q=%C3%A9"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.com./", "https://example.com./"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("http://127.0.0.1.example.com/", "http://127.0.0.1.example.com/"),
    ],
)
def test_ordinary_addresses_are_asked_as_written(text, as_asked):
    assert str(POLICY.parsed(text)) == as_asked


def test_a_further_port_can_be_allowed():
    with pytest.raises(Rejected, match="port 8000"):
        POLICY.parsed("http://example.com:8000/")
    assert AddressPolicy(ports={8000}).parsed("http://example.com:8000/").port == 8000


def test_no_argument_of_the_policy_makes_this_machine_public():
    import inspect

    assert list(inspect.signature(AddressPolicy).parameters) == ["ports"]
    assert not AddressPolicy(ports=range(65536)).public("127.0.0.1")


def test_a_refusal_does_not_repeat_secrets():
    with pytest.raises(Rejected) as refusal:
        POLICY.parsed("http://user:hunter2@example.com/feed?key=hunter2")
    assert "hunter2" not in str(refusal.value)


@given(st.from_regex(r"[0-9a-fx.]{1,16}", fullmatch=True))
def test_what_the_system_reads_as_a_numeric_address_is_never_taken_for_a_name(host):
    """`inet_aton` is what getaddrinfo reads numbers with: it knows octal, hexadecimal and short forms."""
    try:
        meant = ip_address(socket.inet_aton(host))
    except OSError:
        return
    try:
        url = POLICY.parsed(f"http://{host}/")
    except Rejected:
        return
    assert url.raw_host == str(meant)
    assert POLICY.public(str(meant))


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text):
    for candidate in (text, f"http://{text}", f"http://example.com/{text}"):
        try:
            url = POLICY.parsed(candidate)
        except Rejected:
            continue
        assert url.scheme in {"http", "https"}
        assert url.raw_user is None


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_ipv6_never_makes_it_public(address):
    wrapped = [f"::ffff:{address}", f"64:ff9b::{address}"]
    assert [POLICY.public(form) for form in wrapped] == [POLICY.public(str(address))] * 2
    assert not POLICY.public(f"::{address}")
    assert not POLICY.public(f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1")

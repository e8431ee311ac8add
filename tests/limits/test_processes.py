"""One key's window, asked by four processes at once on a real Valkey."""

import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from app.services import Servers

ROOT = Path(__file__).parents[2]
PROCESSES = 4
# Each asks as often as it can until it has been refused for a good while, and says how often it was let through.
ASKER = """
import sys
import redis
from app.chain.limits import SCRIPT, Ask
url, subject, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
ask = Ask(subject, 1, True, 1, limit)
script = redis.Redis.from_url(url).register_script(SCRIPT)
sys.stdin.readline()
passed, refused = 0, 0
while refused < 200:
    verdicts = script(keys=[ask.tag], args=["token", ask.packed() * 3])
    passed += sum(verdict[0] == 0 for verdict in verdicts)
    refused += all(verdict[0] == 1 for verdict in verdicts)
print(passed)
"""


@pytest.mark.parametrize("limit", [1, 30, 1_200, 6_000])
def test_no_more_and_no_less(servers: Servers, limit: int) -> None:
    command = [sys.executable, "-c", ASKER, servers.redis_url, secrets.token_hex(8), str(limit)]
    askers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for asker in askers:
        asker.stdin.write("go\n")
        asker.stdin.flush()
    assert sum(int(asker.communicate(timeout=50)[0]) for asker in askers) == limit

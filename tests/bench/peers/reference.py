"""The honest minimum: download, slice without decoding, COPY to a temporary table, merge by key, the newest winning."""

import msgspec
import psycopg
import requests

from tests.bench.peers.copy_limit import CSV
from tests.bench.peers.handshake import Job, run_when_told


class Answer(msgspec.Struct):
    data: list[msgspec.Raw]
    next: str | None


class Head(msgspec.Struct):
    id: int
    updated_at: str


def load(job: Job) -> None:
    read_page, read_head = msgspec.json.Decoder(Answer).decode, msgspec.json.Decoder(Head).decode
    with psycopg.connect(job["dsn"]) as conn, requests.Session() as http:
        conn.execute(
            "CREATE TABLE loaded (id bigint PRIMARY KEY, updated_at timestamptz, payload jsonb STORAGE EXTERNAL)"
        )
        conn.execute("CREATE TEMP TABLE incoming (LIKE loaded INCLUDING STORAGE) ON COMMIT DROP")
        with conn.cursor().copy(f"COPY incoming FROM STDIN {CSV}") as copy:
            url = job["url"]
            while url:
                page = read_page(http.get(url).content)
                heads = map(read_head, page.data)
                copy.write(
                    b"".join(
                        b"%d\x02%b\x02%b\n" % (head.id, head.updated_at.encode(), bytes(raw))
                        for head, raw in zip(heads, page.data, strict=True)
                    )
                )
                url = page.next and job["base"] + page.next
        conn.execute(
            "INSERT INTO loaded AS known SELECT DISTINCT ON (id) * FROM incoming ORDER BY id, updated_at DESC"
            " ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at, payload = excluded.payload"
            " WHERE known.updated_at < excluded.updated_at"
        )


if __name__ == "__main__":
    run_when_told(load)

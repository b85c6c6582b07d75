"""The limit: JSON lines that lie ready in a file, copied into a jsonb column. Nothing can load JSON faster by one backend."""

import psycopg

from tests.bench.peers.handshake import Job, run_when_told

CSV = "(FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"


def load(job: Job) -> None:
    with psycopg.connect(job["dsn"]) as conn:
        conn.execute("CREATE TABLE loaded (payload jsonb STORAGE EXTERNAL NOT NULL)")
        with open(job["file"], "rb") as lines, conn.cursor().copy(f"COPY loaded FROM STDIN {CSV}") as copy:
            while chunk := lines.read(1 << 18):
                copy.write(chunk)


if __name__ == "__main__":
    run_when_told(load)

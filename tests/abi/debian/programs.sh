# SPDX-License-Identifier: BSD-2-Clause
# Debian's own programs through the real dynamic loader.
# packages: bash coreutils grep sqlite3 python3 lua5.4 perl-base
set -e
cd /tmp
declare -A colours=([red]=1 [blue]=2)
echo "bash ${BASH_VERSINFO[0]} ${#colours[@]} $(( 2 ** 10 ))"
seq 1 1000 | sort -R | sort -n | md5sum | cut -c1-8
ls --version | head -1 | cut -d' ' -f1-2
printf 'one\ntwo\nthree\n' | grep -n -E 't(w|h)'
rm -f t.db
sqlite3 t.db <<'SQL'
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, value REAL);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
INSERT INTO t SELECT i, 'name ' || i, i * 1.5 FROM n;
COMMIT;
SELECT count(*), sum(value) FROM t;
CREATE INDEX by_name ON t(name);
SELECT id FROM t WHERE name = 'name 4242';
PRAGMA integrity_check;
SQL
lua5.4 -e 'local t = {} for i = 1, 100 do t[i] = i * i end print("lua", #t, t[100], string.format("%.3f", math.pi))'
perl -e 'my %h = map { $_ => $_ ** 2 } 1 .. 10; print "perl ", join(",", map { $h{$_} } sort { $a <=> $b } keys %h), "\n"; print "pid ok\n" if fork || exit; wait'
python3 - <<'PY'
import subprocess, sys, threading, queue, os, json, tempfile, signal
q = queue.Queue()
threads = [threading.Thread(target=lambda i=i: q.put(i * i)) for i in range(16)]
[t.start() for t in threads]
[t.join() for t in threads]
print("threads", sum(q.get() for _ in threads))
out = subprocess.run(["sh", "-c", "echo from child; exit 3"], capture_output=True, text=True)
print(out.stdout.strip(), out.returncode)
p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(len(p.communicate(b"x" * 200000)[0]))
with tempfile.TemporaryDirectory() as d:
    open(os.path.join(d, "f"), "w").write(json.dumps({"a": [1, 2, 3]}))
    print(json.load(open(os.path.join(d, "f"))), os.listdir(d))
p = subprocess.Popen(["sleep", "100"])
p.terminate()
print(p.wait() == -signal.SIGTERM)
PY

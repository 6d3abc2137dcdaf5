# SPDX-License-Identifier: BSD-2-Clause
seq 1 100000 | sort -n | tail -1
seq 1 1000 | awk '{ s += $1 } END { print s }'
printf 'b\na\nc\n' | sort | tr 'abc' 'xyz' | sed 's/y/Y/'
cat <<END
here $((6 * 7))
END
echo hello | gzip | gunzip
yes | head -n 3
dd if=/dev/zero bs=4096 count=16 2>/dev/null | wc -c
seq 1 20 | xargs -n 5 echo
seq 1 8 | xargs -P 4 -n 1 echo | sort -n | tr '\n' ' '; echo

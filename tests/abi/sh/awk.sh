# SPDX-License-Identifier: BSD-2-Clause
cd /tmp
seq 1 20000 | awk '{ n[$1 % 7] += $1 } END { for (i = 0; i < 7; i++) print i, n[i] }'
awk 'BEGIN { for (i = 0; i < 100; i++) s = s "x"; print length(s), substr(s, 98) "!" }'
printf 'a:1\nb:2\na:3\n' | awk -F: '{ t[$1] += $2 } END { print t["a"], t["b"] }'
awk 'BEGIN { "echo from a pipe" | getline x; print x; print "sorted" | "sort"; close("sort") }'
awk 'BEGIN { printf "%5.2f|%-5s|%05d|%x\n", 3.14159, "ab", 42, 255 }'
seq 1 100 | sed -n '/5$/p' | tr '\n' ' '; echo
printf 'one two\nthree\n' | sed 's/\([a-z]*\) \([a-z]*\)/\2 \1/; $a\end'
seq 1 3000 | sort -rn | head -n 2; seq 1 300 | sort | uniq -c | wc -l
seq 1 30 | grep -E '^(1|2)[05]$'; echo 'a,b;c' | cut -d, -f2
expr 6 \* 7; echo $((1 << 40)) $((-7 / 2)) $((0x10 + 010))
printf '%s\n' c a b | sort | paste -s -d, -; seq 5 | tac | tr '\n' ' '; echo
seq 1 10 | xargs -n 3 sh -c 'echo "$# $*"' sh
printf 'x\0y\0' | xargs -0 -n 1 echo; printf 'tab\there\n' | expand -t 4; echo abc | rev
od -An -tx1 <<END
hello
END
date -u -d @86400 '+%F'; echo "$(printf '%03d' 7)"; test 010 -eq 10 && echo ten
echo hello | md5sum | cut -c1-8; printf abc | hexdump -C | head -n 1

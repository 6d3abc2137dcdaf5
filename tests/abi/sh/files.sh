# SPDX-License-Identifier: BSD-2-Clause
cd /tmp
mkdir -p d/e && echo one > d/a && echo two >> d/a && cat d/a
ln d/a d/hard && ln -s a d/sym && readlink d/sym && cat d/sym | wc -l
stat -c '%h %s %a' d/a
chmod 640 d/a && stat -c %a d/hard
mv d/a d/e/b && cat d/e/b | head -1
[ -e d/sym ] || echo dangling; rm d/sym
tar cf t.tar d && rm -r d && tar xf t.tar && find d | sort
cp -r d d2 && diff -r d d2 && echo same
rmdir d 2>/dev/null || echo 'not empty'
rm -rf d d2 && ls
mkfifo p && (echo through fifo > p &) && cat p
touch -d '2020-01-02 03:04:05' x && stat -c %y x | cut -d. -f1
: > /dev/null && head -c 4 /dev/zero | od -An -tx1
echo data > f && (cat < f; exec 3<f; read line <&3; echo "read $line")
cat missing 2>&1 | sed 's/.*: //'
pwd; cd ..; pwd; cd - > /dev/null; pwd
umask 077; : > private; stat -c %a private
truncate -s 10000 sparse; wc -c < sparse

# SPDX-License-Identifier: BSD-2-Clause
cd /tmp && mkdir -p tree/sub/deep tree/empty && cd tree
seq 1 5000 > numbers
dd if=/dev/zero of=zeros bs=1000 count=300 2> /dev/null
echo text > sub/file; ln -s ../numbers sub/link; ln sub/file sub/hard; chmod 750 sub; chmod 4755 sub/file
echo deep > sub/deep/leaf; touch -d '2020-02-03 04:05:06' numbers
cd ..
tar cf all.tar tree && tar tf all.tar | sort
mkdir out && tar xpf all.tar -C out && diff -r tree out/tree && echo same
stat -c '%a %s %h' out/tree/sub/file; readlink out/tree/sub/link; date -r out/tree/numbers '+%F %T'
tar czf all.tgz tree && gunzip -c all.tgz | cmp - all.tar && echo gzip
bzip2 -k all.tar && bunzip2 -c all.tar.bz2 | cmp - all.tar && echo bzip2
find tree -name leaf -o -type d | sort
(cd tree && find . -type f | sort | cpio -o -H newc 2> /dev/null) > a.cpio
mkdir out2 && (cd out2 && cpio -id < ../a.cpio 2> /dev/null); cmp tree/numbers out2/numbers && echo cpio
cp -a tree copy && diff -r tree copy && stat -c %a copy/sub
md5sum < tree/numbers; sha256sum < tree/zeros
du -s tree > /dev/null && echo du
rm -r tree out out2 copy; ls
cd /; rm -r /tmp/all.* /tmp/a.cpio

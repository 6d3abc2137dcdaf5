#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tidy.py must find planted violations, and nothing in a clean tree."""
import os
import shutil
import sys
import tempfile

import tidy

HERE = os.path.dirname(os.path.abspath(__file__))
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"
BLOCK = "/*\n * What.\n *\n * Owner:   x.\n * Context: x.\n * Locking: x.\n * Errors:  x.\n */\n"


def header(guard, body=""):
    return f"{SPDX}{BLOCK}#ifndef {guard}\n#define {guard}\n\n{body}\n#endif /* {guard} */\n"


def function(body):
    return f"int f(void)\n{{\n{body}}}\n"


CLEAN = {
    "core/lib/README.md": "# lib\n",
    "core/mm/README.md": "# mm\n",
    "core/hal/README.md": "# hal\n",
    "core/lib/list.h": header("CLOUDOS_LIB_LIST_H", "#include <stdint.h>\n"),
    "core/hal/hal.h": header("CLOUDOS_HAL_HAL_H"),
    "core/mm/slab.h": header("CLOUDOS_MM_SLAB_H", '#include "lib/list.h"\n'),
    "core/mm/slab_priv.h": header("CLOUDOS_MM_SLAB_PRIV_H"),
    "core/mm/slab.c": SPDX + '#include "mm/slab.h"\n\n#include "hal/hal.h"\n'
                      '#include "mm/slab_priv.h"\n\n' +
                      function("    if (1)\n        goto out;\nout:\n    return 0;\n"),
}

# (what is planted: path, contents), (what must be reported: path and rule)
PLANTED = [
    ("core/lib/no_spdx.c", "int x;\n", "spdx"),
    ("core/lib/long.c", SPDX + "int x;\n" * 800, "file-length"),
    ("core/lib/wide.c", SPDX + "/* " + "x" * 100 + " */\n", "line-length"),
    ("core/lib/tab.c", SPDX + "\tint x;\n", "whitespace"),
    ("core/lib/space.c", SPDX + "int x; \n", "whitespace"),
    ("core/lib/function.c", SPDX + function("    x();\n" * 71), "function-length"),
    ("core/lib/back.c", SPDX + function("again:\n    goto again;\n"), "goto"),
    ("core/lib/if.c", SPDX + "#if X\n#endif\n", "conditional"),
    ("core/lib/ifdef.c", SPDX + "#ifdef __linux__\n#endif\n", "conditional"),
    ("core/lib/inner.h", header("CLOUDOS_LIB_INNER_H", "#ifndef X\n#endif\n"), "conditional"),
    ("core/lib/asm.c", SPDX + function("    __asm__ volatile(\"pause\");\n"), "machine"),
    ("core/lib/target.c", SPDX + "int x = __aarch64__;\n", "machine"),
    ("core/lib/tls.c", SPDX + "static __thread int x;\n", "thread-local"),
    ("core/lib/libc.c", SPDX + "#include <stdio.h>\n", "include"),
    ("core/lib/bare.c", SPDX + '#include "list.h"\n', "include"),
    ("core/lib/missing.c", SPDX + '#include "lib/missing_too.h"\n', "include"),
    ("core/lib/host.c", SPDX + '#include "hostsim/hal/arena.h"\n', "include"),
    ("core/lib/up.c", SPDX + '#include "mm/slab.h"\n', "room"),
    ("core/odd/odd.c", SPDX + '#include "lib/list.h"\n', "room"),
    ("core/hal/more.h", header("CLOUDOS_HAL_MORE_H", '#include "lib/list.h"\n'), "room"),
    ("core/lib/peek.c", SPDX + '#include "mm/slab_priv.h"\n', "private"),
    ("core/lib/list.c", SPDX + '#include "hal/hal.h"\n#include "lib/list.h"\n', "own-header"),
    ("core/lib/guard.h", header("LIB_GUARD_H"), "guard"),
    ("core/lib/unguarded.h", SPDX + BLOCK, "guard"),
    ("core/lib/block.h", header("CLOUDOS_LIB_BLOCK_H").replace("Locking:", "Locks:"), "block"),
    ("core/new/new.c", SPDX, "readme"),
    ("hostsim/hal/bare.c", SPDX + '#include "arena.h"\n', "include"),
    ("hostsim/hal/peek.c", SPDX + '#include "mm/slab_priv.h"\n', "private"),
]


def report(files, exceptions=""):
    """What tidy says about a tree of these files."""
    root = tempfile.mkdtemp()
    files = dict(files)
    files["tests/tidy/exceptions.txt"] = exceptions
    with open(os.path.join(HERE, "rooms.txt"), encoding="utf-8") as f:
        files["tests/tidy/rooms.txt"] = f.read()
    try:
        for path, text in files.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as f:
                f.write(text)
        return tidy.check_tree(root)
    finally:
        shutil.rmtree(root)


def reported(problems, path, rule):
    where = os.path.dirname(path) if rule == "readme" else path
    return any(p.startswith(where + ":") and f": {rule}: " in p for p in problems)


def failures():
    if report(CLEAN):
        yield f"a clean tree is not clean: {report(CLEAN)}"
    for path, text, rule in PLANTED:
        problems = report({**CLEAN, path: text})
        if not reported(problems, path, rule):
            yield f"{path}: {rule} was not reported, only {problems}"
        excepted = os.path.dirname(path) if rule == "readme" else path
        problems = report({**CLEAN, path: text}, f"{excepted} {rule}: because\n")
        if reported(problems, path, rule):
            yield f"{path}: {rule} was reported despite an exception"
    if not report({**CLEAN, "core/mm/README.md": "x\n" * 11}):
        yield "a long README.md was not reported"
    if not report(CLEAN, "core/mm/slab.c goto: not needed\n"):
        yield "an exception that is not needed was not reported"
    path, text, rule = PLANTED[5]
    if not report({**CLEAN, path: text}, f"{path} {rule} f:\n"):
        yield "an exception without a reason was not reported"
    if report({**CLEAN, path: text}, f"{path} {rule} f: because\n"):
        yield "an exception for one function was not honoured"


def main():
    found = list(failures())
    print("\n".join(found) if found else f"{len(PLANTED)} planted violations found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the house that a machine can check.

tidy.py [--format] [ROOT]

Reads ROOT/tests/tidy/rooms.txt (who may include whom) and exceptions.txt.  Prints one line per
violation, `path:line: rule: what`, and fails if there is one, or if an exception is not needed.
With --format it runs clang-format instead.
"""
import os
import re
import subprocess
import sys

TOPS = ("core", "arch", "hostsim", "bare-metal", "tests", "bench")
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800
LINE_CHARS_MAX = 100
README_LINES_MAX = 10
COMPILER_HEADERS = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h"}
FORMAT_VERSION = 14
CHECKED = (".c", ".h", ".S", ".def", ".py", ".sh", ".ld", ".cmake", "CMakeLists.txt")
BLOCK_WORDS = ("Owner", "Context", "Locking", "Errors")


class Tree:
    """All files below ROOT, and what has been found wrong with them."""

    def __init__(self, root):
        self.root = root
        self.files = sorted(self.walk())
        self.problems = []
        self.rooms, self.open_rooms = self.read_rooms()
        self.exceptions = self.read_exceptions()
        self.used = set()

    def walk(self):
        for top in TOPS:
            for folder, folders, names in os.walk(os.path.join(self.root, top)):
                folders[:] = [f for f in folders if f not in ("__pycache__", "build")]
                for name in names:
                    yield os.path.relpath(os.path.join(folder, name), self.root)

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as f:
            return f.read()

    def config(self, name):
        """Lines of a file of tests/tidy, split at the first colon."""
        for line in self.read("tests/tidy/" + name).splitlines():
            line = line.strip()
            if line and not line.startswith("#"):
                key, _, value = line.partition(":")
                yield key.strip(), value.strip()

    def read_rooms(self):
        rooms = {room: uses.split() for room, uses in self.config("rooms.txt")}
        return rooms, rooms.pop("open")

    def read_exceptions(self):
        found = {}
        for key, reason in self.config("exceptions.txt"):
            if not reason:
                self.problems.append(f"exceptions.txt: {key}: an exception needs a reason")
            found[tuple(key.split())] = reason
        return found

    def problem(self, path, line, rule, what, detail=None):
        """`detail` narrows an exception down, for instance to one function."""
        for key in ((path, rule), (path, rule, detail)):
            if key in self.exceptions:
                self.used.add(key)
                return
        self.problems.append(f"{path}:{line}: {rule}: {what}")

    def unused_exceptions(self):
        for key in self.exceptions.keys() - self.used:
            self.problems.append(f"exceptions.txt: not needed: {' '.join(key)}")


def is_c(path):
    return path.endswith((".c", ".h", ".def"))


def check_spdx(tree, path, lines):
    if not any("SPDX-License-Identifier: BSD-2-Clause" in line for line in lines[:2]):
        tree.problem(path, 1, "spdx", "no SPDX line on top")


def check_lengths(tree, path, lines):
    if len(lines) > FILE_LINES_MAX:
        tree.problem(path, 1, "file-length",
                     f"{len(lines)} lines, {FILE_LINES_MAX} is the limit")
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARS_MAX:
            tree.problem(path, number, "line-length", f"{len(line)} characters")
        if "\t" in line or line != line.rstrip():
            tree.problem(path, number, "whitespace", "a tab, or space at the end")


def functions(lines):
    """(name, first line of the body, last line) of every function, by our brace style."""
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            yield function_name(lines, start), start, i
            start = None


def function_name(lines, brace):
    signature = ""
    for line in reversed(lines[max(0, brace - 8):brace]):
        if line == "" or line.endswith((";", "}", "*/")):
            break
        signature = line + " " + signature
    names = re.findall(r"(\w+)\(", signature.replace("__attribute__((", ""))
    return names[0] if names else "?"


def check_functions(tree, path, lines):
    for name, start, end in functions(lines):
        if end - start - 1 > FUNCTION_LINES_MAX:
            tree.problem(path, start + 1, "function-length",
                         f"{name}: {end - start - 1} lines, {FUNCTION_LINES_MAX} is the limit",
                         name)
        labels = {}
        for i in range(start, end):
            label = re.match(r"(\w+):(?!:)", lines[i])
            if label:
                labels[label.group(1)] = i
        for i in range(start, end):
            for target in re.findall(r"\bgoto (\w+);", lines[i]):
                if labels.get(target, end) <= i:
                    tree.problem(path, i + 1, "goto", f"{name}: {target} is not ahead", name)


def include_name(path):
    """The path by which a header is included."""
    if path.startswith("core/"):
        return path[len("core/"):]
    match = re.match(r"arch/\w+/(.*)", path)
    return match.group(1) if match else path


def check_guard(tree, path, text):
    guard = "CLOUDOS_" + re.sub(r"\W", "_", include_name(path)).upper()
    names = re.findall(r"^#ifndef (\w+)\n#define (\w+)$", text, re.M)
    if not names or names[0][0] != names[0][1]:
        tree.problem(path, 1, "guard", "no include guard")
    elif path.startswith(("core/", "arch/", "hostsim/", "bare-metal/")) and names[0][0] != guard:
        tree.problem(path, 1, "guard", f"{names[0][0]} should be {guard}")


def check_block(tree, path, text):
    comment = re.search(r"/\*.*?\*/\s*/\*(.*?)\*/", text, re.S)
    for word in BLOCK_WORDS:
        if not comment or not re.search(rf"^ \* {word}:\s+\S", comment.group(1), re.M):
            tree.problem(path, 2, "block", f"the opening comment does not say {word}:")


def check_conditionals(tree, path, lines):
    """None in the core.  In abi/ a header may step back for the host's own definitions, which
    have the same values, so that hosted code can include both."""
    guard_seen = not path.endswith(".h")
    in_abi = path.startswith("core/abi/")
    for number, line in enumerate(lines, 1):
        match = re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b(.*)", line)
        if not match:
            continue
        if not guard_seen and match.group(1) == "ifndef":
            guard_seen = True
            continue
        if in_abi and (match.group(1) == "ifndef" or "__STDC_HOSTED__" in match.group(2)):
            continue
        tree.problem(path, number, "conditional", f"#{match.group(1)}{match.group(2)}")


def room_of(name):
    """The room of a header, by the name under which it is included."""
    return name.split("/")[0]


def check_edge(tree, path, number, name):
    """May the core's (or arch's) file `path` include "name"?"""
    here = "arch" if path.startswith("arch/") else room_of(include_name(path))
    there = room_of(name)
    uses = tree.rooms.get(here)
    if uses is None:
        tree.problem(path, number, "room", f"{here} is not in rooms.txt")
    elif there != here and there not in uses and name not in uses:
        if there not in tree.open_rooms or here in tree.open_rooms:
            tree.problem(path, number, "room", f"{here} may not use {name}", name)


def check_core_include(tree, path, number, quoted, name):
    if not quoted:
        if name not in COMPILER_HEADERS and not path.startswith("core/abi/"):
            tree.problem(path, number, "include", f"<{name}> is not a compiler's header", name)
        return
    exists = ("core/" + name in tree.paths or
              any(p.startswith("arch/") and include_name(p) == name for p in tree.paths))
    if "/" not in name or not exists:
        tree.problem(path, number, "include", f'"{name}" is not a path from the top', name)
        return
    check_edge(tree, path, number, name)


def check_hosted_include(tree, path, number, quoted, name):
    if quoted and path.startswith(("hostsim/", "bare-metal/")) and "/" not in name:
        tree.problem(path, number, "include", f'"{name}" is not a path from the top', name)
    if path.startswith("bare-metal/") and not quoted and name not in COMPILER_HEADERS:
        tree.problem(path, number, "include", f"<{name}> is not a compiler's header", name)
    if path.startswith("bare-metal/common/") and quoted and name.startswith("arch/"):
        tree.problem(path, number, "include", f"{name}: common/ knows no architecture", name)


def check_includes(tree, path, lines):
    in_core = path.startswith(("core/", "arch/"))
    own = include_name(re.sub(r"\.c$", ".h", path))
    has_own = path.endswith(".c") and re.sub(r"\.c$", ".h", path) in tree.paths
    first = True
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        quoted, name = match.group(1) == '"', match.group(2)
        if first and has_own and name != own and os.path.basename(own) != name:
            tree.problem(path, number, "own-header", f'"{own}" comes first')
        first = False
        if name.endswith("_priv.h"):
            folder = os.path.dirname(include_name(path))
            if os.path.dirname(name) != folder and not path.startswith("tests/"):
                tree.problem(path, number, "private", f"{name} belongs to its folder")
        check = check_core_include if in_core else check_hosted_include
        check(tree, path, number, quoted, name)


def check_thread_local(tree, path, lines):
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(__thread|_Thread_local|thread_local)\b", line):
            tree.problem(path, number, "thread-local", "thread-local storage is the host's")


def check_machine(tree, path, lines):
    """The core does not know where it runs: no instruction, no name of a compiler's target."""
    for number, line in enumerate(lines, 1):
        match = re.search(r"\b(asm|__asm|__asm__|__x86_64\w*|__i386\w*|__amd64\w*|__aarch64\w*|"
                          r"__arm\w*|__ARM\w*|__riscv\w*|__builtin_(ia32|aarch64|riscv)\w*)\b",
                          line)
        if match:
            tree.problem(path, number, "machine", f"{match.group(1)}: the core has no machine")


def check_readmes(tree):
    folders = {os.path.dirname(p) for p in tree.files
               if p.endswith((".c", ".h", ".S", ".py"))}
    for folder in sorted(folders):
        # These only mirror what is explained elsewhere.
        if re.match(r"tests/unit/|arch/\w+/arch$", folder):
            continue
        readme = folder + "/README.md"
        if readme not in tree.paths:
            tree.problem(folder, 1, "readme", "no README.md")
        elif len(tree.read(readme).splitlines()) > README_LINES_MAX:
            tree.problem(folder, 1, "readme", f"README.md has more than {README_LINES_MAX} lines")


def check_file(tree, path):
    text = tree.read(path)
    lines = text.splitlines()
    check_spdx(tree, path, lines)
    if path.endswith((".c", ".h", ".S", ".def", ".py")):
        check_lengths(tree, path, lines)
    if not is_c(path):
        return
    check_functions(tree, path, lines)
    check_includes(tree, path, lines)
    if path.endswith(".h"):
        check_guard(tree, path, text)
        check_block(tree, path, text)
    if path.startswith("core/"):
        check_conditionals(tree, path, lines)
        check_machine(tree, path, lines)
        check_thread_local(tree, path, lines)


def check_tree(root):
    tree = Tree(root)
    tree.paths = set(tree.files)
    for path in tree.files:
        if path.endswith(CHECKED):
            check_file(tree, path)
    check_readmes(tree)
    tree.unused_exceptions()
    return tree.problems


def check_format(root):
    """Other versions lay out some constructs differently: only one of them decides."""
    try:
        version = subprocess.run(["clang-format", "--version"], check=True,
                                 capture_output=True, text=True).stdout
    except OSError:
        print("warning: no clang-format: layout not checked")
        return []
    major = int(re.search(r"version (\d+)", version).group(1))
    if major != FORMAT_VERSION:
        print(f"warning: clang-format {major}, not {FORMAT_VERSION}: layout not checked")
        return []
    tree = Tree(root)
    paths = [p for p in tree.files if p.endswith((".c", ".h"))]
    run = subprocess.run(["clang-format", "--dry-run", "-Werror"] + paths, cwd=root,
                         capture_output=True, text=True)
    bad = [line.split(":")[0] for line in run.stderr.splitlines() if ": error" in line]
    return [f"{path}: format: clang-format -i would change it in {bad.count(path)} places"
            for path in sorted(set(bad))]


def main():
    args = sys.argv[1:]
    check = check_format if "--format" in args else check_tree
    roots = [a for a in args if not a.startswith("-")]
    problems = check(roots[0] if roots else ".")
    print("\n".join(problems) if problems else "tidy")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

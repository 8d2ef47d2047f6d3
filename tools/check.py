#!/usr/bin/env python3
"""
The rules that a compiler does not check (HACKING.md gives the reasons):
who may include whom, no #if, no mutable globals in net/, sizes, widths,
head comments, headers that stand alone, the kernel's size.

`make check` calls it; each broken rule is one line `file:line: sentence`.
"""

import argparse
import ast
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

FILE_LINES = 500
FUNCTION_LINES = 60
TEST_FILE_LINES = 1000  # tests are lists: long is not hard to read
TEST_FUNCTION_LINES = 100
PARAMETERS = 5
FOREIGN = "test/packetdrill"  # its calls have other people's parameters
WIDTH = 80
TAB = 8
KERNEL_BYTES = 384 * 1024

# Folder -> folders it may include; the longest matching prefix counts.
# None: everything. A name ending in .h allows that one header.
CORE = ["lib", "kernel", "net/core"]
LINK = CORE + ["net/link"]
IPV4 = LINK + ["net/ipv4"]
TCP = IPV4 + ["net/tcp"]
SOCKET = TCP + ["net/socket"]
INCLUDE_RULES = {
    "lib": ["lib"],
    "kernel": ["lib", "kernel"],
    "arch": ["lib", "kernel", "arch"],
    "drivers": ["lib", "kernel", "arch", "drivers", "net/core/netdev.h",
                "net/core/skbuff.h", "net/core/napi.h"],
    "net/core": CORE,
    "net/core/init.c": SOCKET,  # fills the tables of calls upwards
    "net/link": LINK,
    "net/ipv4": IPV4,
    "net/tcp": TCP,
    "net/socket": SOCKET,
    "app": ["lib", "kernel", "net/socket", "app"],
    "boot": None,
    "host": ["lib", "kernel", "net", "host"],
    "examples": ["host/barenet.h"],
    "test": None,
    "tools": None,
}
HOSTED = ("test", "tools", "host", "examples", "boot/efi")  # see libc
NO_IF = ("lib", "kernel", "drivers", "net", "app")
SKIP_DIRS = {".git", "build", "__pycache__", ".pytest_cache"}
TEXT = {".c", ".h", ".S", ".py", ".sh", ".mk", ".md", ".ld", ".cfg"}
UNFINISHED = re.compile(r"\b(?:%s)\b" % "|".join(["TO" + "DO", "FIX" + "ME"]))


class Report:
    """Collects findings; the exit status is whether there are any."""

    def __init__(self):
        self.findings = set()

    def add(self, path, line, text):
        self.findings.add((str(path), line, text))

    def print(self):
        for path, line, text in sorted(self.findings):
            print(f"{path}:{line}: {text}")


def project_files(root):
    """All source files below root, as paths relative to it."""
    for top, dirs, files in os.walk(root):
        dirs[:] = sorted(d for d in dirs if d not in SKIP_DIRS)
        for name in sorted(files):
            path = pathlib.Path(top, name).relative_to(root)
            if path.suffix in TEXT or name in ("Makefile", "run"):
                yield path


def in_folders(path, folders):
    return path.parts[0] in folders


def under(path, prefix):
    return path == prefix or path.startswith(prefix + "/")


def strip_code(text):
    """Comments, literals and preprocessor lines blanked, lines kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
                  r"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.M)


# ---- text rules, for every file

def check_text(path, lines, report):
    limit = path.suffix in {".c", ".h", ".S", ".py", ".sh"}
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            report.add(path, number, "trailing whitespace")
        if UNFINISHED.search(line):
            report.add(path, number, "unfinished work is not checked in")
        if limit and len(line.expandtabs(TAB)) > WIDTH:
            report.add(path, number, f"longer than {WIDTH} columns")
    most = TEST_FILE_LINES if in_folders(path, ["test"]) else FILE_LINES
    if limit and len(lines) > most:
        report.add(path, 1, f"{len(lines)} lines, at most {most}")


def check_head(path, lines, report):
    first = lines[0] if lines else ""
    if path.suffix in {".c", ".h", ".S"}:
        good = first.startswith("/*")
    elif first.startswith("#!"):
        rest = lines[1] if len(lines) > 1 else ""
        good = rest.startswith(("#", '"""'))
    elif path.suffix == ".py":
        good = first.startswith('"""') or path.name == "__init__.py"
    else:
        good = path.suffix == ".md" or first.startswith(("#", "/*"))
    if not good:
        report.add(path, 1, "no comment at the head says what this is")


# ---- C rules

def check_includes(path, text, report):
    name = str(path)
    rule = max((r for r in INCLUDE_RULES if under(name, r)), key=len,
               default=None)
    if rule is None:
        report.add(path, 1, "folder without an include rule")
        return
    allowed = INCLUDE_RULES[rule]
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not match or allowed is None:
            continue
        target = match.group(1)
        if "/" not in target:
            report.add(path, number, f'"{target}": include by its folder')
        elif not any(under(target, a) for a in allowed):
            report.add(path, number, f"{rule}/ may not include {target}")


def check_no_if(path, text, report):
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line):
            report.add(path, number, "one text for all worlds: no #if here")


def parameter_count(code, start):
    """Of the parenthesis at code[start]; None when it is not a list."""
    depth = commas = 0
    for at in range(start, len(code)):
        char = code[at]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return commas + 1
        elif char == "," and depth == 1:
            commas += 1
    return None


def check_declaration(path, number, code, report):
    """One declaration or definition head at file level."""
    match = re.search(r"\b([a-z_]\w*)\s*\(", code)
    head = code[:match.start()] if match else ""
    if not match or "=" in head or not re.search(r"\w", head):
        return
    if match.group(1) in ("_Static_assert", "__attribute__", "aligned"):
        return
    if under(str(path), FOREIGN):
        return
    count = parameter_count(code, match.end() - 1)
    if count is not None and count > PARAMETERS:
        report.add(path, number, f"{match.group(1)}: {count} parameters, "
                                 f"at most {PARAMETERS}")


def check_functions(path, text, report):
    """Lengths, by the brace in column 0; parameters, at brace depth 0."""
    code = strip_code(text)
    most = TEST_FUNCTION_LINES if in_folders(path, ["test"]) \
        else FUNCTION_LINES
    head, head_line, open_line, depth = [], 0, 0, 0
    for number, line in enumerate(code.split("\n"), 1):
        if depth == 0 and line.strip() and line[0] not in "{}":
            if not head:
                head_line = number
            head.append(line)
        if depth == 0 and line.startswith("{"):
            open_line = head_line
        depth += line.count("{") - line.count("}")
        if depth == 0 and open_line and line.startswith("}"):
            length = number - open_line + 1
            if length > most:
                report.add(path, open_line, f"function of {length} lines, "
                                            f"at most {most}")
        if head and (depth or line.rstrip().endswith((";", "}"))):
            check_declaration(path, head_line, " ".join(head), report)
            head = []
        if depth == 0 and line.startswith("}"):
            open_line, head = 0, []


def check_header(path, text, report):
    if "#pragma once" not in text:
        report.add(path, 1, "no #pragma once")


def header_alone(path, command):
    result = subprocess.run(
        command + ["-fsyntax-only", "-x", "c", "-include", str(path),
                   "/dev/null"], capture_output=True, text=True, check=False)
    errors = [x for x in result.stderr.split("\n") if " error: " in x]
    return path, errors[0] if result.returncode and errors else ""


def check_headers_alone(headers, args, report):
    """Each header names what it needs: it compiles in an empty file."""
    free = args.cc.split() + args.flags
    host = args.cc.split() + ["-std=gnu11", "-I."]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(header_alone, h, host if
                            any(under(str(h), x) for x in HOSTED) else free)
                for h in headers]
        for job in jobs:
            path, error = job.result()
            if error:
                report.add(path, 1, f"does not compile alone: {error}")


# ---- rules about objects

def check_globals(build, report):
    """net/ keeps all state in struct net: no .data, .bss, common symbols."""
    objects = sorted(build.glob("metal/net/**/*.o"))
    if not objects:
        report.add(build, 1, "no objects of net/ to look at: make kernel")
        return
    for obj in objects:
        source = str(obj.relative_to(build / "metal").with_suffix(".c"))
        table = subprocess.run(["objdump", "-t", str(obj)], check=True,
                               capture_output=True, text=True).stdout
        for line in table.split("\n"):
            match = re.match(r"[0-9a-f]{16} (.{7}) (\S+)\t\S+ (?:\.\w+ )?(\S+)",
                             line)
            if not match or "d" in match.group(1):
                continue
            section, name = match.group(2), match.group(3)
            writable = re.match(r"\.(data|bss|tdata|tbss)\b|\*COM\*", section)
            if writable and not section.startswith(".data.rel.ro"):
                report.add(source, 1, f"mutable global {name} ({section})")


def check_kernel_size(build, report):
    elf = build / "barenet.elf"
    if not elf.exists():
        report.add(elf, 1, "not built")
        return
    stripped = build / "check-stripped.elf"
    subprocess.run(["strip", "-o", stripped, elf], check=True)
    size = stripped.stat().st_size
    if size >= KERNEL_BYTES:
        report.add(elf, 1, f"{size} bytes stripped, at most {KERNEL_BYTES}")


# ---- scripts

def check_script(path, text, report):
    if text.startswith("#!/bin/sh"):
        result = subprocess.run(["sh", "-n", str(path)], check=False,
                                capture_output=True, text=True)
        if result.returncode:
            report.add(path, 1, result.stderr.strip())
    if path.suffix == ".py":
        try:
            ast.parse(text, str(path))
        except SyntaxError as error:
            report.add(path, error.lineno or 1, f"syntax: {error.msg}")


def check_drops_doc(root, report):
    doc = root / "docs/drops.md"
    want = subprocess.run(["tools/drops-doc.sh"], cwd=root, check=True,
                          capture_output=True, text=True).stdout
    if not doc.exists() or doc.read_text() != want:
        report.add("docs/drops.md", 1, "not current: make docs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("flags", nargs="*", help="the kernel's CFLAGS")
    args = parser.parse_args()
    root, build = pathlib.Path("."), pathlib.Path(args.build)
    report, headers = Report(), []

    for path in project_files(root):
        text = path.read_text()
        lines = text.split("\n")
        if lines and not lines[-1]:
            lines.pop()
        check_text(path, lines, report)
        check_head(path, lines, report)
        check_script(path, text, report)
        if path.suffix not in {".c", ".h"}:
            continue
        check_includes(path, text, report)
        check_functions(path, text, report)
        if in_folders(path, NO_IF):
            check_no_if(path, text, report)
        if path.suffix == ".h":
            check_header(path, text, report)
            headers.append(path)
    check_headers_alone(headers, args, report)
    check_globals(build, report)
    check_kernel_size(build, report)
    check_drops_doc(root, report)

    report.print()
    print(f"rules: {len(report.findings)} findings")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())

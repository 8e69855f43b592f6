#!/bin/sh
# Compares include/swiftllc.h with what the Swift compiler built: @_cdecl does not read a header, and a
# caller would find out from wrong numbers. Two comparisons, each an error where they differ:
#  - signatures: the header and the one that swiftc emits for Sources/CExports, in one C file;
#  - names: the functions of the header, of the emitted header, and the symbols of libswiftllc.so.
set -eu
cd "$(dirname "$0")/.."

swift build -c release --product swiftllc
products=$(swift build -c release --show-bin-path)
emitted=$products/CExports.build/include/CExports-Swift.h
resources=$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
clang=$resources/../../bin/clang
work=build/check-header
rm -rf "$work" && mkdir -p "$work"

# Only the declarations: the emitted header hides them from all but Objective-C.
grep '^SWIFT_EXTERN' "$emitted" > "$work/emitted.h" || true
# swiftc writes an opaque pointer as void *, hence the first define. Declarations that differ are errors.
printf '#include "swiftllc.h"\n#include "emitted.h"\n' > "$work/both.c"
"$clang" -std=c11 -fsyntax-only -Iinclude -DSLLC_HANDLES_AS_VOID \
  -DSWIFT_EXTERN=extern -DSWIFT_NOEXCEPT= -DSWIFT_WARN_UNUSED_RESULT= "$work/both.c"

# After the preprocessor only declarations are left, so a name before a parenthesis is a function.
functions() { grep -oE 'sllc_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u; }
"$clang" -E -P include/swiftllc.h | functions > "$work/header"
# A function that is not public is missing in the emitted header, so its signature would go unseen.
functions < "$work/emitted.h" > "$work/emitted"
nm -D --extern-only --defined-only "$products/libswiftllc.so" | sed 's/.* //' | sort -u > "$work/exported"

agree=yes
compare() { # file, what it lists
  diff -u --label swiftllc.h --label "$2" "$work/header" "$work/$1" || agree=no
}
compare emitted "public @_cdecl functions of Sources/CExports"
compare exported "symbols of libswiftllc.so"
if [ $agree = no ]; then
  echo "check-header: the names above are in one list and not in the other" >&2
  exit 1
fi
echo "check-header: $(wc -l < "$work/header") functions, the same in swiftllc.h, Sources/CExports and libswiftllc.so"

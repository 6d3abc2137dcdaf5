/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strings.  The four mem* functions come from whoever links the core; everything else is
 * here, with the standard names and meanings.  Inside the core a standard name stands for
 * the lib_ symbol, so that the hosted kernel never replaces a function of the host's
 * C library; hosted code (tests, hostsim) that includes this header keeps the host's.
 *
 * Owner:   lib.
 * Context: any.
 * Locking: none.
 * Errors:  str_to_u64() and str_to_i64() return 0 or -errno.
 */
#ifndef CLOUDOS_LIB_STRING_H
#define CLOUDOS_LIB_STRING_H

#include "lib/base.h"

size_t lib_strlen(const char *s);
size_t lib_strnlen(const char *s, size_t max);
int lib_strcmp(const char *a, const char *b);
int lib_strncmp(const char *a, const char *b, size_t n);
char *lib_strchr(const char *s, int c);
char *lib_strrchr(const char *s, int c);
char *lib_strstr(const char *haystack, const char *needle);
void *lib_memchr(const void *s, int c, size_t n);

/* Copy (append) with truncation, always terminated if `size` is not 0.  Returns the
 * length that the result would have had: truncated if that is `size` or more. */
size_t lib_strlcpy(char *dst, const char *src, size_t size);
size_t lib_strlcat(char *dst, const char *src, size_t size);

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* The built-ins expand small constant sizes in place, which -ffreestanding turns off. */
#define memcpy(d, s, n)  __builtin_memcpy(d, s, n)
#define memmove(d, s, n) __builtin_memmove(d, s, n)
#define memset(d, c, n)  __builtin_memset(d, c, n)
#define memcmp(a, b, n)  __builtin_memcmp(a, b, n)

#define strlen  lib_strlen
#define strnlen lib_strnlen
#define strcmp  lib_strcmp
#define strncmp lib_strncmp
#define strchr  lib_strchr
#define strrchr lib_strrchr
#define strstr  lib_strstr
#define memchr  lib_memchr
#define strlcpy lib_strlcpy
#define strlcat lib_strlcat
#endif

static inline bool str_eq(const char *a, const char *b)
{
    return lib_strcmp(a, b) == 0;
}

bool str_starts_with(const char *s, const char *prefix);

/* Parse all of `s` (`len` bytes, or up to its end if that comes first) as a number.  Base
 * 2 to 36; 0 takes it from a prefix 0x, 0b or 0.  No white space; a sign only in
 * str_to_i64. -EINVAL if it is not a number, -ERANGE if it does not fit. */
MUST_CHECK int str_to_u64(const char *s, size_t len, unsigned base, uint64_t *out);
MUST_CHECK int str_to_i64(const char *s, size_t len, unsigned base, int64_t *out);

#endif /* CLOUDOS_LIB_STRING_H */

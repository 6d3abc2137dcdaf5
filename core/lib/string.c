/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings, byte by byte: none of them is hot enough to be worth more. */
#include "lib/string.h"

#include "abi/errno.h"

size_t lib_strlen(const char *s)
{
    size_t len = 0;

    while (s[len] != '\0')
        len++;
    return len;
}

size_t lib_strnlen(const char *s, size_t max)
{
    size_t len = 0;

    while (len < max && s[len] != '\0')
        len++;
    return len;
}

int lib_strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

int lib_strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++) {
        if (*a != *b)
            return (unsigned char)*a - (unsigned char)*b;
        if (*a == '\0')
            return 0;
    }
    return 0;
}

char *lib_strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return (char *)s;
        if (*s == '\0')
            return NULL;
    }
}

char *lib_strrchr(const char *s, int c)
{
    const char *last = NULL;

    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (*s == '\0')
            return (char *)last;
    }
}

char *lib_strstr(const char *haystack, const char *needle)
{
    size_t len = lib_strlen(needle);

    for (;; haystack++) {
        if (lib_strncmp(haystack, needle, len) == 0)
            return (char *)haystack;
        if (*haystack == '\0')
            return NULL;
    }
}

void *lib_memchr(const void *s, int c, size_t n)
{
    for (const unsigned char *p = s; n > 0; p++, n--) {
        if (*p == (unsigned char)c)
            return (void *)p;
    }
    return NULL;
}

size_t lib_strlcpy(char *dst, const char *src, size_t size)
{
    size_t len = lib_strlen(src);

    if (size > 0) {
        size_t copied = len < size ? len : size - 1;

        memcpy(dst, src, copied);
        dst[copied] = '\0';
    }
    return len;
}

size_t lib_strlcat(char *dst, const char *src, size_t size)
{
    size_t len = lib_strnlen(dst, size);

    return len + lib_strlcpy(dst + len, src, size - len);
}

bool str_starts_with(const char *s, const char *prefix)
{
    return lib_strncmp(s, prefix, lib_strlen(prefix)) == 0;
}

/* The digit's value, or 36 for what is no digit in any base. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A') + 10;
    return 36;
}

static bool prefix_is(const char *s, size_t len, char letter)
{
    return len > 2 && s[0] == '0' && (s[1] | 0x20) == letter;
}

/* The base that the prefix asks for; *skip bytes of it are not digits. */
static unsigned prefix_base(const char *s, size_t len, unsigned base, size_t *skip)
{
    *skip = 2;
    if ((base == 0 || base == 16) && prefix_is(s, len, 'x'))
        return 16;
    if ((base == 0 || base == 2) && prefix_is(s, len, 'b'))
        return 2;
    *skip = 0;
    if (base == 0)
        return len > 1 && s[0] == '0' ? 8 : 10;
    return base;
}

int str_to_u64(const char *s, size_t len, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    bool overflow = false;
    size_t i;

    kassert(base == 0 || (base >= 2 && base <= 36));
    len = lib_strnlen(s, len);
    base = prefix_base(s, len, base, &i);
    if (i == len)
        return -EINVAL;
    for (; i < len; i++) {
        unsigned digit = digit_value(s[i]);

        if (digit >= base)
            return -EINVAL;
        overflow |= __builtin_mul_overflow(value, (uint64_t)base, &value);
        overflow |= __builtin_add_overflow(value, (uint64_t)digit, &value);
    }
    if (overflow)
        return -ERANGE;
    *out = value;
    return 0;
}

int str_to_i64(const char *s, size_t len, unsigned base, int64_t *out)
{
    bool negative = len > 0 && *s == '-';
    bool sign = negative || (len > 0 && *s == '+');
    uint64_t magnitude;
    int err = str_to_u64(s + sign, len - sign, base, &magnitude);

    if (err != 0)
        return err;
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return -ERANGE;
    *out = (int64_t)(negative ? 0 - magnitude : magnitude);
    return 0;
}

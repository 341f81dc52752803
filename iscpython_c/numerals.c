/* Doubles as text and back: see numerals.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strtod_l */
#endif

#include "numerals.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static locale_t plain; /* lives as long as the process; 0 when memory ran out: then the process's own is used */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_plain(void)
{
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t plain_locale(void)
{
    pthread_once(&once, make_plain);
    return plain;
}

double iscpy_text_to_double(const char *text, char **end)
{
    locale_t locale = plain_locale();
    return locale ? strtod_l(text, end, locale) : strtod(text, end);
}

size_t iscpy_double_to_text(double real, char *text)
{
    locale_t locale = plain_locale();
    locale_t before = locale ? uselocale(locale) : (locale_t)0; /* of this thread alone */
    int size = snprintf(text, 32, "%.15g", real);
    if (strtod(text, NULL) != real)
        size = snprintf(text, 32, "%.17g", real);
    if (locale)
        uselocale(before);
    return (size_t)size;
}

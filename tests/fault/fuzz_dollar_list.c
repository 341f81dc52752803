/* Mutated buffers through the plain C of the codec, under ASan and UBSan: fuzz_dollar_list COUNT [SEED].
 *
 * Every buffer is a block of its own of exactly its size, so that one byte read past the end is an error.
 */
#include "columns.h"
#include "dollar_list.h"
#include "subscripts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t draw(uint64_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % limit;
}

static void put_random(struct iscpy_buffer *buffer)
{
    char text[400];
    size_t length = (size_t)draw(draw(20) == 0 ? sizeof text : 12);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)draw(256);
    switch (draw(6)) {
    case 0:
        iscpy_list_put_null(buffer);
        break;
    case 1:
        iscpy_list_put_text(buffer, 1, text, length);
        break;
    case 2:
        iscpy_list_put_text(buffer, 2, text, length & ~(size_t)1);
        break;
    case 3:
        iscpy_list_put_integer(buffer, draw(2), (uint64_t)1 << 63 | draw(UINT64_MAX));
        break;
    case 4:
        iscpy_list_put_decimal(buffer, false, draw(UINT64_MAX), (int)draw(256) - 128);
        break;
    default:
        iscpy_list_put_double(buffer, (double)draw(UINT64_MAX) / 3.0);
        break;
    }
}

static void read_all(const uint8_t *list, size_t size)
{
    size_t offset = 0;
    struct iscpy_element element;
    const char *error;
    char text[200];
    while (offset < size && iscpy_list_next(list, size, &offset, &element, &error) == 0) {
        if (element.kind == ISCPY_DECIMAL)
            (void)iscpy_decimal_to_double(&element);
        if (element.kind != ISCPY_NULL && element.kind != ISCPY_LATIN1 && element.kind != ISCPY_UTF16)
            (void)iscpy_number_text(&element, text);
    }
    for (offset = 0; offset < size && iscpy_list_skip(list, size, &offset, &error) == 0;)
        ;
    struct iscpy_row rows[3] = {{list, size, 1}, {list, size, -5}, {list, size, INT64_MAX}};
    struct iscpy_column columns[9] = {{.kind = ISCPY_COLUMN_INTEGER, .position = 0}};
    const char kinds[] = "sifnbdtm";
    for (size_t i = 0; i < 8; i++)
        columns[i + 1] = (struct iscpy_column){.kind = (enum iscpy_column_kind)kinds[i], .position = 1 + (size_t)draw(2) * i,
                                                .scale = (int)draw(39)};
    for (size_t i = 2; i < 9; i++)
        if (columns[i].position < columns[i - 1].position)
            columns[i].position = columns[i - 1].position;
    struct iscpy_row_error row_error;
    (void)iscpy_decode_rows(rows, 3, columns, 9, &row_error);
    for (size_t i = 0; i < 9; i++)
        iscpy_column_free(&columns[i]);
}

static void read_key(const uint8_t *bytes, size_t size)
{
    char text[ISCPY_KEY_LIMIT + 32];
    bool number;
    for (size_t offset = 0; offset < size;) {
        long length = iscpy_key_next(bytes, size, &offset, text, &number);
        if (length < 0 || length > (long)sizeof text)
            break;
        struct iscpy_key key;
        iscpy_key_name(&key, "X", 1);
        iscpy_key_subscript(&key, text, (size_t)length);
    }
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    state = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 88172645463325252ULL;
    for (unsigned long n = 0; n < count; n++) {
        struct iscpy_buffer made = {0};
        for (uint64_t elements = draw(6); elements > 0; elements--)
            put_random(&made);
        size_t size = made.size > ISCPY_KEY_LIMIT ? ISCPY_KEY_LIMIT : made.size;
        for (uint64_t mutations = draw(4); size > 0 && mutations > 0; mutations--)
            made.data[draw(size)] = (uint8_t)draw(256);
        if (size > 0 && draw(3) == 0)
            size = (size_t)draw(size);
        uint8_t *exact = malloc(size ? size : 1);
        if (exact == NULL)
            return 2;
        if (size)
            memcpy(exact, made.data, size);
        read_all(exact, size);
        read_key(exact, size);
        free(exact);
        iscpy_buffer_free(&made);
    }
    printf("%lu buffers\n", count);
    return 0;
}

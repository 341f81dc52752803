/* Python from a C program. Compile:
 *
 *   d=$(python -c 'from isc.py.iscpython_c import get_library; print(get_library().parent)')
 *   cc example.c -I$d/include -L$d -Wl,-rpath,$d -liscpython -o example
 */
#include <iscpython.h>

#include <stdio.h>

int main(void)
{
    iscpy_value value = {0};
    iscpy_error error = {0};
    const char *text = "data goes in as data";

    if (iscpy_initialize(NULL, &error) != ISCPY_OK) {
        fprintf(stderr, "%s\n", error.message);
        iscpy_error_free(&error);
        return 1;
    }
    /* Run code, read a variable. */
    if (iscpy_simple_string(NULL, "import math; x = math.sqrt(2)", ISCPY_TEXT, "x", ISCPY_AS_STR, &value, &error) == 0)
        printf("square root of 2: %s\n", value.data);
    /* An error is a value. */
    if (iscpy_simple_string(NULL, "1 / 0", ISCPY_TEXT, NULL, ISCPY_AS_STR, NULL, &error) == ISCPY_CODE)
        printf("error: %s: %s\n", error.type, error.message);
    /* Bind data without source text, in a context of its own. */
    if (iscpy_set_variable("words", "text", text, ISCPY_TEXT, ISCPY_AS_STR, &error) == ISCPY_OK &&
        iscpy_simple_string("words", "n = len(set(text.split())) - 1", ISCPY_TEXT, "n", ISCPY_AS_STR, &value, &error) == 0)
        printf("words: %.*s\n", (int)value.size, value.data);

    iscpy_value_free(&value);
    iscpy_error_free(&error);
    return iscpy_finalize(NULL);
}

/* Starts Python as a host would and says what was found: `iscpython-check [libpython or python program]`. */
#include "iscpython.h"

#include <stdio.h>

int main(int count, char **arguments)
{
    iscpy_error error = {0};
    iscpy_value found = {0};
    int status = iscpy_initialize(count > 1 ? arguments[1] : NULL, &error);
    if (status == ISCPY_OK)
        status = iscpy_describe(&found, &error);
    if (status == ISCPY_OK)
        fwrite(found.data, 1, found.size, stdout);
    else
        fprintf(stderr, "%s\n", error.message);
    iscpy_value_free(&found);
    iscpy_error_free(&error);
    return status == ISCPY_OK ? 0 : 1;
}

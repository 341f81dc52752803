/* The table of Python functions, filled by the linker: for the extension module. */
#include "native.h"

#include "core.h"

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* PyErr_Fetch: the replacement is not in 3.11 */
#endif

#define ISCPY_TABLE_VALUE(result, name, parameters) .name = name,

void iscpy_python_direct(void)
{
    iscpy_core.python = (struct iscpy_python){ISCPY_PYTHON_TABLE(ISCPY_TABLE_VALUE)};
}

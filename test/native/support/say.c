/* What a test says about a failure. A test that tries thousands of cases keeps quiet after the first. */
#include "support.h"

int say_nothing;

void say(const char *format, ...) {
    if (say_nothing) return;
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_error("%s", text);
}

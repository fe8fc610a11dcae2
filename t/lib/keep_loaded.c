
/*
 * Loaded before nginx in the sanitizer runs: modules stay mapped, so what
 * their globals point to is no leak, and what is one has a name in the trace.
 */

int
dlclose(void *handle)
{
    (void) handle;

    return 0;
}

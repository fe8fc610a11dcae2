
/* The memory of what is in work and what is done. */

#include "../../agent/seen.h"

#include "tap.h"

int
main(void)
{
    seen_t *seen = seen_create();
    void *work = NULL;
    int a;
    int wrong = 0;

    is_int(seen_find(seen, 1, 1000, &work), 0, "unknown");
    is_int(seen_begin(seen, 1, 1000, &a), 0, "begun");
    is_int(seen_find(seen, 1, 1000, &work), 1, "in work");
    ok(work == &a, "by whom");
    is_int(seen_find(seen, 1, 2000, &work), 0, "another slot is unknown");
    is_int(seen_find(seen, 2, 1000, &work), 0, "another monitor too");
    seen_finish(seen, 1, 1000, 5);
    is_int(seen_find(seen, 1, 1000, &work), 2, "done");
    seen_forget(seen, 1, 1000);
    is_int(seen_find(seen, 1, 1000, &work), 2, "what is done is not undone");
    seen_begin(seen, 1, 3000, &a);
    seen_forget(seen, 1, 3000);
    is_int(seen_find(seen, 1, 3000, &work), 0, "what was begun may be");
    seen_finish(seen, 9, 9000, 6);
    is_int(seen_find(seen, 9, 9000, &work), 2, "done without having been begun");

    for (uint32_t i = 0; i < 5000; i++) {
        seen_finish(seen, i, 77, 10);
    }

    for (uint32_t i = 0; i < 5000; i++) {
        wrong += seen_find(seen, i, 77, &work) != 2;
    }

    is_int(wrong, 0, "many are found again");
    seen_begin(seen, 1, 1, &a);
    seen_finish(seen, 2, 2, 10 + SEEN_DONE_MS + 1);
    is_int((long long) seen_count(seen), 2, "what is old is forgotten, what is in work is not");
    is_int(seen_find(seen, 1, 1, &work), 1, "it is still there");

    for (uint32_t i = 0; i < SEEN_DONE_MAX + 1000; i++) {
        seen_finish(seen, i, 99, 200000);
    }

    ok(seen_count(seen) <= SEEN_DONE_MAX + 2, "and there is a limit");
    seen_destroy(seen);

    return done();
}

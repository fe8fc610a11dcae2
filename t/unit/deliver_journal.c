
/* What was sent and is not told yet, over a death and on a disk that is full. */

#include "../../agent/deliver_journal.h"

#include "tap.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/bs-journal-XXXXXX";

/* The disk takes no file of more than so many bytes. */
static void
limit_files(rlim_t bytes)
{
    struct rlimit limit = {bytes, RLIM_INFINITY};

    setrlimit(RLIMIT_FSIZE, &limit);
}

static off_t
size_of(const char *file)
{
    struct stat found;

    return (stat(file, &found) == 0) ? found.st_size : -1;
}

/* What the next life reads; returns how many. */
static unsigned
next_life(deliver_journal_entry_t *entries, unsigned max)
{
    int journal = deliver_journal_open(path);
    unsigned count = deliver_journal_read(journal, entries, max);

    deliver_journal_close(journal);
    return count;
}

int
main(void)
{
    deliver_journal_entry_t mail = {7, 1, 1, 250, "inst-1@example.org"};
    deliver_journal_entry_t post = {8, 2, 0, 202, "a\nb"};
    deliver_journal_entry_t long_one = {9, 1, 0, 200, ""};
    deliver_journal_entry_t found[4];

    memset(long_one.provider_ref, 'x', sizeof(long_one.provider_ref) - 1);
    signal(SIGXFSZ, SIG_IGN);
    close(mkstemp(path));

    int journal = deliver_journal_open(path);

    deliver_journal_add(journal, &mail);
    deliver_journal_add(journal, &post);
    ok(next_life(found, 4) == 2, "two were sent");
    ok(found[0].id == 7 && found[0].attempt == 1 && found[0].is_mail && found[0].status == 250
           && strcmp(found[0].provider_ref, "inst-1@example.org") == 0,
       "a mail");
    ok(found[1].id == 8 && found[1].attempt == 2 && !found[1].is_mail && found[1].status == 202
           && strcmp(found[1].provider_ref, "a b") == 0,
       "and something else, on a line of its own");
    ok(next_life(found, 1) == 1, "no more than there is room for");

    off_t before = size_of(path);

    limit_files((rlim_t) before + 100);
    deliver_journal_add(journal, &long_one);
    ok(size_of(path) == before, "of what does not fit on the disk nothing stays");
    limit_files(RLIM_INFINITY);
    deliver_journal_add(journal, &post);
    ok(next_life(found, 4) == 3 && found[2].id == 8,
       "so what follows is not taken for a part of it");

    limit_files(20);
    journal = deliver_journal_renew(journal, path, &mail, 1);
    limit_files(RLIM_INFINITY);
    ok(next_life(found, 4) == 3, "a journal that cannot be written anew stays");
    journal = deliver_journal_renew(journal, path, &mail, 1);
    ok(next_life(found, 4) == 1 && found[0].id == 7, "one that can be holds what it should");
    deliver_journal_add(journal, &post);
    ok(next_life(found, 4) == 2 && found[1].id == 8, "and goes on");
    journal = deliver_journal_renew(journal, path, NULL, 0);
    ok(next_life(found, 4) == 0, "until there is nothing to tell");

    deliver_journal_close(journal);
    unlink(path);
    return done();
}

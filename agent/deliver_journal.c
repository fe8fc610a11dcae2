
/*
 * A line each, appended by one write: "id attempt HTTP status reference", or SMTP.
 * A line that was cut off by a death has no end, and is not believed; one for which
 * there was no room on the disk is taken back, because the next would continue it.
 */

#include "deliver_journal.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DELIVER_JOURNAL_AGE_MAX_S 86400 /* no message is tried for longer */
#define DELIVER_JOURNAL_PROTOCOL_MAX 4
#define DELIVER_JOURNAL_LINE_MAX (BS_WIRE_PROVIDER_REF_BYTES_MAX + 64)


int
deliver_journal_open(const char *path)
{
    int journal = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (journal < 0) {
        log_warn("deliver", "%s: %s: after a crash messages may be sent twice", path,
                 strerror(errno));
    }

    return journal;
}


void
deliver_journal_close(int journal)
{
    if (journal >= 0) {
        close(journal);
    }
}


static int
deliver_journal_parse(const char *line, size_t len, deliver_journal_entry_t *entry)
{
    char text[DELIVER_JOURNAL_LINE_MAX + 1];
    char protocol[DELIVER_JOURNAL_PROTOCOL_MAX + 1];
    int used = 0;

    if (len > DELIVER_JOURNAL_LINE_MAX) {
        return -1;
    }

    memcpy(text, line, len);
    text[len] = '\0';

    if (sscanf(text, "%" SCNu64 " %u %4s %d%n", &entry->id, &entry->attempt, protocol,
               &entry->status, &used)
            != 4
        || text[used] != ' ')
    {
        return -1;
    }

    entry->is_mail = strcmp(protocol, "SMTP") == 0;
    snprintf(entry->provider_ref, sizeof(entry->provider_ref), "%s", text + used + 1);
    return 0;
}


unsigned
deliver_journal_read(int journal, deliver_journal_entry_t *entries, unsigned max)
{
    static char bytes[DELIVER_JOURNAL_ENTRIES_MAX * DELIVER_JOURNAL_LINE_MAX];
    struct stat file;

    if (journal < 0 || fstat(journal, &file) != 0
        || time(NULL) - file.st_mtime > DELIVER_JOURNAL_AGE_MAX_S)
    {
        return 0;
    }

    ssize_t got = pread(journal, bytes, sizeof(bytes), 0);
    const char *at = bytes;
    const char *end = bytes + ((got > 0) ? got : 0);
    unsigned count = 0;

    while (count < max && at < end) {
        const char *line_end = memchr(at, '\n', (size_t) (end - at));

        if (line_end == NULL) {
            break;
        }

        count += deliver_journal_parse(at, (size_t) (line_end - at), &entries[count]) == 0;
        at = line_end + 1;
    }

    return count;
}


/* 0, or -1: nothing was written. */
static int
deliver_journal_append(int journal, const deliver_journal_entry_t *entry)
{
    char line[DELIVER_JOURNAL_LINE_MAX + 2];
    int len = snprintf(line, sizeof(line), "%" PRIu64 " %u %s %d %s\n", entry->id, entry->attempt,
                       entry->is_mail ? "SMTP" : "HTTP", entry->status, entry->provider_ref);

    for (int i = 0; i < len - 1; i++) {
        line[i] = (char) (((unsigned char) line[i] < 0x20) ? ' ' : line[i]);
    }

    ssize_t wrote = write(journal, line, (size_t) len);

    if (wrote == len) {
        return 0;
    }

    off_t end = lseek(journal, 0, SEEK_END);

    if (wrote > 0 && end >= wrote && ftruncate(journal, end - wrote) != 0) {
        log_warn("deliver", "half a line stays in the journal: %s", strerror(errno));
    }

    return -1;
}


void
deliver_journal_add(int journal, const deliver_journal_entry_t *entry)
{
    if (journal >= 0 && deliver_journal_append(journal, entry) != 0) {
        log_warn("deliver", "what was sent cannot be kept on disk: after a crash it may be sent "
                            "twice");
    }
}


static int
deliver_journal_write_anew(const char *path, const deliver_journal_entry_t *entries, unsigned count)
{
    char new_path[PATH_MAX];

    if ((size_t) snprintf(new_path, sizeof(new_path), "%s.new", path) >= sizeof(new_path)
        || (unlink(new_path) != 0 && errno != ENOENT))
    {
        return -1;
    }

    int journal = open(new_path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    int failed = journal < 0;

    for (unsigned i = 0; i < count && !failed; i++) {
        failed = deliver_journal_append(journal, &entries[i]) != 0;
    }

    if (failed || rename(new_path, path) != 0) {
        deliver_journal_close(journal);
        return -1;
    }

    return journal;
}


int
deliver_journal_renew(int journal, const char *path, const deliver_journal_entry_t *entries,
                      unsigned count)
{
    if (journal >= 0 && count == 0) {
        if (ftruncate(journal, 0) != 0) {
            log_warn("deliver", "what was sent cannot be forgotten on disk: %s", strerror(errno));
        }

        return journal;
    }

    int renewed = (journal >= 0) ? deliver_journal_write_anew(path, entries, count) : -1;

    if (renewed < 0) {
        return journal; /* it holds more than is needed, which harms nobody */
    }

    close(journal);
    return renewed;
}

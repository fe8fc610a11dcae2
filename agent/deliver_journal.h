
/*
 * What a provider has taken and the hub does not know of yet, on disk: the next
 * life of an agent that dies in between reports it instead of sending it again.
 *
 * Written without waiting for the disk: it is for the death of the process.  If
 * the machine dies with it, a message may be sent again, with the same key.
 */

#ifndef DELIVER_JOURNAL_H
#define DELIVER_JOURNAL_H

#include "bs_wire.h"

#include <stdint.h>

#define DELIVER_JOURNAL_ENTRIES_MAX 200

typedef struct {
    uint64_t id;
    unsigned attempt;
    int is_mail; /* the status is SMTP's; 0: there is none */
    int status;
    char provider_ref[BS_WIRE_PROVIDER_REF_BYTES_MAX + 1];
} deliver_journal_entry_t;

/* A descriptor, or -1 after having logged why: then nothing is kept. */
int deliver_journal_open(const char *path);
void deliver_journal_close(int journal);

/* What the last life has left; returns how many of `entries` (at most that many). */
unsigned deliver_journal_read(int journal, deliver_journal_entry_t *entries, unsigned max);

void deliver_journal_add(int journal, const deliver_journal_entry_t *entry);

/*
 * Nothing but these is still to be known to the hub.  Returns the journal's new
 * descriptor: the old file stays until the new one is whole.
 */
int deliver_journal_renew(int journal, const char *path, const deliver_journal_entry_t *entries,
                          unsigned count);

#endif

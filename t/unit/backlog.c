
/*
 * Which results go first, and that what was reported in any order is known
 * after a restart: segments made by hand, batches taken from them.
 */

#include "../../agent/pace.h"
#include "../../agent/spool_batch.h"
#include "../../agent/spool_record.h"
#include "../../agent/spool_reported.h"

#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORDS 10 /* in each segment */

static char path[] = "/tmp/bs-backlog-XXXXXX";

static void
on_record(void *data, const uint8_t *payload, size_t len)
{
    (void) payload;
    (void) len;
    ++*(unsigned *) data;
}

/* Payloads are "SEGMENT:NUMBER ". */
static void
make_segment(unsigned number)
{
    uint8_t bytes[RECORDS * 32];
    char payload[16];
    size_t len = 0;
    int directory = open(path, O_RDONLY | O_DIRECTORY);
    int fd = spool_segment_create(directory, number);

    for (int i = 0; i < RECORDS; i++) {
        size_t size = (size_t) snprintf(payload, sizeof(payload), "%u:%d ", number, i);

        spool_record_head(bytes + len, payload, size);
        memcpy(bytes + len + SPOOL_RECORD_HEAD, payload, size);
        len += SPOOL_RECORD_HEAD + size;
    }

    spool_segment_append(fd, SPOOL_SEGMENT_HEAD, bytes, len);
    close(fd);
    close(directory);
}

/* As an agent that has written these segments itself finds them: all may be live. */
static void
open_shelf(spool_shelf_t *shelf)
{
    unsigned seen = 0;

    is_int(spool_shelf_open(shelf, path, on_record, &seen), 0, "the shelf opens");
}

static unsigned
fill(spool_shelf_t *shelf, unsigned records_max, unsigned backlog_max, size_t bytes_max, char *text,
     spool_batch_t *batch)
{
    spool_want_t want = {records_max, backlog_max, bytes_max};
    msgpack_sbuffer out;

    msgpack_sbuffer_init(&out);
    memset(batch, 0, sizeof(*batch));
    spool_batch_fill(shelf, &want, &out, batch);
    snprintf(text, 4096, "%.*s", (int) out.size, out.data != NULL ? out.data : "");
    msgpack_sbuffer_destroy(&out);
    return batch->records;
}

static void
commit(spool_shelf_t *shelf, const spool_batch_t *batch)
{
    for (unsigned i = 0; i < batch->pieces_count; i++) {
        spool_batch_done(shelf, &batch->pieces[i]);
    }
}

static void
newest_first(spool_shelf_t *shelf)
{
    spool_batch_t batch;
    char text[4096];

    shelf->live_from = 4;
    is_int((long long) shelf->counts.unreported, 4 * RECORDS, "four segments are unreported");
    is_int((long long) spool_shelf_live(shelf), RECORDS, "one of them is of now");

    fill(shelf, 8, 8, 4096, text, &batch);
    is_str(text, "4:0 4:1 4:2 4:3 4:4 4:5 3:0 3:1 ", "three of four are the newest");
    is_int(batch.backlog, 2, "the others are backlog, the newest of it first");
    commit(shelf, &batch);

    fill(shelf, 8, 1, 4096, text, &batch);
    is_str(text, "4:6 4:7 4:8 4:9 3:2 ", "no more backlog than may be");
    fill(shelf, 8, 0, 4096, text, &batch);
    is_str(text, "4:6 4:7 4:8 4:9 ", "be it none");
    fill(shelf, 8, 8, 4096, text, &batch);
    is_str(text, "4:6 4:7 4:8 4:9 3:2 3:3 3:4 3:5 ", "it fills what the newest leave");
    commit(shelf, &batch);

    fill(shelf, 8, 8, 4096, text, &batch);
    is_str(text, "3:6 3:7 3:8 3:9 2:0 2:1 2:2 2:3 ", "then the next older one");
    commit(shelf, &batch);
    is_int((long long) shelf->counts.unreported, 16, "so many are left");
}

static void
restart(spool_shelf_t *shelf)
{
    spool_batch_t batch;
    char text[4096];

    shelf->dirty = 1;
    spool_shelf_save(shelf);
    spool_shelf_close(shelf);
    open_shelf(shelf);
    is_int((long long) shelf->counts.unreported, 16, "a restart knows what is reported");
    is_int((long long) shelf->next_number, 5, "and which numbers are taken");

    fill(shelf, 100, 100, 4096, text, &batch);
    is_str(text, "2:4 2:5 2:6 2:7 2:8 2:9 1:0 1:1 1:2 1:3 1:4 1:5 1:6 1:7 1:8 1:9 ",
           "all the rest, and only that");
    is_int(batch.backlog, 16, "which is all backlog to the next life");

    spool_batch_t again = {0};
    spool_want_t want = {3, 3, 4096};
    msgpack_sbuffer out;

    msgpack_sbuffer_init(&out);
    spool_batch_again(shelf, &batch.pieces[1], &want, &out, &again);
    ok(out.size == 12 && memcmp(out.data, "1:0 1:1 1:2 ", 12) == 0, "a piece of it once more");
    msgpack_sbuffer_destroy(&out);
    commit(shelf, &again);
    commit(shelf, &batch);
    is_int((long long) shelf->counts.unreported, 7,
           "a piece whose beginning is reported meanwhile does not count twice");
}

static void
little_room(spool_shelf_t *shelf)
{
    spool_batch_t batch;
    char text[4096];

    is_int(fill(shelf, 8, 8, 9, text, &batch), 2, "no more bytes than may be");
    is_int(fill(shelf, 8, 8, 0, text, &batch), 0, "with no room nothing is taken");
    is_int((long long) shelf->counts.corrupt, 0, "which is no damage");
    is_int((long long) shelf->counts.unreported, 7, "and loses nothing");
}

static void
damage(spool_shelf_t *shelf)
{
    spool_batch_t batch;
    char text[4096];
    char name[64];

    snprintf(name, sizeof(name), "%s/0000000000000001.seg", path);
    is_int(truncate(name, SPOOL_SEGMENT_HEAD), 0, "a segment loses its records");
    is_int(fill(shelf, 8, 8, 4096, text, &batch), 0, "nothing can be taken");
    is_int((long long) shelf->counts.corrupt, 1, "which is damage");
    is_int((long long) shelf->counts.dropped, 7, "and counted");
    is_int((long long) shelf->counts.unreported, 0, "nothing waits any more");
    is_int((long long) spool_shelf_clear(shelf), 4, "all is reported, and may go");
    is_int((long long) shelf->counts.bytes, 0, "every byte");
}

static void
holes(void)
{
    spool_segment_t segments[1000];
    spool_reported_t entries[SPOOL_REPORTED_MAX];
    int directory = open(path, O_RDONLY | O_DIRECTORY);

    for (unsigned i = 0; i < 1000; i++) {
        segments[i] = (spool_segment_t){.number = i + 1, .bytes = 100, .reported = 100, .fd = -1};
    }

    segments[499].reported = 50;
    spool_reported_save(directory, segments, 1000, 1000);
    is_int((long long) spool_reported_load(directory, entries), 4, "long runs are short to tell");
    ok(entries[0].first == 1000 && entries[0].offset == 100, "the segment that still grows");
    ok(entries[1].first == 501 && entries[1].last == 999
           && entries[1].offset == SPOOL_REPORTED_WHOLE,
       "a run");
    ok(entries[2].first == 500 && entries[2].offset == 50, "a part");
    ok(entries[3].first == 1 && entries[3].last == 499, "another run");

    for (unsigned i = 0; i < 1000; i += 2) {
        segments[i].reported = SPOOL_SEGMENT_HEAD;
    }

    spool_reported_save(directory, segments, 1000, 0);
    is_int((long long) spool_reported_load(directory, entries), SPOOL_REPORTED_MAX,
           "too many holes are cut");
    is_int((long long) entries[0].first, 1000, "the newest are kept");
    close(directory);
}

static void
paced(void)
{
    pace_t pace;

    pace_init(&pace, 100, 50, 1000);
    is_int(pace_room(&pace, 1000), 50, "at first as much as one time allows");
    pace_spend(&pace, 50);
    is_int(pace_room(&pace, 1000), 0, "then nothing");
    is_int(pace_room(&pace, 1100), 10, "but at its pace");
    is_int(pace_room(&pace, 1100), 10, "time counts once");
    is_int(pace_room(&pace, 100000), 50, "never more than one time allows");
    pace_hold(&pace, 200000, 5000);
    ok(pace.from_ms >= 200000 && pace.from_ms <= 205000, "held for a while that chance has chosen");
    is_int(pace_room(&pace, pace.from_ms - 1), 0, "nothing until then");
    is_int(pace_room(&pace, pace.from_ms + 200), 20, "from then on its pace");
}

int
main(void)
{
    spool_shelf_t shelf;

    ok(mkdtemp(path) != NULL, "a folder");

    for (unsigned i = 1; i <= 4; i++) {
        make_segment(i);
    }

    open_shelf(&shelf);
    newest_first(&shelf);
    restart(&shelf);
    little_room(&shelf);
    damage(&shelf);
    spool_shelf_close(&shelf);
    holes();
    paced();

    char name[64];

    snprintf(name, sizeof(name), "%s/reported", path);
    unlink(name);
    rmdir(path);
    return done();
}


/*
 * Evidence as it is kept: a JSON object, what was seen by slot.  The values are
 * sent on as they are, so they are not read, only found.
 */

#ifndef _NGX_BS_HISTORY_EVIDENCE_H_INCLUDED_
#define _NGX_BS_HISTORY_EVIDENCE_H_INCLUDED_


#include "ngx_bs_history.h"


/*
 * Adds a ngx_bs_history_note_t for each.  What is no such object is damaged,
 * and nothing of it is sent.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_bs_history_evidence(ngx_bs_history_t *h,
    ngx_bs_history_row_t *row, ngx_array_t *notes);


#endif /* _NGX_BS_HISTORY_EVIDENCE_H_INCLUDED_ */

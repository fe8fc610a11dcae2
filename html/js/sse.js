/**
 * Server-sent events over fetch. EventSource would hide the two things an honest indicator
 * needs: the HTTP status (a 401 must lead to sign-in) and the comments the hub sends as
 * heartbeats (a dead line is otherwise silent for minutes).
 */

const FRAME_CHARS_MAX = 1_000_000;

/** Yields {event, data} per frame, and {event: 'comment'} for whatever else shows that the line lives. */
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const frames = (rest + value).split(/\r?\n\r?\n/);
      rest = frames.pop();
      if (rest.length > FRAME_CHARS_MAX) throw new Error('event too large');
      for (const frame of frames) yield parse(frame);
      if (!frames.length) yield { event: 'comment', data: '' };
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** One frame's lines to its event; a frame without data is a heartbeat. */
export function parse(frame) {
  let event = 'message';
  const data = [];
  for (const line of frame.split(/\r?\n/)) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
  }
  return data.length || event !== 'message' ? { event, data: data.join('\n') } : { event: 'comment', data: '' };
}

/** Work that many events ask for: at once the first time, then once more for all that asked meanwhile, and never oftener than this. */
const PAUSE_MS = 700;

export function paced(work, pauseMs = PAUSE_MS) {
  let busy = false;
  let wanted = false;
  return async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      await work();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    busy = false;
  };
}

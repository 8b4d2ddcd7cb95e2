/** What happens to a line at the sandbox: see docs/sandbox.md. */
export const scenario = { ordinary: '00', delayedError: '59', neverDecided: '63', refused: '70' };

/** A line that no program has used yet. Its last two digits choose what the sandbox does with it. */
export function line(prefix: string, chosen: string): string {
  const number = Math.floor(Math.random() * 1e14).toString().padStart(14, '0');
  return prefix + number + chosen;
}

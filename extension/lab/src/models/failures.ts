/** What went wrong, as one sentence for the author. */

export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

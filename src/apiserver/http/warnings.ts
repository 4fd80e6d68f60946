/** Characters of all warnings of an answer; where they are more, each is cut to `itemMax`. */
const totalMax = 4 * 1024;
const itemMax = 256;

/** What of its warnings an answer carries: proxies and clients bound what headers may hold (KEP-1693). */
export function boundWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length === 0) return warnings;
  const total = warnings.reduce((sum, text) => sum + [...text].length, 0);
  if (total <= totalMax) return warnings;
  const kept: string[] = [];
  let written = 0;
  for (const warning of warnings) {
    if (written >= totalMax) break;
    const characters = [...warning].slice(0, itemMax);
    kept.push(characters.join(''));
    written += characters.length;
  }
  return kept;
}

import { RE2JS, RE2JSSyntaxException } from 're2js';
import { RecentCache } from '#base/recent-cache.ts';

/** No regular expression of Go's, in Go's words. */
export class GoRegexpError extends Error {
  override readonly name = 'GoRegexpError';
}

/** A compiled expression; matching takes time linear in the text, whatever its author wrote. */
export interface GoRegexp {
  /** Whether the expression matches somewhere in the text. */
  test(text: string): boolean;
}

/** Schemas say few patterns, and those often: that of a quantity stands hundreds of times in one of pods. */
const patternsKept = 512;
const patternLengthMax = 1024;
const known = new RecentCache<string, GoRegexp>(patternsKept);

/** Compiles a regular expression of Go (RE2 syntax). Throws GoRegexpError. */
export function compileGoRegexp(pattern: string): GoRegexp {
  const earlier = known.get(pattern);
  if (earlier) return earlier;
  const regexp = compile(pattern);
  if (pattern.length <= patternLengthMax) known.set(pattern, regexp);
  return regexp;
}

function compile(pattern: string): GoRegexp {
  try {
    const compiled = RE2JS.compile(pattern);
    return { test: text => compiled.matcher(text).find() };
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw new GoRegexpError(error.message);
    throw error;
  }
}

import { RE2JS, RE2JSSyntaxException } from 're2js';

/** No regular expression of Go's, in Go's words. */
export class GoRegexpError extends Error {
  override readonly name = 'GoRegexpError';
}

/** A compiled expression; matching takes time linear in the text, whatever its author wrote. */
export interface GoRegexp {
  /** Whether the expression matches somewhere in the text. */
  test(text: string): boolean;
}

/** Compiles a regular expression of Go (RE2 syntax). Throws GoRegexpError. */
export function compileGoRegexp(pattern: string): GoRegexp {
  try {
    const compiled = RE2JS.compile(pattern);
    return { test: text => compiled.matcher(text).find() };
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw new GoRegexpError(error.message);
    throw error;
  }
}

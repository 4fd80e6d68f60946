/** Regular expressions of RE2: matching takes time linear in the text, whatever the pattern. */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { CelError } from '../values.ts';

/** A compiled pattern, or the error that says why it is none. */
export function compilePattern(pattern: string): RE2JS | CelError {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return new CelError(error.message);
    throw error;
  }
}

const cacheMax = 256;

/** Compiles each pattern once, as long as there are not too many. */
export class PatternCache {
  readonly #compiled = new Map<string, RE2JS | CelError>();

  get(pattern: string): RE2JS | CelError {
    let compiled = this.#compiled.get(pattern);
    if (!compiled) {
      if (this.#compiled.size >= cacheMax) this.#compiled.clear();
      compiled = compilePattern(pattern);
      this.#compiled.set(pattern, compiled);
    }
    return compiled;
  }
}

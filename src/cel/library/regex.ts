/** `find` and `findAll`, by patterns of RE2. */
import type { Library } from '../environment.ts';
import { intType, listOf, stringType } from '../types.ts';
import { ArrayList, CelError, type CelInt, type CelValue } from '../values.ts';
import { memberFunction } from './define.ts';
import { PatternCache } from './pattern.ts';

export function regexLibrary(): Library {
  const patterns = new PatternCache();
  const matches = (text: CelValue, pattern: CelValue, limit: number): string[] | CelError => {
    const compiled = patterns.get(pattern as string);
    if (compiled instanceof CelError) return new CelError(`Illegal regex: ${compiled.message}`);
    const matcher = compiled.matcher(text as string);
    const found: string[] = [];
    while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '');
    return found;
  };
  const find = (text: CelValue, pattern: CelValue): CelValue => {
    const found = matches(text, pattern, 1);
    return found instanceof CelError ? found : (found[0] ?? '');
  };
  const findAll = (text: CelValue, pattern: CelValue, limit: CelValue = -1): CelValue => {
    const max = (limit as CelInt) < 0 ? Number.POSITIVE_INFINITY : Number(limit);
    const found = matches(text, pattern, max);
    return found instanceof CelError ? found : new ArrayList(found);
  };
  const texts = listOf(stringType);
  return {
    overloads: [
      memberFunction('find', 'string_find_string', [stringType, stringType], stringType, find),
      memberFunction('findAll', 'string_find_all_string', [stringType, stringType], texts, findAll),
      memberFunction(
        'findAll',
        'string_find_all_string_int',
        [stringType, stringType, intType],
        texts,
        findAll,
      ),
    ],
  };
}

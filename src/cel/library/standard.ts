/** The language's own functions. */
import type { Library } from '../environment.ts';
import type { Overload } from '../signature.ts';
import { standardMacros } from '../macros.ts';
import { boolType, bytesType, intType, listOf, mapOf, stringType, type Type, typeParam } from '../types.ts';
import { CelError, type CelValue, costSize } from '../values.ts';
import { operators } from './arithmetic.ts';
import { conversions, typeNames } from './conversions.ts';
import { globalFunction, memberFunction } from './define.ts';
import { PatternCache } from './pattern.ts';
import { timeFunctions } from './time.ts';

const sized: readonly (readonly [string, Type])[] = [
  ['string', stringType],
  ['bytes', bytesType],
  ['list', listOf(typeParam('A'))],
  ['map', mapOf(typeParam('A'), typeParam('B'))],
];

const sizes: readonly Overload[] = sized.flatMap(([name, type]) => [
  globalFunction('size', `size_${name}`, [type], intType, costSize),
  memberFunction('size', `${name}_size`, [type], intType, costSize),
]);

const twoTexts = [stringType, stringType];

function textTest(name: string, id: string, test: (text: string, part: string) => boolean): Overload {
  return memberFunction(name, id, twoTexts, boolType, (text, part) => test(text as string, part as string));
}

function matching(): readonly Overload[] {
  const patterns = new PatternCache();
  const matches = (text: CelValue, pattern: CelValue): CelValue => {
    const compiled = patterns.get(pattern as string);
    return compiled instanceof CelError ? compiled : compiled.matcher(text as string).find();
  };
  return [
    globalFunction('matches', 'matches', twoTexts, boolType, matches),
    memberFunction('matches', 'matches_string', twoTexts, boolType, matches),
  ];
}

export function standardLibrary(): Library {
  return {
    overloads: [
      ...operators,
      ...conversions,
      ...timeFunctions,
      ...sizes,
      textTest('contains', 'contains_string', (text, part) => text.includes(part)),
      textTest('endsWith', 'ends_with_string', (text, part) => text.endsWith(part)),
      textTest('startsWith', 'starts_with_string', (text, part) => text.startsWith(part)),
      ...matching(),
    ],
    macros: standardMacros,
    types: typeNames,
  };
}

import { CliError } from '../errors.ts';

/** What 'a=b c-' asks of a map. */
export interface PairChanges {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** Parts the words of label and annotate: resources come first, then key=value and key-. */
export function splitPairs(
  args: readonly string[],
  pairType: string,
): { resources: string[]; pairs: string[] } {
  const isPair = (arg: string) => (arg.includes('=') && arg[0] !== '=') || arg.endsWith('-');
  const first = args.findIndex(isPair);
  if (first < 0) return { resources: [...args], pairs: [] };
  const pairs = args.slice(first);
  const stray = pairs.find(arg => !isPair(arg));
  if (stray !== undefined)
    throw new CliError(`all resources must be specified before ${pairType} changes: ${stray}`);
  return { resources: args.slice(0, first), pairs };
}

export function parsePairs(pairs: readonly string[], pairType: string): PairChanges {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) set[pair.slice(0, equals)] = pair.slice(equals + 1);
    else if (pair.endsWith('-') && pair !== '-') remove.push(pair.slice(0, -1));
    else throw new CliError(`invalid ${pairType} format: ${pair}`);
  }
  const both = remove.filter(key => Object.hasOwn(set, key));
  if (both.length > 0) throw new CliError(`can not both modify and remove a ${pairType} in the same command`);
  return { set, remove };
}
